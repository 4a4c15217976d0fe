/** Tables of events and of the facts of each kind. */
import type { Column, Table } from './table.js';

const EVENT_KEY: Column = {
  name: 'event',
  type: 'INTEGER',
  key: true,
  doc: 'The event that the row belongs to.',
};

export const EVENTS: Table = {
  name: 'events',
  doc: 'Everything that the guest did or learned which its own instructions do not determine, in order. One row an event; what it carries besides is in the tables below.',
  columns: [
    { name: 'id', type: 'INTEGER', key: true, doc: 'Index of the event: 1 for the first, without gaps.' },
    { name: 'task', type: 'INTEGER', doc: 'The task that it happened to: 1 for the first, in order of creation. Not a pid.' },
    { name: 'kind', type: 'INTEGER', doc: 'See the table event_kinds.' },
    { name: 'microseconds', type: 'INTEGER', doc: 'When the recorder saw it: microseconds since the recording started.' },
    {
      name: 'registers',
      type: 'BLOB',
      doc: 'The general registers at the arrival, as the difference to what is expected (see "Registers").',
      absent: 'the task did not move (leave, resume, exit)',
    },
    {
      name: 'checksum',
      type: 'INTEGER',
      doc: 'CRC-32, as a signed 32-bit number, over this row and every row that belongs to the event (see "Checksums").',
    },
    { name: 'time', type: 'INTEGER', doc: 'Nanoseconds since the recording started.', generated: 'microseconds * 1000' },
  ],
};

const argument = (index: number): Column => ({
  name: `arg${index}`,
  type: 'INTEGER',
  doc: `Argument ${index}, all 64 bits, as a signed number.`,
  absent: 'the call has not so many arguments, or it is a leave event with all those of its enter event',
});

export const SYSTEM_CALLS: Table = {
  name: 'system_calls',
  doc: 'The call of each event of the kinds syscall, enter, leave and intercept.',
  columns: [
    EVENT_KEY,
    { name: 'number', type: 'INTEGER', doc: 'System call number, x86-64 table; see syscall_names.' },
    ...[0, 1, 2, 3, 4, 5].map(argument),
    {
      name: 'result',
      type: 'INTEGER',
      doc: 'What rax held when the call returned, signed: -4095 … -1 is a negated errno.',
      absent: 'the call did not return in this event (enter, intercept)',
    },
    { name: 'flags', type: 'INTEGER', doc: 'Sum of: 1 emulated, 2 undescribed, 4 or 8 the stream 1 or 2.' },
    { name: 'entered', type: 'INTEGER', doc: 'The enter event of the same call.', absent: 'not a leave event' },
    {
      name: 'undescribed',
      type: 'INTEGER',
      doc: '1 where portrace had no description of the call and found its memory writes by comparing, else 0.',
      generated: 'flags >> 1 & 1',
    },
    { name: 'emulated', type: 'INTEGER', doc: '1 where portrace answered the call itself, else 0.', generated: 'flags & 1' },
    {
      name: 'stream',
      type: 'INTEGER',
      doc: "1 or 2 where the call wrote to the recorder's own standard output or error, which replay repeats.",
      absent: 'the call wrote elsewhere, or nothing',
      generated: 'nullif(flags >> 2, 0)',
    },
  ],
};

export const CALL_TEXTS: Table = {
  name: 'call_texts',
  doc: 'What the log of an imported trace shows of arguments whose bytes it does not have: a structure of which members were left out, a string that was cut. One row for each call that has such arguments.',
  columns: [
    EVENT_KEY,
    ...[0, 1, 2, 3, 4, 5].map(
      (index): Column => ({
        name: `arg${index}`,
        type: 'TEXT',
        doc: `Argument ${index} as the log shows it.`,
        absent: 'the argument and the bytes behind it are in the other tables',
      }),
    ),
  ],
};

export const SIGNALS: Table = {
  name: 'signals',
  doc: 'The signal of each event of the kinds signal and resume.',
  columns: [
    EVENT_KEY,
    { name: 'number', type: 'INTEGER', doc: 'Signal number, signal(7); 0 in a resume event without a signal.' },
    { name: 'disposition', type: 'INTEGER', doc: 'See the table signal_dispositions.' },
    { name: 'synchronous', type: 'INTEGER', doc: '1 where the instruction at the arrival raises the signal by itself, else 0.' },
    { name: 'code', type: 'INTEGER', doc: 'si_code of the siginfo, sigaction(2).', absent: 'no siginfo' },
    {
      name: 'address',
      type: 'INTEGER',
      doc: 'si_addr: the address that a fault (SIGSEGV, SIGBUS, SIGILL, SIGFPE, SIGTRAP) is about, as a signed 64-bit number.',
      absent: 'no siginfo, or not a fault',
    },
    {
      name: 'sender',
      type: 'INTEGER',
      doc: 'si_pid: the pid that sent the signal (si_code SI_USER, SI_TKILL, SI_QUEUE), or the child that a SIGCHLD is about.',
      absent: 'no siginfo, or no process sent it',
    },
    {
      name: 'siginfo',
      type: 'BLOB',
      doc: 'siginfo_t as PTRACE_GETSIGINFO gives it, 128 bytes: its difference (exclusive or) to one that says what the columns number, code, address and sender do, without the zeroes at its end.',
      absent: 'there is none',
    },
  ],
};

export const EXITS: Table = {
  name: 'exits',
  doc: 'The end of a task, for each event of the kind exit.',
  columns: [
    EVENT_KEY,
    { name: 'status', type: 'INTEGER', doc: 'Wait status as wait4(2) stores it.' },
  ],
};

export const EXACT_POINTS: Table = {
  name: 'exact_points',
  doc: 'The state that marks the place of a signal or preempt event among the instructions of its task; for a syscall or leave event, what memory holds after its effects.',
  columns: [
    EVENT_KEY,
    { name: 'immediate', type: 'INTEGER', doc: '1 where the task ran no instruction since its last event, else 0.' },
    { name: 'digest', type: 'BLOB', doc: 'XXH3, 128 bit, canonical big-endian bytes, over the pages in order. The dead part of stacks counts as zero, and so do areas that XSAVEC filled (before version 5 they counted); for an exact point the extended state is part of it. src/tracee/digest.ts tells more.' },
    { name: 'pages', type: 'BLOB', doc: 'The runs of pages that the digest covers, a MessagePack array: address, pages, address, pages … Each address but the first as the difference to the one before.' },
    { name: 'words', type: 'BLOB', doc: 'Words that were seen to change from hit to hit, a MessagePack array: address, value, address, value … Each address but the first as the difference to the one before.' },
  ],
};
