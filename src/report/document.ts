/** The page as one HTML file that needs nothing else. */
import { packed } from './packed.js';
import { pageScript, pageStyle } from './page-files.js';
import { blockId, columnId, FACTS_ID, type ReportData } from './report-data.js';
import type { GatheredTrace } from './trace-data.js';

/** `traces`: those of the data. */
export function reportDocument(data: ReportData, traces: readonly GatheredTrace[]): string {
  const title = data.traces.map(({ overview }) => overview.name).join(' and ');
  return [
    '<!DOCTYPE html>',
    '<html lang="en">',
    '<head>',
    '<meta charset="utf-8">',
    '<meta name="viewport" content="width=device-width, initial-scale=1">',
    `<title>${escaped(title)} - portrace report</title>`,
    `<style>${pageStyle()}</style>`,
    '</head>',
    '<body>',
    '<noscript>This report is drawn by a script that it contains.</noscript>',
    '<div id="page"></div>',
    held(FACTS_ID, packed(JSON.stringify(data))),
    ...traces.flatMap(({ columns }, trace) => [
      ...columns.packedColumns().map(([column, text]) => held(columnId(trace, column), text)),
      ...columns.packedBlocks().map((text, block) => held(blockId(trace, block), text)),
    ]),
    `<script>${pageScript()}</script>`,
    '</body>',
    '</html>',
    '',
  ].join('\n');
}

const held = (id: string, text: string): string => `<script type="text/plain" id="${id}">${text}</script>`;

const escaped = (text: string): string => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
