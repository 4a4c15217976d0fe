import test from 'ava';
import SQLite from 'better-sqlite3';
import { TraceReader, TraceWriter } from '../../src/trace/index.js';
import { VIEWS } from '../../src/trace/views.js';
import { OBJECTS, SESSION } from './generated.js';
import { END, record } from './recording.js';
import { traceFor } from './temporary.js';

const MINUS_ENOENT = -2n;

/** Records the events given in short form, and gives what a query finds then. */
function ask(path: string, events: readonly object[], sql: string): unknown[] {
  const writer = TraceWriter.create(path, {
    names: {
      syscalls: [[2, 'open'], [9, 'mmap'], [101, 'ptrace']],
      errnos: [[2, 'ENOENT']],
      ptraceRequests: [[12, 'PTRACE_GETREGS']],
      signals: [[14, 'SIGALRM']],
    },
  });
  writer.begin(SESSION);
  for (const object of OBJECTS) writer.object(object);
  for (const event of events) {
    writer.append({ task: 1, time: 1, inputs: [], effects: [], ...event } as never);
  }
  writer.finish(END);
  return new SQLite(path, { readonly: true }).prepare(sql).all();
}

const call = (number: number, result: bigint | undefined, first = 0n): object => ({
  kind: result === undefined ? 'enter' : 'syscall',
  syscall: { number, arguments: [first, 0n, 0n, 0n, 0n, 0n], ...(result === undefined ? {} : { result }) },
});

test('every view can be read in any trace', (t) => {
  const path = traceFor(t);
  record(path, 500);
  const database = new SQLite(path, { readonly: true });
  for (const { name } of VIEWS) {
    t.notThrows(() => database.prepare(`SELECT * FROM ${name}`).all(), name);
  }
});

test('all_mmap_events: address in hexadecimal, protection in letters, the mapped file', (t) => {
  const effect = {
    type: 'mapping', space: 1, operation: 'map', origin: 'mmap', address: 0x7ffff7a00000,
    length: 8192, protection: 5, flags: 2, object: 1, offset: 4096,
  };
  const sql = 'SELECT event, task, operation, origin, address, length, protection, sharing, object, "offset" FROM all_mmap_events';
  t.deepEqual(ask(traceFor(t), [{ ...call(9, 1n), effects: [effect] }], sql), [
    {
      event: 1, task: 1, operation: 'map', origin: 'mmap', address: '0x7ffff7a00000', length: 8192,
      protection: 'r-x', sharing: 'private', object: '/lib/1.so', offset: '0x1000',
    },
  ]);
});

test('all_mmap_events: where it was before is NULL but for a remap', (t) => {
  const piece = { type: 'mapping', space: 1, origin: 'mmap', address: 0x2000, length: 4096, protection: 3, flags: 2, offset: 0 };
  const events = [
    { ...call(9, 1n), effects: [{ ...piece, operation: 'map' }] },
    { ...call(9, 1n), effects: [{ ...piece, operation: 'remap', from: { address: 0, length: 4096 } }] },
  ];
  t.deepEqual(ask(traceFor(t), events, 'SELECT operation, from_address, from_length FROM all_mmap_events'), [
    { operation: 'map', from_address: null, from_length: null },
    { operation: 'remap', from_address: '0x0', from_length: 4096 },
  ]);
});

test('failing_calls: by name and error', (t) => {
  const events = [call(2, MINUS_ENOENT), call(2, MINUS_ENOENT), call(2, 3n), call(500, -99n)];
  t.deepEqual(ask(traceFor(t), events, 'SELECT call, errno, error, calls FROM failing_calls'), [
    { call: 'open', errno: 2, error: 'ENOENT', calls: 2 },
    { call: 'syscall_500', errno: 99, error: 'errno 99', calls: 1 },
  ]);
});

test('ptrace_requests: by request', (t) => {
  const events = [call(101, 0n, 12n), call(101, -3n, 12n), call(101, 0n, 0x4200n)];
  t.deepEqual(ask(traceFor(t), events, 'SELECT request, task, calls, failed FROM ptrace_requests'), [
    { request: 'PTRACE_GETREGS', task: 1, calls: 2, failed: 1 },
    { request: 'request 0x4200', task: 1, calls: 1, failed: 0 },
  ]);
});

test('system_calls_by_name: a call that returned later counts once', (t) => {
  const leave = { ...call(2, 0n), kind: 'leave' };
  const events = [call(2, undefined), leave, call(2, 1n)];
  t.deepEqual(ask(traceFor(t), events, 'SELECT call, calls, tasks FROM system_calls_by_name'), [
    { call: 'open', calls: 2, tasks: 1 },
  ]);
});

test('all_signals: the address of a fault', (t) => {
  const siginfo = new Uint8Array(128);
  const view = new DataView(siginfo.buffer);
  view.setInt32(0, 11, true);
  view.setInt32(8, 1, true);
  view.setBigUint64(16, 0xdeadbeefn, true);
  const events = [
    { kind: 'signal', signal: { number: 11, disposition: 'fatal', synchronous: true, siginfo } },
    { kind: 'signal', signal: { number: 14, disposition: 'handler', synchronous: false } },
  ];
  const sql = 'SELECT signal, disposition, code, address, sender FROM all_signals';
  t.deepEqual(ask(traceFor(t), events, sql), [
    { signal: 'signal 11', disposition: 'fatal', code: 1, address: '0xdeadbeef', sender: null },
    { signal: 'SIGALRM', disposition: 'handler', code: null, address: null, sender: null },
  ]);
});

test('tasks: parents, programs by inheritance, exits, numbers of events', (t) => {
  const path = traceFor(t);
  const birth = (task: number, more: object): object => ({
    type: 'task', task, pid: 100 + task, group: 100 + task, flags: 0, exitSignal: 17, space: task, ...more,
  });
  const exec = (task: number, program: string): object => ({ type: 'space', space: 10 + task, task, program });
  ask(
    path,
    [
      { kind: 'tsc', effects: [{ type: 'space', space: 1, program: '/bin/sh' }, birth(1, {})] },
      { kind: 'tsc', effects: [birth(2, { parent: 1 })] },
      { kind: 'tsc', effects: [birth(3, { parent: 1 })] },
      { kind: 'tsc', task: 3, effects: [exec(3, '/bin/ls')] },
      { kind: 'exit', task: 3, exit: { status: 256 } },
    ],
    'SELECT * FROM task_lives',
  );
  t.deepEqual(
    new SQLite(path).prepare('SELECT task, born, gone, program FROM task_lives').all(),
    [
      { task: 1, born: 1, gone: null, program: '/bin/sh' },
      { task: 2, born: 2, gone: null, program: null },
      { task: 3, born: 3, gone: 5, program: '/bin/ls' },
    ],
  );
  const reader = TraceReader.open(path);
  const common = (task: number): object => ({ task, pid: 100 + task, group: 100 + task, space: task });
  t.deepEqual(reader.tasks() as unknown[], [
    { ...common(1), program: '/bin/sh', born: 1, events: 3 },
    { ...common(2), parent: 1, program: '/bin/sh', born: 2, events: 0 },
    { ...common(3), parent: 1, program: '/bin/ls', born: 3, exit: { event: 5, status: 256 }, events: 2 },
  ]);
  t.deepEqual([...reader.summary().kinds], [['tsc', 4], ['exit', 1]]);
});
