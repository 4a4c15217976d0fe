/** Opens a trace for reading, whatever state its recorder left it in. */
import { copyFileSync, existsSync, mkdtempSync, openSync, readSync, closeSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import SQLite, { type Database } from 'better-sqlite3';
import { Trouble } from '../base/errors.js';
import { APPLICATION_ID, FORMAT_VERSION } from './format.js';
import { TABLES_OF_VERSION_2, TABLES_OF_VERSION_5 } from './schema.js';
import { createTable } from './table.js';

const MAGIC = 'SQLite format 3\0';
// Offsets in the first page of a database (sqlite.org/fileformat2.html, section 1.3).
const HEADER_SIZE = 100;
const PAGE_SIZE_AT = 16;
const PAGE_COUNT_AT = 28;

/** An open trace file; `release` closes it and removes what opening made. */
export interface OpenDatabase {
  readonly database: Database;
  release(): void;
}

/**
 * Opens a trace for reading, whether finished, still written, or left by a killed recorder, also
 * where nothing can be written. Throws Trouble('trace') for everything that is no readable trace.
 */
export function openDatabase(path: string): OpenDatabase {
  checkFile(path);
  const open = openInPlace(path) ?? openCopy(path);
  try {
    addMissingTables(open.database, checkFormat(path, open.database));
    open.database.pragma('query_only = ON');
    return open;
  } catch (error) {
    open.release();
    throw error;
  }
}

const REASONS: Readonly<Record<string, string>> = {
  ENOENT: 'no such file; check the name',
  ENOTDIR: 'no such file; check the name',
  EACCES: 'no permission to read it; check its owner and mode',
  EPERM: 'no permission to read it; check its owner and mode',
};

function cannotOpen(path: string, why: string, cause?: unknown): Trouble {
  return new Trouble('trace', `cannot open ${path}: ${why}`, { cause });
}

function checkFile(path: string): void {
  let header: Buffer;
  let size: number;
  try {
    const found = statSync(path);
    if (!found.isFile()) {
      throw cannotOpen(path, `it is ${found.isDirectory() ? 'a folder' : 'no regular file'}; name a trace file`);
    }
    size = found.size;
    header = firstBytes(path);
  } catch (error) {
    if (error instanceof Trouble) throw error;
    const code = (error as NodeJS.ErrnoException).code ?? '';
    throw cannotOpen(path, REASONS[code] ?? String(error), error);
  }
  if (size === 0) throw cannotOpen(path, 'it is empty; record again');
  if (header.toString('latin1', 0, MAGIC.length) !== MAGIC) {
    throw cannotOpen(path, 'it is no trace; name a file that portrace record wrote');
  }
  if (header.length < HEADER_SIZE || (isCutShort(header, size) && !existsSync(`${path}-wal`))) {
    throw cannotOpen(path, 'damaged trace: the file is cut short; take another copy of it');
  }
}

function firstBytes(path: string): Buffer {
  const file = openSync(path, 'r');
  try {
    const header = Buffer.alloc(HEADER_SIZE);
    return header.subarray(0, readSync(file, header, 0, HEADER_SIZE, 0));
  } finally {
    closeSync(file);
  }
}

function isCutShort(header: Buffer, size: number): boolean {
  const stored = header.readUInt16BE(PAGE_SIZE_AT);
  const pageSize = stored === 1 ? 65536 : stored;
  return header.readUInt32BE(PAGE_COUNT_AT) * pageSize > size;
}

// Undefined where SQLite needs to write beside the file and cannot: a database with a write-ahead
// log needs its index there (sqlite.org/wal.html, "Read-Only Databases").
function openInPlace(path: string): OpenDatabase | undefined {
  let database: Database | undefined;
  try {
    database = new SQLite(path, { readonly: true, fileMustExist: true });
    guard(database);
    const opened = database;
    return { database, release: () => opened.close() };
  } catch (error) {
    database?.close();
    const code = String((error as { code?: string }).code);
    if (code.startsWith('SQLITE_CANTOPEN') || code.startsWith('SQLITE_READONLY')) return undefined;
    const what = (error as Error).message;
    throw cannotOpen(path, `damaged trace: ${what}; take another copy of it`, error);
  }
}

// A trace may come from a stranger. The first read also finds out whether SQLite can read at all.
function guard(database: Database): void {
  database.pragma('trusted_schema = OFF');
  database.pragma('cell_size_check = ON');
  database.prepare('SELECT count(*) FROM sqlite_schema').get();
}

function openCopy(path: string): OpenDatabase {
  const folder = mkdtempSync(join(tmpdir(), 'portrace-'));
  const remove = (): void => rmSync(folder, { recursive: true, force: true });
  try {
    const copy = join(folder, 'copy.trace');
    copyFileSync(path, copy);
    if (existsSync(`${path}-wal`)) copyFileSync(`${path}-wal`, `${copy}-wal`);
    const database = new SQLite(copy);
    guard(database);
    return {
      database,
      release() {
        database.close();
        remove();
      },
    };
  } catch (error) {
    remove();
    throw cannotOpen(path, (error as Error).message, error);
  }
}

// Everything that reads a trace may then count on them. They live in memory, with the connection.
function addMissingTables(database: Database, version: number): void {
  const missing = [...(version < 2 ? TABLES_OF_VERSION_2 : []), ...(version < 5 ? TABLES_OF_VERSION_5 : [])];
  if (missing.length === 0) return;
  database.pragma('temp_store = MEMORY');
  for (const table of missing) database.exec(createTable(table, 'TEMP '));
}

/** Gives the version. */
function checkFormat(path: string, database: Database): number {
  let application: unknown;
  let version: number;
  try {
    application = database.pragma('application_id', { simple: true });
    version = database.pragma('user_version', { simple: true }) as number;
  } catch (error) {
    throw cannotOpen(path, `damaged trace: ${(error as Error).message}`, error);
  }
  if (application !== APPLICATION_ID) {
    throw cannotOpen(path, 'it is a database of another program; name a file that portrace record wrote');
  }
  if (version > FORMAT_VERSION) {
    const versions = `format version ${version}, this portrace reads up to ${FORMAT_VERSION}`;
    throw cannotOpen(path, `it is newer than this portrace (${versions}); update portrace`);
  }
  if (version < 1) throw cannotOpen(path, `damaged trace: there is no format version ${version}`);
  return version;
}
