/** The report of a comparison as one HTML file that needs nothing else, not even a server. */
import type { DiffReport } from '../diff/index.js';
import { PAGE_SCRIPT } from './diff-html-script.js';
import { PAGE_STYLE } from './diff-html-style.js';

/** The lines that `portrace show` prints for events, by their index. */
export type EventLines = Readonly<Record<number, string>>;

/** `lines` adds the events as they are, with their addresses and pids, to the canonical words. */
export function diffHtml(report: DiffReport, lines: { readonly a: EventLines; readonly b: EventLines }): string {
  return `<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>portrace diff</title>
<style>${PAGE_STYLE}</style>
</head>
<body>
<noscript>This report is drawn by a script that it contains.</noscript>
<script type="application/json" id="report">${embedded({ report, lines })}</script>
<script>${PAGE_SCRIPT}</script>
</body>
</html>
`;
}

/** A trace may hold anything: nothing in it can end the element that it stands in. */
const embedded = (value: unknown): string => JSON.stringify(value).replaceAll('<', '\\u003c');
