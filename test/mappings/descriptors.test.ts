/** What descriptors refer to, after calls in a small notation. */
import test from 'ava';
import { address, eventIndex, nanoseconds, spaceId, taskId } from '../../src/base/brands.js';
import { Descriptors, showDescriptor } from '../../src/mappings/index.js';
import { rowNamed } from '../../src/syscalls/index.js';
import type { Effect, SyscallFacts, TraceEvent } from '../../src/trace/events.js';

const PATH = 0x5000;
const WRITTEN = 0x6000;

/** A call of a task: `openat(-100,path,0x80000)=3 "/etc"`, `pipe2(out,0)=0 3 4`: `path` and `out` point at what follows. */
function call(task: number, line: string): TraceEvent {
  const [, name, args, result, rest] = /^(\w+)\(([^)]*)\)=(-?\d+) ?(.*)$/.exec(line)!;
  const values = args!.split(',').filter((word) => word !== '').map((word) => ({ path: PATH, out: WRITTEN })[word] ?? Number(word));
  const words = Array.from({ length: 6 }, (_, index) => BigInt.asUintN(64, BigInt(values[index] ?? 0))) as unknown as SyscallFacts['arguments'];
  const text = /^"(.*)"$/.exec(rest!)?.[1];
  const numbers = text === undefined ? new Uint8Array(Int32Array.from(rest!.split(' ').filter(Boolean).map(Number)).buffer) : new Uint8Array();
  return event(task, {
    syscall: { number: rowNamed(name!)!.number, arguments: words, result: BigInt(result!) },
    inputs: text === undefined ? [] : [{ argument: 0, address: address(PATH), bytes: Buffer.from(`${text}\0`) }],
    effects: numbers.length === 0 ? [] : [{ type: 'memory', space: spaceId(1), address: address(WRITTEN), bytes: numbers }],
  });
}

function event(task: number, more: Partial<TraceEvent>): TraceEvent {
  return { index: eventIndex(1), task: taskId(task), kind: 'syscall', time: nanoseconds(0), inputs: [], effects: [], ...more };
}

const birth = (task: number, parent: number | undefined, flags = 0): Effect => ({
  type: 'task', task: taskId(task), pid: task, group: task, flags, exitSignal: 17, space: spaceId(1), ...(parent !== undefined && { parent: taskId(parent) }),
});
const CLONE_FILES = 0x400;

function after(...events: readonly TraceEvent[]): (task: number, descriptor: number) => string {
  const descriptors = new Descriptors();
  for (const each of [event(1, { effects: [birth(1, undefined)] }), ...events]) descriptors.apply(each);
  return (task, descriptor) => {
    const what = descriptors.of(taskId(task), descriptor);
    return what === undefined ? 'nothing' : showDescriptor(what);
  };
}

const CASES: readonly (readonly [title: string, calls: readonly string[], descriptors: Readonly<Record<number, string>>])[] = [
  ['a guest starts with its standard streams', [], { 0: 'stdin', 1: 'stdout', 2: 'stderr', 3: 'nothing' }],
  ['a file is its path', ['openat(-100,path,0)=3 "/etc/passwd"'], { 3: '/etc/passwd' }],
  ['a relative path stands behind its folder', ['openat(-100,path,0)=3 "/etc"', 'openat(3,path,0)=4 "passwd"'], { 4: '/etc/passwd' }],
  ['a call that failed opens nothing', ['openat(-100,path,0)=-2 "/etc/passwd"'], { 3: 'nothing' }],
  ['a file without a name is numbered', ['openat(-100,path,0x410002)=3 "/tmp"'], { 3: 'tmpfile#1' }],
  ['the ends of pipes', ['pipe2(out,0)=0 3 4', 'pipe2(out,0)=0 5 6'], { 3: 'pipe#1[r]', 4: 'pipe#1[w]', 6: 'pipe#2[w]' }],
  ['copies refer to the same', ['pipe2(out,0)=0 3 4', 'dup2(4,1)=1', 'fcntl(3,0,10)=10'], { 1: 'pipe#1[w]', 10: 'pipe#1[r]' }],
  ['what is closed is gone', ['socket(1,1,0)=3', 'close(3)=0', 'socket(1,1,0)=3'], { 3: 'socket#2' }],
  ['a range of descriptors', ['socket(1,1,0)=3', 'socket(1,1,0)=4', 'close_range(3,100,0)=0'], { 2: 'stderr', 3: 'nothing', 4: 'nothing' }],
];

for (const [title, calls, descriptors] of CASES) {
  test(title, (t) => {
    const what = after(...calls.map((line) => call(1, line)));
    for (const [number, name] of Object.entries(descriptors)) t.is(what(1, Number(number)), name);
  });
}

test('a child has a copy, a thread the same table', (t) => {
  const what = after(event(1, { effects: [birth(2, 1), birth(3, 1, CLONE_FILES)] }), call(1, 'socket(1,1,0)=3'));
  t.is(what(2, 3), 'nothing');
  t.is(what(3, 3), 'socket#1');
});

test('a new program keeps what is not closed on exec', (t) => {
  const executes: Effect = { type: 'space', space: spaceId(2), task: taskId(1), program: '/bin/true' };
  const what = after(call(1, 'openat(-100,path,0x80000)=3 "/a"'), call(1, 'openat(-100,path,0)=4 "/b"'), event(1, { effects: [executes] }));
  t.is(what(1, 3), 'nothing');
  t.is(what(1, 4), '/b');
});
