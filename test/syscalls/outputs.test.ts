import test from 'ava';
import { BASE, FakeMemory, inputsOf, written } from './guest.js';

const A = BASE + 0x100;
const B = BASE + 0x1000;
const C = BASE + 0x2000;
const D = BASE + 0x3000;
const EINTR = -4;
const EFAULT = -14;
const ERESTART_RESTARTBLOCK = -516;

type Range = [number, number];
/** Name, arguments, result, what the kernel writes then. */
type Line = [name: string, args: number[], result: number, ranges: Range[]];

const LINES: Line[] = [
  ['read', [3, A, 4096], 10, [[A, 10]]],
  ['read', [3, A, 4096], 0, []],
  ['read', [3, A, 4096], -11, []],
  ['read', [3, A, 100], EFAULT, [[A, 100]]],
  ['pread64', [3, A, 4096, 7], 9, [[A, 9]]],
  ['write', [1, A, 10], 10, []],
  ['stat', [A, B], 0, [[B, 144]]],
  ['fstat', [3, B], -9, []],
  ['newfstatat', [3, A, B, 0], 0, [[B, 144]]],
  ['statx', [3, A, 0, 0xfff, B], 0, [[B, 256]]],
  ['statfs', [A, B], 0, [[B, 120]]],
  ['uname', [A], 0, [[A, 390]]],
  ['getcwd', [A, 4096], 5, [[A, 5]]],
  ['readlink', [A, B, 100], 7, [[B, 7]]],
  ['readlinkat', [-100, A, B, 100], 7, [[B, 7]]],
  ['getdents64', [3, A, 32768], 480, [[A, 480]]],
  ['getxattr', [A, B, C, 0], 20, []],
  ['getxattr', [A, B, C, 30], 20, [[C, 20]]],
  ['pipe', [A], 0, [[A, 8]]],
  ['pipe2', [A, 0], 0, [[A, 8]]],
  ['socketpair', [1, 1, 0, A], 0, [[A, 8]]],
  ['poll', [A, 3, 100], 1, [[A, 24]]],
  ['poll', [A, 3, 100], EINTR, [[A, 24]]],
  ['poll', [A, 3, 100], ERESTART_RESTARTBLOCK, [[A, 24]]],
  ['ppoll', [A, 2, B, 0, 8], 0, [[A, 16], [B, 16]]],
  ['select', [65, A, B, 0, D], 1, [[A, 16], [B, 16], [D, 16]]],
  ['select', [65, A, B, 0, D], -514, [[D, 16]]],
  ['pselect6', [3, A, 0, C, D, 0], 1, [[A, 8], [C, 8], [D, 16]]],
  ['epoll_wait', [3, A, 10, -1], 2, [[A, 24]]],
  ['epoll_pwait', [3, A, 10, -1, 0, 8], 0, []],
  ['rt_sigaction', [2, A, B, 8], 0, [[B, 32]]],
  ['rt_sigprocmask', [0, A, B, 8], 0, [[B, 8]]],
  ['rt_sigpending', [A, 8], 0, [[A, 8]]],
  ['rt_sigtimedwait', [A, B, C, 8], 17, [[B, 128]]],
  ['rt_sigtimedwait', [A, B, C, 8], -11, []],
  ['sigaltstack', [A, B], 0, [[B, 24]]],
  ['getitimer', [0, A], 0, [[A, 32]]],
  ['setitimer', [0, A, B], 0, [[B, 32]]],
  ['timer_create', [0, A, B], 0, [[B, 4]]],
  ['timer_settime', [1, 0, A, B], 0, [[B, 32]]],
  ['timer_gettime', [1, A], 0, [[A, 32]]],
  ['timerfd_settime', [1, 0, A, B], 0, [[B, 32]]],
  ['timerfd_gettime', [1, A], 0, [[A, 32]]],
  ['clock_gettime', [0, A], 0, [[A, 16]]],
  ['clock_getres', [0, A], 0, [[A, 16]]],
  ['clock_getres', [0, 0], 0, []],
  ['nanosleep', [A, B], 0, []],
  ['nanosleep', [A, B], EINTR, [[B, 16]]],
  ['nanosleep', [A, B], ERESTART_RESTARTBLOCK, [[B, 16]]],
  ['clock_nanosleep', [1, 0, A, B], ERESTART_RESTARTBLOCK, [[B, 16]]],
  ['gettimeofday', [A, B], 0, [[A, 16], [B, 8]]],
  ['time', [A], 1700000000, [[A, 8]]],
  ['times', [A], 99, [[A, 32]]],
  ['adjtimex', [A], 0, [[A, 208]]],
  ['clock_adjtime', [0, A], 5, [[A, 208]]],
  ['getrusage', [0, A], 0, [[A, 144]]],
  ['wait4', [-1, A, 1, B], 77, [[A, 4], [B, 144]]],
  ['wait4', [-1, A, 1, B], 0, []],
  // Status and the rest of the siginfo behind it are never written.
  ['waitid', [0, 0, A, 4, B], 0, [[A, 28], [B, 144]]],
  ['waitid', [0, 0, A, 4, B], -10, [[A, 28]]],
  ['getrlimit', [3, A], 0, [[A, 16]]],
  ['prlimit64', [0, 3, A, B], 0, [[B, 16]]],
  ['sysinfo', [A], 0, [[A, 112]]],
  ['getgroups', [0, A], 3, []],
  ['getgroups', [10, A], 3, [[A, 12]]],
  ['getresuid', [A, B, C], 0, [[A, 4], [B, 4], [C, 4]]],
  ['getresgid', [A, B, C], 0, [[A, 4], [B, 4], [C, 4]]],
  ['getrandom', [A, 16, 0], 16, [[A, 16]]],
  ['sched_getaffinity', [0, 128, A], 8, [[A, 8]]],
  ['sched_getparam', [0, A], 0, [[A, 4]]],
  ['sched_rr_get_interval', [0, A], 0, [[A, 16]]],
  ['getcpu', [A, B, 0], 0, [[A, 4], [B, 4]]],
  ['sendfile', [1, 3, A, 10], 10, [[A, 8]]],
  ['copy_file_range', [1, A, 2, B, 10, 0], 10, [[A, 8], [B, 8]]],
  ['splice', [1, A, 2, B, 10, 0], 10, [[A, 8], [B, 8]]],
  ['arch_prctl', [0x1003, A], 0, [[A, 8]]],
  ['arch_prctl', [0x1002, A], 0, []],
  ['prctl', [16, A], 0, [[A, 16]]],
  ['prctl', [37, A], 0, [[A, 4]]],
  ['prctl', [15, A], 0, []],
  ['ioctl', [0, 0x5401, A], 0, [[A, 36]]],
  ['ioctl', [0, 0x5402, A], 0, []],
  ['ioctl', [0, 0x5413, A], 0, [[A, 8]]],
  ['ioctl', [0, 0x5414, A], 0, []],
  ['ioctl', [0, 0x541b, A], 0, [[A, 4]]],
  ['ioctl', [0, 0x540f, A], 0, [[A, 4]]],
  ['ioctl', [0, 0x80045430, A], 0, [[A, 4]]],
  ['ioctl', [0, 0x80081272, A], 0, [[A, 8]]],
  ['ioctl', [0, 0x5401, A], -25, []],
  ['fcntl', [3, 5, A], 0, [[A, 32]]],
  ['fcntl', [3, 36, A], 0, [[A, 32]]],
  ['fcntl', [3, 6, A], 0, []],
  ['fcntl', [3, 16, A], 0, [[A, 8]]],
  ['fcntl', [3, 3, A], 2, []],
  ['futex', [A, 128, 1, B, 0, 0], 0, []],
  ['futex', [A, 129, 1, 0, C, 0], 1, []],
  ['futex', [A, 5, 1, 1, C, 0], 1, [[C, 4]]],
  ['futex', [A, 6, 0, 0, 0, 0], 0, [[A, 4]]],
  ['mincore', [A, 8193, B], 0, [[B, 3]]],
  ['get_robust_list', [0, A, B], 0, [[A, 8], [B, 8]]],
  ['io_setup', [10, A], 0, [[A, 8]]],
  ['msgrcv', [1, A, 100, 0, 0], 20, [[A, 28]]],
  ['mq_timedreceive', [3, A, 8192, B, 0], 20, [[A, 20], [B, 4]]],
  ['restart_syscall', [], 0, []],
  ['clone', [0, 0, A, B, 0], 55, []],
  ['munmap', [A, 4096], 0, []],
  ['cachestat', [3, A, B, 0], 0, [[B, 40]]],
  ['io_uring_setup', [8, A], 3, [[A, 120]]],
  ['move_pages', [0, 2, A, B, C, 0], 0, [[C, 8]]],
];

