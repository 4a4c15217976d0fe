import test from 'ava';
import { Registers } from '../../src/base/registers.js';
import { showEvent } from '../../src/show/event.js';
import { memoryAfter } from '../../src/trace/index.js';
import { eventJson } from '../../src/show/event-json.js';
import { visible } from '../../src/show/visible.js';
import type { TraceEvent } from '../../src/trace/events.js';
import { Generator } from '../trace/generated.js';

const event = (facts: object): TraceEvent =>
  ({ index: 1, task: 1, time: 0, inputs: [], effects: [], ...facts }) as unknown as TraceEvent;

// close(3)
const syscall = (more: object = {}): object => ({ number: 3, arguments: [3n, 0n, 0n, 0n, 0n, 0n], ...more });

function siginfo(words: readonly [at: number, value: number][]): Uint8Array {
  const bytes = new Uint8Array(128);
  const view = new DataView(bytes.buffer);
  for (const [at, value] of words) view.setInt32(at, value, true);
  return bytes;
}

const LINES: readonly [line: string, facts: object][] = [
  ['close(3) = 0', { kind: 'syscall', syscall: syscall({ result: 0n }) }],
  ['close(3) = -1 EBADF (Bad file descriptor)', { kind: 'syscall', syscall: syscall({ result: -9n }) }],
  ['close(3) = 0 <undescribed>', { kind: 'syscall', syscall: syscall({ result: 0n, undescribed: true }) }],
  ['close(3 <unfinished ...>', { kind: 'enter', syscall: syscall() }],
  ['<... close resumed>3) = 0', { kind: 'leave', syscall: syscall({ result: 0n }) }],
  ['close(3) <stopped for its tracer>', { kind: 'intercept', syscall: syscall() }],
  [
    '--- SIGALRM {si_signo=SIGALRM, si_code=SI_TIMER, si_timerid=7, si_overrun=0} ---',
    { kind: 'signal', signal: { number: 14, disposition: 'handler', synchronous: false, siginfo: siginfo([[0, 14], [8, -2], [16, 7]]) } },
  ],
  [
    '--- SIGSEGV {si_signo=SIGSEGV, si_code=SEGV_MAPERR, si_addr=0x1000}, fatal ---',
    { kind: 'signal', signal: { number: 11, disposition: 'fatal', synchronous: true, siginfo: siginfo([[0, 11], [8, 1], [16, 4096]]) } },
  ],
  [
    '--- SIGCHLD {si_signo=SIGCHLD, si_code=CLD_EXITED, si_pid=10, si_uid=0, si_status=3, si_utime=0, si_stime=0}, ignored ---',
    { kind: 'signal', signal: { number: 17, disposition: 'ignored', synchronous: false, siginfo: siginfo([[0, 17], [8, 1], [16, 10], [24, 3]]) } },
  ],
  ['--- SIGRT_3, stopped for its tracer ---', { kind: 'signal', signal: { number: 35, disposition: 'tracer', synchronous: false } }],
  ['--- resumed by its tracer ---', { kind: 'resume', signal: { number: 0, disposition: 'ignored', synchronous: false } }],
  ['--- resumed by its tracer with SIGSEGV ---', { kind: 'resume', signal: { number: 11, disposition: 'handler', synchronous: false } }],
  ['--- single step ---', { kind: 'step' }],
  ['--- preempted at 0x401000 ---', { kind: 'preempt', registers: withRip(0x401000) }],
  ['rdtsc = 8589934593', { kind: 'tsc', effects: [{ type: 'registers', task: 1, registers: timestamp(2, 1) }] }],
  ['+++ exited with 3 +++', { kind: 'exit', exit: { status: 3 << 8 } }],
  ['+++ killed by SIGKILL +++', { kind: 'exit', exit: { status: 9 } }],
  ['+++ killed by SIGABRT (core dumped) +++', { kind: 'exit', exit: { status: 6 | 0x80 } }],
];

for (const [line, facts] of LINES) {
  test(`shown as ${line}`, (t) => t.is(showEvent(event(facts)), line));
}

test('what a trace holds cannot drive a terminal', (t) => {
  t.is(visible('open("\x1b]0;evil\x07\x9b2J\n") = 0'), 'open("\\x1b]0;evil\\x07\\x9b2J\\x0a") = 0');
});

test('a call shows what it read and what it wrote', (t) => {
  const path = { argument: 1, address: 4096, bytes: new TextEncoder().encode('/etc/hosts\0') };
  const open = { number: 257, arguments: [0xffffff9cn, 4096n, 0n, 0n, 0n, 0n], result: 3n };
  t.is(showEvent(event({ kind: 'syscall', syscall: open, inputs: [path] })), 'openat(AT_FDCWD, "/etc/hosts", O_RDONLY) = 3');
  const read = { number: 0, arguments: [3n, 8192n, 100n, 0n, 0n, 0n], result: 3n };
  const write = { type: 'memory', space: 1, address: 8192, bytes: new TextEncoder().encode('abc') };
  t.is(showEvent(event({ kind: 'syscall', syscall: read, effects: [write] })), 'read(3, "abc", 100) = 3');
});

test('every generated event has one line, in text and in JSON', (t) => {
  const generator = new Generator(4);
  // Enough for the wildest arguments.
  for (let index = 1; index < 5000; index++) {
    const made = { ...generator.event(), index } as unknown as TraceEvent;
    t.notRegex(showEvent(made), /\n/);
    const json = eventJson(made);
    t.notRegex(json, /\n/);
    t.is((JSON.parse(json) as { kind: string }).kind, made.kind);
  }
});

test('memory afterwards is what the last write left, as far as it is known', (t) => {
  const write = (address: number, ...bytes: number[]): object => ({ type: 'memory', space: 1, address, bytes: Uint8Array.from(bytes) });
  const memory = memoryAfter(event({ kind: 'syscall', effects: [write(100, 1, 2, 3, 4), write(102, 9), write(104, 5)] }));
  t.deepEqual([...memory.read(100, 10)], [1, 2, 9, 4, 5]);
  t.deepEqual([...memory.read(101, 2)], [2, 9]);
  t.deepEqual([...memory.read(99, 2)], []);
  t.deepEqual([...memory.read(105, 1)], []);
  t.deepEqual([...memory.read(103, 2 ** 64)], [4, 5]);
  t.deepEqual([...memory.read(103, -1)], []);
});

test('JSON has 64-bit words in hexadecimal and results in decimal', (t) => {
  const call = { kind: 'syscall', registers: withRip(16), syscall: syscall({ result: -2n, arguments: [3n, 2n ** 64n - 1n, 0n, 0n, 0n, 0n] }) };
  const parsed = JSON.parse(eventJson(event({ ...call, inputs: [{ argument: 1, address: 4096, bytes: Uint8Array.of(1, 255) }] }))) as never;
  t.like(parsed, {
    syscall: { name: 'close', number: 3, arguments: ['0x3', '0xffffffffffffffff', '0x0', '0x0', '0x0', '0x0'], result: '-2' },
    registers: { rip: '0x10' },
    inputs: [{ argument: 1, address: 4096, bytes: '01ff' }],
  });
});

function withRip(rip: number): Registers {
  const registers = new Registers();
  registers.setNumber(16, rip);
  return registers;
}

function timestamp(high: number, low: number): Registers {
  const registers = new Registers();
  registers.setNumber(12, high);
  registers.setNumber(10, low);
  return registers;
}
