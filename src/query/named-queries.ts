/** Questions about a trace that have a name: `portrace query TRACE @failed-calls`. */
import { ROWS } from '../syscalls/index.js';
import { VIEWS } from '../trace/index.js';

export interface NamedQuery {
  readonly name: string;
  /** What it shows, one line. */
  readonly description: string;
  readonly sql: string;
}

/** All of a view as this version has it; the file has that of the version that recorded it. */
const everythingOf = (view: string): string => `SELECT * FROM (${VIEWS.find(({ name }) => name === view)!.sql})`;

const FAILED = 'BETWEEN -4095 AND -1';

/** How many calls @slowest-calls shows. */
const SLOWEST = 20;

/** (number, argument) of every path that a call is given. */
const PATHS = ROWS.flatMap((row) =>
  row.arguments.flatMap(({ kind, direction }, index) => (kind.name === 'path' && direction === 'in' ? [`(${row.number}, ${index})`] : [])),
);

const SLOWEST_CALLS = `SELECT c.event, e.task, coalesce(n.name, 'syscall_' || c.number) AS call,
  (e.time - b.time) / 1000 AS microseconds,
  iif(c.entered IS NULL, 'the event before', 'its entry') AS since, c.result
FROM system_calls c JOIN events e ON e.id = c.event
  JOIN events b ON b.id = coalesce(c.entered, c.event - 1)
  LEFT JOIN syscall_names n ON n.id = c.number
WHERE c.result IS NOT NULL AND (c.entered IS NOT NULL OR NOT EXISTS (SELECT 1 FROM import_source))
ORDER BY e.time - b.time DESC, c.event LIMIT ${SLOWEST}`;

const FILES = `WITH paths(number, argument) AS (VALUES ${PATHS.join(', ')}),
  returned AS (SELECT entered, result FROM system_calls WHERE entered IS NOT NULL)
SELECT text_of(i.bytes, i.content) AS path, count(*) AS calls,
  coalesce(sum(coalesce(c.result, r.result) ${FAILED}), 0) AS failed,
  group_concat(DISTINCT n.name) AS called_by, min(i.event) AS first_event
FROM memory_inputs i JOIN system_calls c ON c.event = i.event
  JOIN paths p ON p.number = c.number AND p.argument = i.argument
  JOIN syscall_names n ON n.id = c.number
  LEFT JOIN returned r ON r.entered = c.event
GROUP BY path HAVING path <> '' ORDER BY first_event`;

const TASKS = `SELECT task, parent, pid, thread_group, born, gone,
  CASE WHEN status IS NULL THEN 'still there' WHEN status & 127 = 0 THEN 'exited with ' || (status >> 8 & 255)
    ELSE 'killed by ' || coalesce((SELECT name FROM signal_names WHERE id = status & 127), 'signal ' || (status & 127)) END AS ended,
  program
FROM task_lives ORDER BY task`;

/** All of them, in the order in which they are listed. */
export const NAMED_QUERIES: readonly NamedQuery[] = [
  {
    name: 'calls',
    description: 'How often each system call was made, by how many tasks, how often it failed',
    sql: `${everythingOf('system_calls_by_name')} ORDER BY calls DESC, number`,
  },
  {
    name: 'failed-calls',
    description: 'How often each system call failed with each error',
    sql: `${everythingOf('failing_calls')} ORDER BY calls DESC, call, errno`,
  },
  {
    name: 'slowest-calls',
    description: `The ${SLOWEST} calls that took longest at most, from their entry or else from the event before`,
    sql: SLOWEST_CALLS,
  },
  {
    name: 'files',
    description: 'Every path that a call was given, in the order of the first time',
    sql: FILES,
  },
  {
    name: 'tasks',
    description: 'Every task with its parent, its first and last event, how it ended, its last program',
    sql: TASKS,
  },
  {
    name: 'signals',
    description: 'Every signal with its origin and what became of it',
    sql: `${everythingOf('all_signals')} ORDER BY event`,
  },
  {
    name: 'mmap-events',
    description: 'Every change of an address space: who, what, where, of which file',
    sql: everythingOf('all_mmap_events'),
  },
  {
    name: 'ptrace-requests',
    description: 'How often each task made each ptrace request, and how often it failed',
    sql: `${everythingOf('ptrace_requests')} ORDER BY calls DESC, number, task`,
  },
  {
    name: 'undescribed-calls',
    description: 'System calls that portrace had no description of',
    sql: `${everythingOf('undescribed_calls')} ORDER BY calls DESC, number`,
  },
];

/** The query of that name, without the @; undefined where there is none. */
export const namedQuery = (name: string): NamedQuery | undefined => NAMED_QUERIES.find((query) => query.name === name);
