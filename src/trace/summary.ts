/** Counts and sizes of a trace, for people. */
import type { Database } from 'better-sqlite3';
import type { EventIndex, SpaceId, TaskId } from '../base/brands.js';
import { EVENT_KINDS, type EventKind } from './events.js';
import { POSITIONS } from './format.js';

/** One task's life. */
export interface TaskSummary {
  readonly task: TaskId;
  /** The task that the kernel made it from; absent for the first. */
  readonly parent?: TaskId;
  /** The thread id that the guest knew it by. */
  readonly pid: number;
  /** Thread group id. */
  readonly group: number;
  readonly space: SpaceId;
  /** Path of the program that it ran last, its own or inherited. */
  readonly program?: string;
  readonly born: EventIndex;
  /** Absent where the trace ends before the task. */
  readonly exit?: { readonly event: EventIndex; readonly status: number };
  /** Number of its events. */
  readonly events: number;
}

export interface TraceSummary {
  /** Number of events of each kind that occurs. */
  readonly kinds: ReadonlyMap<EventKind, number>;
  /** By system call number: how often it was called, and how often it failed. */
  readonly calls: ReadonlyMap<number, { readonly calls: number; readonly failed: number }>;
  /** By system call number: how often portrace had no description of it. */
  readonly undescribed: ReadonlyMap<number, number>;
  /** By signal number: how often it came. */
  readonly signals: ReadonlyMap<number, number>;
  /** Changes of address spaces. */
  readonly mmapEvents: number;
  readonly memoryWrites: { readonly count: number; readonly bytes: number };
  readonly memoryInputs: { readonly count: number; readonly bytes: number };
  readonly objects: number;
  /** Bytes of the contents, each once, before and after packing. */
  readonly contents: { readonly count: number; readonly bytes: number; readonly packed: number };
  /** Bytes in the file by table, the largest first. */
  readonly parts: readonly { readonly table: string; readonly bytes: number }[];
  /** Bytes of the whole file as SQLite counts it. */
  readonly fileBytes: number;
}

type Cells = (number | null)[];

/** Number of the `leave` kind: the second half of a call that `enter` counted already. */
const LEAVE = EVENT_KINDS.indexOf('leave');

export function summarize(database: Database): TraceSummary {
  const rows = (sql: string): Cells[] => database.prepare(sql).raw().all() as Cells[];
  const counts = (sql: string): Map<number, number> =>
    new Map(rows(sql).map(([key, count]) => [key ?? 0, count ?? 0]));
  const one = (sql: string): number[] => rows(sql)[0]!.map((cell) => cell ?? 0);
  const [contentCount = 0, contentBytes = 0] = one('SELECT count(*), sum(size) FROM contents');
  const [writes = 0, writtenBytes = 0] = one('SELECT count(*), sum(size) FROM memory_writes');
  const [inputs = 0, inputBytes = 0] = one('SELECT count(*), sum(size) FROM memory_inputs');
  const kinds = counts('SELECT kind, count(*) FROM events GROUP BY kind ORDER BY kind');
  return {
    kinds: new Map([...kinds].map(([kind, count]) => [EVENT_KINDS[kind]!, count])),
    calls: new Map(
      rows(
        `SELECT c.number, sum(e.kind <> ${LEAVE}), sum(c.result BETWEEN -4095 AND -1)
         FROM system_calls c JOIN events e ON e.id = c.event GROUP BY c.number ORDER BY 2 DESC, 1`,
      ).map(([number, calls, failed]) => [number!, { calls: calls ?? 0, failed: failed ?? 0 }]),
    ),
    undescribed: counts(
      'SELECT number, count(*) FROM system_calls WHERE undescribed GROUP BY 1 ORDER BY 2 DESC, 1',
    ),
    signals: counts(
      'SELECT number, count(*) FROM signals WHERE number <> 0 GROUP BY 1 ORDER BY 2 DESC, 1',
    ),
    mmapEvents: one('SELECT count(*) FROM mmap_events')[0]!,
    memoryWrites: { count: writes, bytes: writtenBytes },
    memoryInputs: { count: inputs, bytes: inputBytes },
    objects: one('SELECT count(*) FROM objects')[0]!,
    contents: {
      count: contentCount,
      bytes: contentBytes,
      packed: one('SELECT sum(length(bytes)) FROM blocks')[0]!,
    },
    parts: partSizes(database),
    fileBytes: one('SELECT page_count * page_size FROM pragma_page_count, pragma_page_size')[0]!,
  };
}

function partSizes(database: Database): { table: string; bytes: number }[] {
  const sql = 'SELECT name, pgsize FROM dbstat WHERE aggregate = 1 ORDER BY pgsize DESC, name';
  const rows = database.prepare(sql).raw().all() as [string, number][];
  return rows.map(([table, bytes]) => ({ table, bytes }));
}

interface Start {
  readonly id: number;
  readonly space: number;
  readonly task: number | null;
  readonly program: string;
}

interface Birth {
  readonly id: number;
  readonly task: number;
  readonly parent: number | null;
  readonly pid: number;
  readonly thread_group: number;
  readonly space: number;
}

export function taskSummaries(database: Database): TaskSummary[] {
  const births = database.prepare('SELECT * FROM tasks ORDER BY id').all() as Birth[];
  const events = pairs(database, 'SELECT task, count(*) FROM events GROUP BY task');
  const exits = new Map(
    (
      database
        .prepare('SELECT e.task, x.event, x.status FROM exits x JOIN events e ON e.id = x.event')
        .raw()
        .all() as [number, number, number][]
    ).map(([task, event, status]) => [task, { event: event as EventIndex, status }]),
  );
  const programs = programsOf(database, births);
  return births.map((birth): TaskSummary => {
    const program = programs.get(birth.task);
    const exit = exits.get(birth.task);
    return {
      task: birth.task as TaskId,
      ...(birth.parent === null ? {} : { parent: birth.parent as TaskId }),
      pid: birth.pid,
      group: birth.thread_group,
      space: birth.space as SpaceId,
      ...(program === undefined ? {} : { program }),
      born: Math.floor(birth.id / POSITIONS) as EventIndex,
      ...(exit === undefined ? {} : { exit }),
      events: events.get(birth.task) ?? 0,
    };
  });
}

function pairs(database: Database, sql: string): Map<number, number> {
  return new Map(database.prepare(sql).raw().all() as [number, number][]);
}

// A task runs the program of its address space (the first one) or its parent's until it starts one
// itself, all in the order of the trace.
function programsOf(database: Database, births: readonly Birth[]): Map<number, string> {
  const starts = database
    .prepare('SELECT id, space, task, program FROM spaces WHERE program IS NOT NULL ORDER BY id')
    .all() as Start[];
  const programs = new Map<number, string>();
  const ofSpaces = new Map<number, string>();
  let next = 0;
  for (const birth of births) {
    for (; next < starts.length && starts[next]!.id < birth.id; next++) apply(starts[next]!);
    const inherited =
      birth.parent === null ? ofSpaces.get(birth.space) : programs.get(birth.parent);
    if (inherited !== undefined) programs.set(birth.task, inherited);
  }
  for (const start of starts.slice(next)) apply(start);
  return programs;

  function apply({ space, task, program }: Start): void {
    ofSpaces.set(space, program);
    if (task !== null) programs.set(task, program);
  }
}
