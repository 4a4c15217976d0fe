/** A trace, or two side by side, as one HTML page for a browser. */
import { Trouble } from '../base/errors.js';
import { diffTraces } from '../diff/index.js';
import type { TraceReader } from '../trace/index.js';
import { reportDocument } from './document.js';
import type { DiffData, ReportData } from './report-data.js';
import { gatherTrace } from './trace-data.js';

export interface ReportOptions {
  /** How many events of each trace the page lists; where there are more, the first and the last ones. 500,000 without it. */
  readonly events?: number | undefined;
}

export const EVENTS_LISTED = 500_000;
const FINDINGS = 500;

/**
 * The page as text. Reads each trace through once, and once more to compare two; keeps in memory what the page holds.
 * Throws Trouble('trace') where one is damaged, 'usage' for a bad number of events.
 */
export function reportHtml(a: TraceReader, b?: TraceReader, { events = EVENTS_LISTED }: ReportOptions = {}): string {
  if (!Number.isSafeInteger(events) || events < 1) throw new Trouble('usage', 'report: the number of events is one from 1 on');
  const traces = (b === undefined ? [a] : [a, b]).map((reader) => gatherTrace(reader, events));
  const data: ReportData = { traces: traces.map((trace) => trace.data), ...(b !== undefined && { diff: compared(a, b) }) };
  return reportDocument(data, traces);
}

function compared(a: TraceReader, b: TraceReader): DiffData {
  const report = diffTraces(a, b);
  return { ...report, findings: report.findings.slice(0, FINDINGS), findingsLeftOut: Math.max(0, report.findings.length - FINDINGS) };
}
