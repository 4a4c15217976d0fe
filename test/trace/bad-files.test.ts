import { chmodSync, copyFileSync, mkdirSync, readFileSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import test from 'ava';
import SQLite from 'better-sqlite3';
import { Trouble } from '../../src/base/errors.js';
import { TraceReader, TraceWriter } from '../../src/trace/index.js';
import { readEverything, record } from './recording.js';
import { folderFor } from './temporary.js';

/** Makes a path that is no good trace, and what opening or reading it must say. */
const BAD: Readonly<Record<string, { make(path: string): void; says: RegExp }>> = {
  'a missing file': { make: () => {}, says: /no such file/ },
  'a folder': { make: (path) => mkdirSync(path), says: /it is a folder/ },
  'an empty file': { make: (path) => writeFileSync(path, ''), says: /it is empty/ },
  'a text file': { make: (path) => writeFileSync(path, 'SQLite'.repeat(1000)), says: /it is no trace/ },
  'the first bytes of a database': {
    make(path) {
      record(path, 10);
      truncateSync(path, 50);
    },
    says: /cut short/,
  },
  'the database of another program': {
    make: (path) => new SQLite(path).exec('CREATE TABLE other (x)').close(),
    says: /another program/,
  },
  'a newer trace': {
    make(path) {
      record(path, 10);
      edit(path, 'PRAGMA user_version = 8');
    },
    says: /newer than this portrace \(format version 8, this portrace reads up to 7\)/,
  },
  'a trace of format version 0': {
    make(path) {
      record(path, 10);
      edit(path, 'PRAGMA user_version = 0');
    },
    says: /no format version 0/,
  },
  'a trace whose recording never began': {
    make: (path) => TraceWriter.create(path, {}).close(),
    says: /cut short before it began/,
  },
  'a trace without its second half': {
    make(path) {
      record(path, 500);
      truncateSync(path, Math.floor(readFileSync(path).length / 8192) * 4096);
    },
    says: /cut short/,
  },
  'a trace without one of its tables': {
    make(path) {
      record(path, 10);
      edit(path, 'DROP TABLE memory_writes');
    },
    says: /damaged trace/,
  },
  'a trace with a page of other bytes': {
    make(path) {
      record(path, 500);
      const bytes = readFileSync(path);
      bytes.fill(0x5a, 40960, 45056);
      writeFileSync(path, bytes);
    },
    says: /damaged trace/,
  },
};

for (const [name, { make, says }] of Object.entries(BAD)) {
  test(`${name} is refused with one line that says why`, (t) => {
    const path = join(folderFor(t), 'bad.trace');
    make(path);
    const error = t.throws(() => readEverything(path), { instanceOf: Trouble, message: says })!;
    t.is((error as Trouble).kind, 'trace');
    t.false(error.message.includes('\n'));
  });
}

/** A user without rights: "nobody" of Debian. */
const NOBODY = 65534;

test('a file without read permission is refused', (t) => {
  const folder = folderFor(t);
  const path = join(folder, 'closed.trace');
  record(path, 10);
  chmodSync(folder, 0o755);
  chmodSync(path, 0);
  // The superuser may read everything, so it becomes somebody else for the moment.
  const superuser = process.getuid?.() === 0;
  if (superuser) process.seteuid!(NOBODY);
  try {
    t.throws(() => TraceReader.open(path), { instanceOf: Trouble, message: /no permission/ });
  } finally {
    if (superuser) process.seteuid!(0);
  }
});

test('a copy of a trace under another name is a trace', (t) => {
  const folder = folderFor(t);
  record(join(folder, 'a'), 10);
  copyFileSync(join(folder, 'a'), join(folder, 'b'));
  t.deepEqual(readEverything(join(folder, 'b')), readEverything(join(folder, 'a')));
});

function edit(path: string, sql: string): void {
  const database = new SQLite(path);
  database.exec(sql);
  database.close();
}
