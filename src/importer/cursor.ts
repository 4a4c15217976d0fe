/** A place in a line, for the parsers. Lines are latin1: one character a byte. */

/** The line is not what the parser knows. */
export class NotUnderstood extends Error {}

/** What the parser makes of it; undefined where it does not understand. */
export function understood<Result>(parse: () => Result): Result | undefined {
  try {
    return parse();
  } catch (error) {
    if (error instanceof NotUnderstood) return undefined;
    throw error;
  }
}

export class Cursor {
  at = 0;

  constructor(readonly text: string) {}

  get isAtEnd(): boolean {
    return this.at >= this.text.length;
  }

  looksAt(text: string): boolean {
    return this.text.startsWith(text, this.at);
  }

  /** Passes the text where it stands here. */
  take(text: string): boolean {
    if (!this.looksAt(text)) return false;
    this.at += text.length;
    return true;
  }

  expect(text: string): void {
    if (!this.take(text)) throw new NotUnderstood(`no ${text} at ${this.at}`);
  }

  /** Passes what the sticky pattern matches here, and gives it. */
  match(pattern: RegExp): RegExpExecArray | undefined {
    pattern.lastIndex = this.at;
    const found = pattern.exec(this.text);
    if (!found) return undefined;
    this.at += found[0].length;
    return found;
  }

  from(start: number): string {
    return this.text.slice(start, this.at);
  }

  /** Passes everything up to one of these characters outside of brackets and quotes. */
  skipBalanced(ends: string): void {
    let depth = 0;
    for (; this.at < this.text.length; this.at++) {
      const character = this.text[this.at]!;
      if (depth === 0 && ends.includes(character)) return;
      if (character === '"') this.skipString();
      else if ('([{'.includes(character)) depth++;
      else if (')]}'.includes(character) && depth-- === 0) throw new NotUnderstood('brackets do not match');
    }
  }

  // Ends on the closing quote.
  private skipString(): void {
    for (this.at++; this.at < this.text.length && this.text[this.at] !== '"'; this.at++) {
      if (this.text[this.at] === '\\') this.at++;
    }
    if (this.isAtEnd) throw new NotUnderstood('a string does not end');
  }
}

const SIMPLE_ESCAPES: Readonly<Record<string, number>> = { n: 10, t: 9, r: 13, v: 11, f: 12, a: 7, b: 8, '"': 34, '\\': 92, "'": 39 };

/** The bytes between quotes: C's escapes, and Go's \u and \U, which stand for UTF-8. Passes the closing quote. */
export function quotedBytes(cursor: Cursor): Uint8Array {
  cursor.expect('"');
  const bytes: number[] = [];
  for (;;) {
    if (cursor.isAtEnd) throw new NotUnderstood('a string does not end');
    const character = cursor.text[cursor.at++]!;
    if (character === '"') return Uint8Array.from(bytes);
    if (character === '\\') bytes.push(...escaped(cursor));
    else bytes.push(character.charCodeAt(0) & 0xff);
  }
}

const OCTAL = /[0-7]{1,3}/y;
const HEX = /x([0-9a-fA-F]{2})/y;
const UNICODE = /u([0-9a-fA-F]{4})|U([0-9a-fA-F]{8})/y;

function escaped(cursor: Cursor): Iterable<number> {
  const octal = cursor.match(OCTAL);
  if (octal) return [Number.parseInt(octal[0], 8) & 0xff];
  const hex = cursor.match(HEX);
  if (hex) return [Number.parseInt(hex[1]!, 16)];
  const unicode = cursor.match(UNICODE);
  if (unicode) return Buffer.from(String.fromCodePoint(Number.parseInt(unicode[1] ?? unicode[2]!, 16)));
  const simple = SIMPLE_ESCAPES[cursor.text[cursor.at++] ?? ''];
  if (simple === undefined) throw new NotUnderstood('an unknown escape');
  return [simple];
}
