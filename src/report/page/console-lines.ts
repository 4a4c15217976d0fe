/** Console output as lines; each piece of a line knows the write that it came from. */
import type { ConsolePart } from '../report-data.js';

export interface LinePiece {
  readonly part: ConsolePart;
  readonly text: string;
}

// CSI and OSC sequences (ECMA-48), and single characters that move or ring; tabs stay.
const CONTROLS = /\x1b\[[0-?]*[ -/]*[@-~]|\x1b\][^\x07\x1b]*(?:\x07|\x1b\\)|\x1b[@-_]|[\0-\x08\x0b-\x1f\x7f]/g;

export function consoleLines(parts: readonly ConsolePart[]): LinePiece[][] {
  const lines: LinePiece[][] = [[]];
  for (const part of parts) {
    const missing = part.missing === undefined ? '' : `[${part.missing} bytes are not in the trace]`;
    const texts = `${part.text.replace(CONTROLS, '')}${missing}`.split('\n');
    texts.forEach((text, index) => {
      if (index > 0) lines.push([]);
      if (text !== '') lines.at(-1)!.push({ part, text });
    });
  }
  if (lines.at(-1)!.length === 0) lines.pop();
  return lines;
}