for (const [name, args, result, ranges] of LINES) {
  const shown = args.map((value) => (value >= BASE ? `+${(value - BASE).toString(16)}` : value)).join(', ');
  test(`${name}(${shown}) = ${result} writes what it should`, (t) => {
    t.deepEqual(written(name, { args, result }), ranges);
  });
}

test('a socket address is written up to the lesser of the room and what there was', (t) => {
  for (const name of ['accept', 'accept4', 'getsockname', 'getpeername']) {
    const memory = new FakeMemory();
    memory.int(B, 128);
    const inputs = inputsOf(name, [3, A, B, 0], memory);
    memory.int(B, 16);
    t.deepEqual(written(name, { args: [3, A, B, 0], result: 0, memory, inputs }), [[A, 16], [B, 4]], name);
    memory.int(B, 300);
    t.deepEqual(written(name, { args: [3, A, B, 0], result: 0, memory, inputs }), [[A, 128], [B, 4]], name);
    t.deepEqual(written(name, { args: [3, 0, 0, 0], result: 5, memory }), [], name);
  }
});

test('recvfrom writes data, address and its length', (t) => {
  const memory = new FakeMemory();
  memory.int(C, 16);
  const args = [3, A, 100, 0, B, C];
  const inputs = inputsOf('recvfrom', args, memory);
  t.deepEqual(written('recvfrom', { args, result: 12, memory, inputs }), [[A, 12], [B, 16], [C, 4]]);
  t.deepEqual(written('recvfrom', { args, result: -11, memory, inputs }), []);
});

