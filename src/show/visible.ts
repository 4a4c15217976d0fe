/**
 * Text out of a trace as it may go to a terminal: control characters, which could do things to it,
 * become \xNN. A trace may come from a stranger.
 */
export function visible(text: string): string {
  return text.replace(/[\0-\x1f\x7f-\x9f]/g, (character) => {
    return `\\x${character.charCodeAt(0).toString(16).padStart(2, '0')}`;
  });
}
