/** The description of the trace format, made from the schema. */
import {
  APPLICATION_ID,
  BLOCK_SIZE,
  FORMAT_VERSION,
  HASH_SIZE,
  INLINE_LIMIT,
  KEYFRAME_INTERVAL,
  POSITIONS,
} from './format.js';
import { EVENT_TABLES, checksumNumber } from './event-tables.js';
import { TABLES, TABLES_OF_VERSION_2, TABLES_OF_VERSION_5 } from './schema.js';
import type { Column, Table } from './table.js';
import { VIEWS } from './views.js';

/** Markdown. */
export function describeFormat(): string {
  return [INTRODUCTION, ...TABLES.map(describeTable), describeViews(), CODECS].join('\n');
}

const hex = (value: number): string => `0x${value.toString(16)}`;

const INTRODUCTION = `# The trace format

<!-- Made by scripts/trace-format.ts from src/trace. Change it there. -->

A trace is one SQLite 3 database: \`PRAGMA application_id\` is ${hex(APPLICATION_ID)} ("PTrc"),
\`PRAGMA user_version\` is the format version, now ${FORMAT_VERSION}. A reader refuses newer versions. Version 1
had no tables ${TABLES_OF_VERSION_2.map(({ name }) => name).join(', ')}; version 2 had no events of the kind
cpuid, version 3 none of the kind random, version 6 none of the kind vsyscall, version 4 no table ${TABLES_OF_VERSION_5.map(({ name }) => name).join(', ')}. Version 5 stores registers, siginfo, exact points, times and the
arguments and flags of calls in less room: src/trace/format-4.ts has what they were before. Before version 6
blocks were of about ${BLOCK_SIZE} bytes, none packed with Zstandard, and a larger content had a block of its own.
Every table is STRICT. Look into a trace with any \`sqlite3\` of version 3.37 or newer:

    sqlite3 -readonly -box uml.trace 'SELECT * FROM system_calls_by_name LIMIT 10'

While it is recorded, and after its recorder was killed, two files lie beside it, \`NAME-wal\` and
\`NAME-shm\`; move them together. A finished trace is one file, unless somebody was reading it when
it was finished: then an empty \`-wal\` may stay until the last reader has gone.

Numbers of events, tasks, address spaces and objects count from 1 within the trace. 64-bit words
whose top bit is set appear as negative numbers, as SQLite's integers are signed.
\`printf('%x', column)\` shows the bits.

Rows of an event that may be several have the id \`event * ${POSITIONS} + position\`; the columns
\`event\` and \`position\` are computed from it, so ask for ranges of \`id\` where speed matters.

## Tables
`;

function describeTable(table: Table): string {
  const rows = table.columns.map(describeColumn);
  return `### ${table.name}

${table.doc}

| column | type | holds | NULL means |
|---|---|---|---|
${rows.join('\n')}
`;
}

function describeColumn(column: Column): string {
  const type = column.key ? `${column.type}, key` : column.type;
  const computed = column.generated === undefined ? '' : `, computed: ${column.generated}`;
  const name = column.name;
  return `| \`${name}\` | ${type}${computed} | ${cell(column.doc)} | ${cell(column.absent ?? 'never')} |`;
}

const cell = (text: string): string => text.replaceAll('|', '\\|');

function describeViews(): string {
  const rows = VIEWS.map((view) => `| \`${view.name}\` | ${cell(view.doc)} |`);
  return `## Views

For people; portrace does not read them. Names come from the small tables above, which the recorder
fills with what it knows.

| view | shows |
|---|---|
${rows.join('\n')}
`;
}

const CHECKSUM_TABLES = EVENT_TABLES.map(
  (table) => `${checksumNumber(table)} ${table.name}`,
).join(', ');

const CODECS = `## Byte strings

Up to ${INLINE_LIMIT} bytes stand in the row itself. Longer ones are in \`contents\`, once each: the row there
names a block and the place in it where it begins. A block holds ${BLOCK_SIZE} bytes of contents, the last one fewer; a
content that does not end in it goes on in the next block. A page of one content may be another. Blocks
that were not packed yet when a recorder was killed are as they are. A content is checked against its hash, the first ${HASH_SIZE} bytes of SHA-256.

## Registers

A register file is the 27 words of \`struct user_regs_struct\` (sys/user.h). It is stored as its
difference to a prediction. What is not known is zero, and before each event 1 + n * ${KEYFRAME_INTERVAL} everything
is forgotten. An event has a label: its kind, plus 16 times the low 16 bits of the number of its call
or signal, plus, for ptrace (101), 257 times the low 16 bits of the request, all modulo 2^17. Each
register is predicted to be one of these:

0. What is known of the task: its registers in the last event or register change. The result of a
   call is rax from then on. A new task begins with what is known of its parent; at its exit a task
   is forgotten.
1. What it was when a task last had an event with this label after the same sequence: the labels
   of its last two events with registers, 0 before the first and at the birth of the task.
2. What it was when a task last had an event with this label while the low 32 bits of rsp known of
   it were the same.

For each label with its sequence and each register it is the number in this list that counts, 0 at
first; after a wrong prediction it becomes the first number that would have been right. Register
changes are predicted from register changes alone, with the label of their event and the sequence
of the task that they change; the numbers they learn are theirs too.

Where an event has both registers and a call, orig_rax is expected to be the number, rax -38
(ENOSYS), rdi, rsi, rdx, r10, r8, r9 the arguments as far as they are stored, and, once rip and
eflags are known, rcx to be rip and r11 to be eflags. These are known of the task then, and predicted.

Layout: for each register that differs a byte, eight times its place plus the number of bytes of
its difference less 1; then the difference (exclusive or), little-endian without leading zero bytes.
Places count from 0: rip, eflags, then all others as in the structure.

Within an event the order is: its registers, the result, then the effects by position.

## Checksums

\`events.checksum\` is a CRC-32 (that of zlib) over the event's row without the checksum and over the
rows that belong to it without their keys: those of one table after the other (by number and name: ${CHECKSUM_TABLES}),
by position within memory_inputs and object_contents, and the effects of all tables together by
position. A row is the byte 5, the number of its table as 4 bytes, and its stored
columns in order. NULL is the byte 0. An integer is 1 and 8 bytes; text is 2, its length in 4 bytes
and UTF-8; a blob is 3, its length in 4 bytes and its bytes; the column \`content\` is 4, the length
of the hash in 4 bytes and the hash. All numbers are little-endian. The other tables with a checksum
have it over their own row with its key, as if the number of their table were 0.

Beyond that a reader checks that events and positions have no gaps, that no row belongs to an event
that is not there, and that \`totals\` and \`ending\` agree with what is found.
`;
