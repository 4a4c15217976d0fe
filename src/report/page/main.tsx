/** Where the page begins: reads what it holds, draws it. */
import { render } from 'preact';
import type { ReportData } from '../report-data.js';
import { FACTS_ID } from '../report-data.js';
import { App } from './app.js';
import { inflate } from './inflate.js';
import { readRecordings } from './recording.js';
import './style.css';

async function main(): Promise<void> {
  const page = document.getElementById('page')!;
  try {
    const data = JSON.parse(new TextDecoder().decode(await inflate(FACTS_ID))) as ReportData;
    const recordings = await readRecordings(data);
    render(<App data={data} recordings={recordings} />, page);
  } catch (error) {
    page.textContent = `This page cannot be read: ${(error as Error).message}. Was it saved whole? It needs a browser from 2023 on.`;
    throw error;
  }
}

void main();
