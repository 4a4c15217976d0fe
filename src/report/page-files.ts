/** The script and the style of the page, which scripts/bundle.ts makes of src/report/page. */
import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/** Beside the bundled command, or where the library finds the bundle. */
const FOLDERS = ['.', '../../bundle'];

function pageFile(name: string): string {
  const paths = FOLDERS.map((folder) => fileURLToPath(new URL(`${folder}/${name}`, import.meta.url)));
  const found = paths.find((path) => existsSync(path));
  if (found === undefined) throw new Error(`${paths.at(-1)} is missing; run npm run build:ts`);
  return readFileSync(found, 'utf8');
}

export const pageScript = (): string => pageFile('report-page.js');
export const pageStyle = (): string => pageFile('report-page.css');
