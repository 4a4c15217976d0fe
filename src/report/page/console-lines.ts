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

/** Stretches of a line that have the text, in order. */
export interface Stretch {
  readonly from: number;
  readonly to: number;
}

export function stretchesOf(line: readonly LinePiece[], pattern: RegExp): Stretch[] {
  return [...textOf(line).matchAll(pattern)].map(({ index, 0: { length } }) => ({ from: index, to: index + length }));
}

/** The lines that have the text, by number. */
export function linesWith(lines: readonly (readonly LinePiece[])[], pattern: RegExp): number[] {
  return lines.flatMap((line, index) => (textOf(line).search(pattern) < 0 ? [] : [index]));
}

const textOf = (line: readonly LinePiece[]): string => (line.length === 1 ? line[0]!.text : line.map(({ text }) => text).join(''));

/** A piece cut where a stretch begins or ends. `start`: where it stands in its line. */
export function cutAt(text: string, start: number, stretches: readonly Stretch[]): { readonly text: string; readonly isFound: boolean }[] {
  const parts: { text: string; isFound: boolean }[] = [];
  let at = 0;
  const take = (end: number, isFound: boolean): void => {
    const to = Math.min(Math.max(end - start, at), text.length);
    if (to > at) parts.push({ text: text.slice(at, to), isFound });
    at = to;
  };
  for (const { from, to } of stretches) {
    take(from, false);
    take(to, true);
  }
  take(Infinity, false);
  return parts;
}
