/** The calls of a trace as a flat table, one row a call. */
import type { OpenTrace } from '../diff/open-trace.js';
import { Descriptors } from '../mappings/index.js';
import { EventTexts } from '../show/event-texts.js';
import { visible } from '../show/visible.js';
import { fileOfCall, isError, MadeCalls, NO_FILE, type MadeCall } from '../stat/index.js';
import { errnoName, syscallName } from '../syscalls/index.js';
import type { SyscallFacts, TraceEvent } from '../trace/events.js';
import { SEPARATOR, visibleCall } from './call-text.js';
import { Programs } from './programs.js';
import type { Selection } from './selection.js';

/** An int64 is a bigint, an int32 a number. */
export type CallCell = bigint | number | string | null;

export interface CallColumn {
  readonly name: string;
  readonly type: 'int64' | 'int32' | 'text';
  /** What it holds, one sentence. */
  readonly doc: string;
  /** When it is NULL; never without it. */
  readonly absent?: string;
}

interface Row {
  readonly label: string;
  readonly call: MadeCall<CallNote>;
  readonly arguments: readonly string[];
  readonly facts: SyscallFacts;
  readonly pid: number;
  readonly tid: number;
  readonly errno: number | null;
}

/** What is known before the call changes it. */
interface CallNote {
  readonly program: string | undefined;
  readonly file: string;
}

type DefinedColumn = CallColumn & { readonly of: (row: Row) => CallCell };

const whole = (value: number): bigint => BigInt(value);

const ARGUMENT_COLUMNS = Array.from({ length: 6 }, (_, index): DefinedColumn => ({
  name: `arg${index}`,
  type: 'int64',
  doc: `Argument register ${index}, signed.`,
  of: ({ facts }) => BigInt.asIntN(64, facts.arguments[index]!),
}));

const DEFINED: readonly DefinedColumn[] = [
  { name: 'trace', type: 'text', doc: 'The label that was given, or the path of the trace.', of: ({ label }) => label },
  { name: 'event', type: 'int64', doc: "The call's first event.", of: ({ call }) => whole(call.begun.index) },
  {
    name: 'returned',
    type: 'int64',
    doc: 'The event of its return; the first again for a call that returned at once.',
    absent: 'it did not return',
    of: ({ call: { event }, facts }) => (facts.result === undefined ? null : whole(event.index)),
  },
  { name: 'time', type: 'int64', doc: 'When it began, at the earliest: nanoseconds since the recording started.', of: ({ call: { begun, span } }) => whole(span?.start ?? begun.time) },
  { name: 'duration', type: 'int64', doc: 'Nanoseconds that it took, at most.', absent: 'not known', of: ({ call: { span } }) => (span === undefined ? null : whole(span.duration)) },
  {
    name: 'since',
    type: 'text',
    doc: 'What `time` is: `entry`, of the call itself; `event before`, which is the latest that is known before the entry.',
    absent: 'the duration is not known',
    of: ({ call: { span } }) => span?.since ?? null,
  },
  { name: 'task', type: 'int32', doc: 'Number of the task.', of: ({ call }) => call.event.task },
  { name: 'pid', type: 'int32', doc: 'Its process: thread group id.', of: ({ pid }) => pid },
  { name: 'tid', type: 'int32', doc: 'Its thread id.', of: ({ tid }) => tid },
  { name: 'program', type: 'text', doc: 'Path of the program that made the call.', absent: 'the trace does not tell', of: ({ call }) => textOrNull(call.note.program) },
  { name: 'call', type: 'text', doc: 'Name of the call.', of: ({ facts }) => syscallName(facts.number) },
  { name: 'kind', type: 'text', doc: 'Kind of its first event: `syscall`, `enter`, `intercept` (a guest tracer answered it), or `leave` where the entry is not there.', of: ({ call }) => call.begun.kind },
  { name: 'arguments', type: 'text', doc: 'The arguments as `portrace show` prints them.', of: (row) => row.arguments.join(SEPARATOR) },
  ...ARGUMENT_COLUMNS,
  { name: 'result', type: 'int64', doc: 'What the call returned; -errno for an error.', absent: 'it did not return', of: ({ facts }) => facts.result ?? null },
  { name: 'errno', type: 'int32', doc: 'The error.', absent: 'no error', of: ({ errno }) => errno },
  { name: 'error', type: 'text', doc: 'Name of the error.', absent: 'no error', of: ({ errno }) => (errno === null ? null : errnoName(errno)) },
  { name: 'file', type: 'text', doc: 'What the call is about, as `portrace stat --by file` says it.', absent: 'no file', of: ({ call: { note } }) => (note.file === NO_FILE ? null : visible(note.file)) },
];

const textOrNull = (text: string | undefined): string | null => (text === undefined ? null : visible(text));

/** The columns in their order. */
export const CALL_COLUMNS: readonly CallColumn[] = DEFINED.map(({ of: _, ...column }) => column);

/**
 * A row for each call that ends, or of which no end is known, from the selection's first event to its last, in the order
 * of these ends. What came before is read, too: it tells when a call began, and what its descriptors are.
 */
export function* callRows(trace: OpenTrace, { from, to, hasTask }: Selection, label: string): Generator<CallCell[], undefined> {
  const descriptors = new Descriptors();
  const programs = new Programs();
  const ids = new Map(trace.tasks().map(({ task, pid, group }) => [task, { pid: group, tid: pid }]));
  const note = (event: TraceEvent): CallNote => ({ program: programs.of(event.task), file: fileOfCall(event, descriptors) });
  const calls = new MadeCalls(trace.session.imported !== undefined, note);
  const texts = new EventTexts(trace.session);
  const rowsOf = (ended: readonly MadeCall<CallNote>[]): CallCell[][] => ended.filter(({ event }) => event.index >= from && hasTask(event.task)).map(cellsOf);
  const cellsOf = (call: MadeCall<CallNote>): CallCell[] => {
    const facts = call.event.syscall!;
    const result = Number(facts.result ?? 0);
    const row: Row = { label, call, arguments: visibleCall(texts, call.event).arguments, facts, ...(ids.get(call.event.task) ?? { pid: 0, tid: 0 }), errno: isError(result) ? -result : null };
    return DEFINED.map((column) => column.of(row));
  };
  for (const event of trace.events({ to })) {
    texts.apply(event);
    yield* rowsOf(calls.take(event));
    descriptors.apply(event);
    programs.apply(event);
  }
  yield* rowsOf(calls.rest());
}
