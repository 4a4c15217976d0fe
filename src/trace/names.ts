/** Small tables that turn the numbers of a trace into names, for people with an SQL shell. */
import { EVENT_KINDS, MAPPING_OPERATIONS, SIGNAL_DISPOSITIONS } from './events.js';
import type { Table } from './table.js';

export type NameRows = readonly (readonly [number, string])[];

/**
 * Names of the machine-independent numbers in a trace. They serve the views only: nothing that
 * portrace does with a trace looks at them.
 */
export interface Names {
  /** By x86-64 system call number. */
  readonly syscalls?: NameRows;
  /** By errno, positive. */
  readonly errnos?: NameRows;
  /** By the first argument of ptrace(2). */
  readonly ptraceRequests?: NameRows;
  /** By signal number. */
  readonly signals?: NameRows;
}

function nameTable(name: string, doc: string, id: string): Table {
  return {
    name,
    doc,
    columns: [
      { name: 'id', type: 'INTEGER', key: true, doc: id },
      { name: 'name', type: 'TEXT', doc: 'Its name.' },
    ],
  };
}

export const NAME_TABLES: readonly Table[] = [
  nameTable('event_kinds', 'The kinds of events.', 'events.kind.'),
  nameTable('signal_dispositions', 'What became of a signal.', 'signals.disposition.'),
  nameTable('mapping_operations', 'The kinds of changes of an address space.', 'mmap_events.operation.'),
  nameTable('syscall_names', 'System calls by number, as far as the recorder knew their names.', 'system_calls.number.'),
  nameTable('errno_names', 'Errors by errno.', 'errno, positive.'),
  nameTable('ptrace_request_names', 'Requests of ptrace(2).', 'Argument 0 of ptrace.'),
  nameTable('signal_names', 'Signals by number.', 'signals.number.'),
];

const numbered = (list: readonly string[]): NameRows => list.map((name, id) => [id, name]);

/** The rows of each name table. */
export function nameRows(names: Names): ReadonlyMap<string, NameRows> {
  return new Map([
    ['event_kinds', numbered(EVENT_KINDS)],
    ['signal_dispositions', numbered(SIGNAL_DISPOSITIONS)],
    ['mapping_operations', numbered(MAPPING_OPERATIONS)],
    ['syscall_names', names.syscalls ?? []],
    ['errno_names', names.errnos ?? []],
    ['ptrace_request_names', names.ptraceRequests ?? []],
    ['signal_names', names.signals ?? []],
  ]);
}
