/** Functions that questions in SQL may use: the byte strings of a trace, wherever they are stored. */
import type { Database } from 'better-sqlite3';
import { ContentReader } from './content-reader.js';
import { openDatabase, type OpenDatabase } from './open-database.js';

const UTF8 = new TextDecoder();

/** `bytes_of(bytes, content)` and `text_of(bytes, content)`, in SQL of the given connection. */
export class QueryFunctions {
  // A connection is busy while it calls a function, so that contents are read by another one.
  private aside: OpenDatabase | undefined;
  private contents: ContentReader | undefined;

  constructor(
    database: Database,
    private readonly path: string,
  ) {
    const options = { deterministic: true, directOnly: true };
    database.function('bytes_of', options, (bytes: unknown, content: unknown) => this.bytesOf(bytes, content));
    database.function('text_of', options, (bytes: unknown, content: unknown) => this.textOf(bytes, content));
  }

  release(): void {
    this.aside?.release();
  }

  private bytesOf(bytes: unknown, content: unknown): Uint8Array | null {
    if (content === null) return bytes instanceof Uint8Array ? bytes : null;
    const found = typeof content === 'number' ? this.reader().whole(content) : undefined;
    if (found === undefined) throw new Error(`there is no content ${String(content)}`);
    return found;
  }

  /** Up to the first zero byte, as the guest's own functions take it. */
  private textOf(bytes: unknown, content: unknown): string | null {
    const whole = this.bytesOf(bytes, content);
    return whole && UTF8.decode(whole).replace(/\0[^]*$/, '');
  }

  private reader(): ContentReader {
    this.aside ??= openDatabase(this.path);
    return (this.contents ??= new ContentReader(this.aside.database));
  }
}
