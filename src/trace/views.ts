/** Views for people with an SQL shell; nothing in portrace reads them. */

export interface View {
  readonly name: string;
  readonly doc: string;
  readonly sql: string;
}

const hex = (column: string): string => `printf('0x%x', ${column})`;

/** printf takes NULL for 0. */
const hexOrNull = (column: string): string => `iif(${column} IS NULL, NULL, ${hex(column)})`;

const syscallName = (call: string): string =>
  `coalesce((SELECT name FROM syscall_names WHERE id = ${call}.number), 'syscall_' || ${call}.number)`;

const errnoName = (result: string): string =>
  `coalesce((SELECT name FROM errno_names WHERE id = -${result}), 'errno ' || -${result})`;

const signalName = (number: string): string =>
  `coalesce((SELECT name FROM signal_names WHERE id = ${number}), 'signal ' || ${number})`;

const FAILED = 'BETWEEN -4095 AND -1';

// 101 is ptrace in the x86-64 table (arch/x86/entry/syscalls/syscall_64.tbl).
const PTRACE = 101;

export const VIEWS: readonly View[] = [
  {
    name: 'all_mmap_events',
    doc: 'Every change of an address space: who, what, where, with which protection, of which object.',
    sql: `SELECT m.event, e.task, m.space,
  (SELECT name FROM mapping_operations WHERE id = m.operation) AS operation, m.origin,
  ${hex('m.address')} AS address, m.length,
  CASE WHEN m.operation = 4 THEN 'advice ' || m.protection ELSE
    iif(m.protection & 1, 'r', '-') || iif(m.protection & 2, 'w', '-') || iif(m.protection & 4, 'x', '-')
  END AS protection,
  iif(m.flags & 1, 'shared', 'private') AS sharing, ${hex('m.flags')} AS flags,
  o.path AS object, iif(m.object IS NULL, NULL, ${hex('m.offset')}) AS "offset",
  ${hexOrNull('m.from_address')} AS from_address, m.from_length
FROM mmap_events m JOIN events e ON e.id = m.event LEFT JOIN objects o ON o.id = m.object`,
  },
  {
    name: 'all_calls',
    doc: 'Every system call by name, with its arguments in hexadecimal, its result and its error.',
    sql: `SELECT c.event, e.task, (SELECT name FROM event_kinds WHERE id = e.kind) AS kind,
  ${syscallName('c')} AS call, c.number,
  ${[0, 1, 2, 3, 4, 5].map((index) => `${hexOrNull(`coalesce(c.arg${index}, b.arg${index})`)} AS arg${index}`).join(', ')},
  c.result, iif(c.result ${FAILED}, ${errnoName('c.result')}, NULL) AS error,
  c.undescribed, c.emulated
FROM system_calls c JOIN events e ON e.id = c.event LEFT JOIN system_calls b ON b.event = c.entered`,
  },
  {
    name: 'system_calls_by_name',
    doc: 'How often each system call was made, by how many tasks, how often it failed.',
    sql: `SELECT ${syscallName('c')} AS call, c.number, count(*) AS calls,
  count(DISTINCT e.task) AS tasks, sum(c.result ${FAILED}) AS failed,
  sum(c.emulated) AS emulated, sum(c.undescribed) AS undescribed
FROM system_calls c JOIN events e ON e.id = c.event
WHERE e.kind <> 2 GROUP BY c.number ORDER BY calls DESC`,
  },
  {
    name: 'failing_calls',
    doc: 'How often each system call failed with each error.',
    sql: `SELECT ${syscallName('c')} AS call, -c.result AS errno, ${errnoName('c.result')} AS error,
  count(*) AS calls, min(c.event) AS first_event
FROM system_calls c WHERE c.result ${FAILED}
GROUP BY c.number, c.result ORDER BY calls DESC`,
  },
  {
    name: 'undescribed_calls',
    doc: 'The system calls that portrace had no description of.',
    sql: `SELECT ${syscallName('c')} AS call, c.number, count(*) AS calls, min(c.event) AS first_event
FROM system_calls c WHERE c.undescribed GROUP BY c.number ORDER BY calls DESC`,
  },
  {
    name: 'ptrace_requests',
    doc: 'How often each ptrace request was made by each task, and how often it failed.',
    sql: `SELECT coalesce((SELECT name FROM ptrace_request_names WHERE id = c.arg0), 'request ' || ${hex('c.arg0')}) AS request,
  c.arg0 AS number, e.task, count(*) AS calls, sum(c.result ${FAILED}) AS failed
FROM system_calls c JOIN events e ON e.id = c.event
WHERE c.number = ${PTRACE} AND e.kind <> 2 GROUP BY c.arg0, e.task ORDER BY calls DESC`,
  },
  {
    name: 'all_signals',
    doc: 'Every signal with its origin and what became of it.',
    sql: `SELECT s.event, e.task, ${signalName('s.number')} AS signal, s.number,
  (SELECT name FROM signal_dispositions WHERE id = s.disposition) AS disposition,
  s.code, ${hexOrNull('s.address')} AS address, s.sender, s.synchronous
FROM signals s JOIN events e ON e.id = s.event WHERE s.number <> 0`,
  },
  {
    name: 'events_by_kind',
    doc: 'How many events of each kind there are.',
    sql: `SELECT k.name AS kind, count(*) AS events
FROM events e JOIN event_kinds k ON k.id = e.kind GROUP BY e.kind ORDER BY events DESC`,
  },
  {
    name: 'task_lives',
    doc: 'When each task began and ended, with its last program.',
    sql: `SELECT t.task, t.parent, t.pid, t.thread_group, t.event AS born,
  (SELECT max(e.id) FROM events e JOIN exits x ON x.event = e.id WHERE e.task = t.task) AS gone,
  (SELECT x.status FROM events e JOIN exits x ON x.event = e.id WHERE e.task = t.task) AS status,
  coalesce((SELECT s.program FROM spaces s WHERE s.task = t.task ORDER BY s.id DESC LIMIT 1),
    (SELECT s.program FROM spaces s WHERE s.space = t.space)) AS program
FROM tasks t`,
  },
];

export function createView(view: View): string {
  return `CREATE VIEW ${view.name} AS\n${view.sql}`;
}
