/** Tables that tell of the whole session. */
import type { Table } from './table.js';

const CHECKSUM_DOC =
  'CRC-32 over the other columns of the row, as a signed 32-bit number.';

export const SESSION: Table = {
  name: 'session',
  doc: 'What was recorded, known from the first moment on. One row.',
  columns: [
    { name: 'id', type: 'INTEGER', key: true, doc: 'Always 1.' },
    { name: 'command', type: 'TEXT', doc: 'The arguments joined by blanks, for people only.' },
    { name: 'arguments', type: 'BLOB', doc: 'The argument strings of the guest, a MessagePack array.' },
    { name: 'working_folder', type: 'TEXT', doc: 'The folder in which the guest started.' },
    { name: 'environment', type: 'BLOB', doc: 'The environment strings (NAME=value) of the guest, a MessagePack array.' },
    { name: 'started_at', type: 'TEXT', doc: 'When the recording started: ISO 8601, UTC.' },
    { name: 'port', type: 'TEXT', doc: 'The free label of the host port.', absent: 'no label was given' },
    { name: 'checksum', type: 'INTEGER', doc: CHECKSUM_DOC },
  ],
};

export const HOST: Table = {
  name: 'host',
  doc: 'The machine on which the guest was recorded. One row. In an imported trace every text but the last is `unknown` where the log does not tell it.',
  columns: [
    { name: 'id', type: 'INTEGER', key: true, doc: 'Always 1.' },
    { name: 'sysname', type: 'TEXT', doc: 'uname(2): name of the operating system.' },
    { name: 'release', type: 'TEXT', doc: 'uname(2): its release.' },
    { name: 'version', type: 'TEXT', doc: 'uname(2): its version.' },
    { name: 'machine', type: 'TEXT', doc: 'uname(2): the hardware.' },
    { name: 'nodename', type: 'TEXT', doc: 'uname(2): the name in the network.' },
    { name: 'cpu_model', type: 'TEXT', doc: 'Model name of the first processor, as /proc/cpuinfo has it.' },
    { name: 'cpuid', type: 'BLOB', doc: 'Rows of six 32-bit numbers (leaf, subleaf, eax, ebx, ecx, edx), a MessagePack array of arrays.' },
    { name: 'xstate_size', type: 'INTEGER', doc: "Bytes of a task's extended state (NT_X86_XSTATE)." },
    { name: 'page_size', type: 'INTEGER', doc: 'Bytes of a page.' },
    { name: 'portrace_version', type: 'TEXT', doc: 'The portrace that recorded.' },
    {
      name: 'missing',
      type: 'TEXT',
      doc: 'What the host does not give to a recorder, separated by commas: exact points, fixed layout, time stamp counter, processor number. Without exact points a trace cannot be replayed.',
      absent: 'nothing is missing',
    },
    { name: 'checksum', type: 'INTEGER', doc: CHECKSUM_DOC },
  ],
};

export const ENDING: Table = {
  name: 'ending',
  doc: 'How the recording ended. One row in a complete trace, none in one that was cut short.',
  columns: [
    { name: 'id', type: 'INTEGER', key: true, doc: 'Always 1.' },
    { name: 'status', type: 'INTEGER', doc: 'Wait status of the first task, as wait4(2) stores it.' },
    { name: 'duration', type: 'INTEGER', doc: 'Nanoseconds from the start to the end of the recording.' },
    { name: 'events', type: 'INTEGER', doc: 'Number of events.' },
    { name: 'checksum', type: 'INTEGER', doc: CHECKSUM_DOC },
  ],
};

export const IMPORT_SOURCE: Table = {
  name: 'import_source',
  doc: "Where the trace was made from another tool's log: no registers and mappings of the guest are known beyond what the log shows, and it cannot be replayed. One row in an imported trace, none in a recorded one.",
  columns: [
    { name: 'id', type: 'INTEGER', key: true, doc: 'Always 1.' },
    { name: 'tool', type: 'TEXT', doc: '`strace`, or `gvisor` for the debug log of runsc --strace.' },
    { name: 'log', type: 'TEXT', doc: 'Name of the log, without its folder.' },
    { name: 'checksum', type: 'INTEGER', doc: CHECKSUM_DOC },
  ],
};

export const IMPORT_COUNTS: Table = {
  name: 'import_counts',
  doc: 'What the import made of the lines of its log. One row in an imported trace whose import came to its end, else none.',
  columns: [
    { name: 'id', type: 'INTEGER', key: true, doc: 'Always 1.' },
    { name: 'lines', type: 'INTEGER', doc: 'Lines of the log.' },
    { name: 'bad_lines', type: 'INTEGER', doc: 'Lines that should tell of the guest and could not be understood.' },
    { name: 'other_lines', type: 'INTEGER', doc: 'Lines about something else.' },
    { name: 'first_bad', type: 'INTEGER', doc: 'Number of the first bad line, from 1 on.', absent: 'there is none' },
    { name: 'first_bad_text', type: 'TEXT', doc: 'Its beginning.', absent: 'there is none' },
    { name: 'checksum', type: 'INTEGER', doc: CHECKSUM_DOC },
  ],
};

export const TOTALS: Table = {
  name: 'totals',
  doc: 'What the trace must hold, written with every commit. One row.',
  columns: [
    { name: 'id', type: 'INTEGER', key: true, doc: 'Always 1.' },
    { name: 'events', type: 'INTEGER', doc: 'Number of events; they are numbered from 1 without gaps.' },
    { name: 'objects', type: 'INTEGER', doc: 'Number of rows in objects.' },
    { name: 'complete', type: 'INTEGER', doc: '1 when the recording ended by itself, else 0.' },
    { name: 'checksum', type: 'INTEGER', doc: CHECKSUM_DOC },
  ],
};
