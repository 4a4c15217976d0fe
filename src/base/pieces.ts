/** Lines put together, so that they are not written one by one. */

/** Characters: about so many are handed over at once. */
export const PIECE = 65536;

export function* inPieces(lines: Iterable<string>): Iterable<string> {
  let piece = '';
  for (const line of lines) {
    piece += `${line}\n`;
    if (piece.length < PIECE) continue;
    yield piece;
    piece = '';
  }
  if (piece !== '') yield piece;
}