test('recvfrom with MSG_TRUNC says more than it wrote', (t) => {
  t.deepEqual(written('recvfrom', { args: [3, A, 100, 0x20, 0, 0], result: 1000 }), [[A, 100]]);
});

test('getsockopt writes the value and its length', (t) => {
  const memory = new FakeMemory();
  memory.int(B, 4);
  const args = [3, 1, 4, A, B];
  const inputs = inputsOf('getsockopt', args, memory);
  t.deepEqual(written('getsockopt', { args, result: 0, memory, inputs }), [[A, 4], [B, 4]]);
});

test('readv fills its buffers in order, up to the result', (t) => {
  const memory = new FakeMemory();
  memory.long(A, B);
  memory.long(A + 8, 10);
  memory.long(A + 16, C);
  memory.long(A + 24, 10);
  for (const name of ['readv', 'preadv', 'preadv2']) {
    const args = [3, A, 2, 0, 0, 0];
    const inputs = inputsOf(name, args, memory);
    t.deepEqual(inputs.map((input) => [input.address as number, input.bytes.length]), [[A, 32]], name);
    t.deepEqual(written(name, { args, result: 15, memory, inputs }), [[B, 10], [C, 5]], name);
    t.deepEqual(written(name, { args, result: 4, memory, inputs }), [[B, 4]], name);
  }
  const args = [7, A, 2, D, 1, 0];
  t.deepEqual(written('process_vm_readv', { args, result: 12, memory }), [[B, 10], [C, 2]]);
});

function messageAt(memory: FakeMemory, at: number): void {
  memory.long(at, B);
  memory.int(at + 8, 128);
  memory.long(at + 16, C);
  memory.long(at + 24, 1);
  memory.long(at + 32, D);
  memory.long(at + 40, 64);
  memory.long(C, C + 0x100);
  memory.long(C + 8, 50);
}

test('recvmsg writes name, data, control and the header', (t) => {
  const memory = new FakeMemory();
  messageAt(memory, A);
  const args = [3, A, 0];
  const inputs = inputsOf('recvmsg', args, memory);
  memory.int(A + 8, 16);
  memory.long(A + 40, 24);
  t.deepEqual(written('recvmsg', { args, result: 7, memory, inputs }), [
    [A + 8, 4],
    [A + 40, 12],
    [B, 16],
    [C + 0x100, 7],
    [D, 24],
  ]);
  t.deepEqual(written('recvmsg', { args, result: -11, memory, inputs }), []);
});

test('recvmmsg and sendmmsg write the length of each message', (t) => {
  const memory = new FakeMemory();
  messageAt(memory, A);
  memory.long(A + 32, 0);
  const args = [3, A, 1, 0, 0];
  const inputs = inputsOf('recvmmsg', args, memory);
  memory.int(A + 8, 16);
  memory.int(A + 56, 9);
  t.deepEqual(written('recvmmsg', { args, result: 1, memory, inputs }), [
    [A + 8, 4],
    [A + 40, 12],
    [A + 56, 4],
    [B, 16],
    [C + 0x100, 9],
  ]);
  t.deepEqual(written('sendmmsg', { args, result: 1, memory }), [[A + 56, 4]]);
});

test('io_getevents writes 32 bytes for each event', (t) => {
  t.deepEqual(written('io_getevents', { args: [1, 1, 5, A, 0], result: 3 }), [[A, 96]]);
});
