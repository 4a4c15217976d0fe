/** A log on disk: its lines in order, and single lines by their place. */
import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import { Trouble } from '../base/errors.js';

/** A line, as characters 0 … 255. */
export interface LogLine {
  readonly text: string;
  /** Bytes from the beginning of the file. */
  readonly at: number;
  /** From 1 on. */
  readonly number: number;
}

const PIECE = 1 << 20;
const NEWLINE = 10;

const REASONS: Readonly<Record<string, string>> = {
  ENOENT: 'no such file; check the name',
  ENOTDIR: 'no such file; check the name',
  EACCES: 'no permission to read it; check its owner and mode',
};

export class LogFile {
  private constructor(
    readonly path: string,
    private readonly file: number,
    /** Seconds since 1970 when it was last written. */
    readonly modified: number,
  ) {}

  /** Throws Trouble('trace') where it cannot be read, or only once. */
  static open(path: string): LogFile {
    let file: number;
    try {
      file = openSync(path, 'r');
    } catch (error) {
      const code = (error as NodeJS.ErrnoException).code ?? '';
      throw new Trouble('trace', `cannot read ${path}: ${REASONS[code] ?? String(error)}`, { cause: error });
    }
    const found = fstatSync(file);
    if (!found.isFile()) {
      closeSync(file);
      throw new Trouble('trace', `cannot read ${path}: it is no regular file, and a log is read more than once; copy it into one`);
    }
    return new LogFile(path, file, found.mtimeMs / 1000);
  }

  *lines(): IterableIterator<LogLine> {
    let rest: Buffer = Buffer.alloc(0);
    let at = 0;
    let number = 0;
    for (;;) {
      const piece = this.read(at + rest.length, PIECE);
      if (piece.length === 0) break;
      const bytes = rest.length === 0 ? piece : Buffer.concat([rest, piece]);
      let start = 0;
      for (let end = bytes.indexOf(NEWLINE); end >= 0; end = bytes.indexOf(NEWLINE, start)) {
        yield { text: bytes.toString('latin1', start, end), at: at + start, number: ++number };
        start = end + 1;
      }
      rest = bytes.subarray(start);
      at += start;
    }
    if (rest.length > 0) yield { text: rest.toString('latin1'), at, number: ++number };
  }

  /** The line that begins at the place. */
  lineAt(at: number): string {
    for (let size = 4096; ; size *= 4) {
      const bytes = this.read(at, size);
      const end = bytes.indexOf(NEWLINE);
      if (end >= 0) return bytes.toString('latin1', 0, end);
      if (bytes.length < size) return bytes.toString('latin1');
    }
  }

  close(): void {
    closeSync(this.file);
  }

  private read(at: number, size: number): Buffer {
    const bytes = Buffer.allocUnsafe(size);
    return bytes.subarray(0, readSync(this.file, bytes, 0, size, at));
  }
}
