import test from 'ava';
import { BASE, described, FakeMemory, inputsOf, rowNamed } from './guest.js';

const A = BASE + 0x100;
const B = BASE + 0x1000;
const C = BASE + 0x2000;
const D = BASE + 0x3000;
const END = BASE + 0x40000;

const decode = (bytes: Uint8Array): string => new TextDecoder().decode(bytes);

/** Argument, place and length of each input. */
function captured(name: string, args: number[], memory = new FakeMemory()): [number, number, number][] {
  return inputsOf(name, args, memory).map((input) => [input.argument, input.address, input.bytes.length]);
}

test('a path is captured with its NUL and nothing behind it', (t) => {
  const memory = new FakeMemory();
  memory.text(A, '/etc/passwd');
  const [input, ...others] = inputsOf('openat', [-100, A, 0, 0], memory);
  t.is(input?.argument, 1);
  t.is(input?.address as number, A);
  t.is(decode(input!.bytes), '/etc/passwd\0');
  t.deepEqual(others, []);
});

test('a long path is captured whole', (t) => {
  const memory = new FakeMemory();
  const path = `/${'x'.repeat(3000)}`;
  memory.text(A, path);
  t.is(decode(inputsOf('unlink', [A], memory)[0]!.bytes), `${path}\0`);
});

test('a path at the end of the memory is captured up to there', (t) => {
  const memory = new FakeMemory();
  memory.bytes.fill(0x61, 0x40000 - 5);
  t.is(decode(inputsOf('unlink', [END - 5], memory)[0]!.bytes), 'aaaaa');
});

test('two paths are two inputs', (t) => {
  const memory = new FakeMemory();
  memory.text(A, 'one');
  memory.text(B, 'two!');
  t.deepEqual(captured('renameat2', [-100, A, -100, B, 0], memory), [[1, A, 4], [3, B, 5]]);
});

test('null pointers and calls without memory capture nothing', (t) => {
  t.deepEqual(captured('rt_sigaction', [2, 0, A, 8]), []);
  t.deepEqual(captured('getpid', []), []);
  t.deepEqual(captured('execve', [0, 0, 0]), []);
});

test('written data is captured, 64 KiB of it at most', (t) => {
  const memory = new FakeMemory();
  memory.text(A, 'hello');
  t.is(decode(inputsOf('write', [1, A, 5], memory)[0]!.bytes), 'hello');
  t.deepEqual(captured('write', [1, A, 100000]), [[1, A, 65536]]);
  t.deepEqual(captured('sendto', [3, A, 9, 0, B, 16]), [[1, A, 9], [4, B, 16]]);
});

test('structures that the kernel reads are captured', (t) => {
  t.deepEqual(captured('rt_sigaction', [2, A, B, 8]), [[1, A, 32]]);
  t.deepEqual(captured('rt_sigprocmask', [0, A, B, 8]), [[1, A, 8]]);
  t.deepEqual(captured('nanosleep', [A, B]), [[0, A, 16]]);
  t.deepEqual(captured('poll', [A, 3, 0]), [[0, A, 24]]);
  t.deepEqual(captured('select', [65, A, 0, B, C]), [[1, A, 16], [3, B, 16], [4, C, 16]]);
  t.deepEqual(captured('epoll_ctl', [3, 1, 4, A]), [[3, A, 12]]);
  t.deepEqual(captured('connect', [3, A, 110]), [[1, A, 110]]);
  t.deepEqual(captured('setsockopt', [3, 1, 2, A, 4]), [[3, A, 4]]);
  t.deepEqual(captured('openat2', [3, A, B, 24]).at(-1), [2, B, 24]);
});

test('the room for an address is captured, since the kernel overwrites it', (t) => {
  t.deepEqual(captured('getsockname', [3, A, B]), [[2, B, 4]]);
  t.deepEqual(captured('accept4', [3, A, B, 0]), [[2, B, 4]]);
});

test('writev captures the array and the buffers', (t) => {
  const memory = new FakeMemory();
  memory.long(A, B);
  memory.long(A + 8, 5);
  memory.long(A + 16, C);
  memory.long(A + 24, 70000);
  t.deepEqual(captured('writev', [1, A, 2], memory), [[1, A, 32], [1, B, 5], [1, C, 65531]]);
});

test('sendmsg captures header, name, buffers and control data', (t) => {
  const memory = new FakeMemory();
  memory.long(A, B);
  memory.int(A + 8, 16);
  memory.long(A + 16, C);
  memory.long(A + 24, 1);
  memory.long(A + 32, D);
  memory.long(A + 40, 20);
  memory.long(C, C + 0x100);
  memory.long(C + 8, 6);
  t.deepEqual(
    captured('sendmsg', [3, A, 0], memory).map(([, address, length]) => [address, length]),
    [[A, 56], [B, 16], [C, 16], [C + 0x100, 6], [D, 20]],
  );
});

test('texts of execve may lie over the end of a page, at the end of memory and at no memory; a page is read once for all', (t) => {
  class CountingMemory extends FakeMemory {
    readonly pagesRead: number[] = [];

    override read(address: number, length: number): Uint8Array {
      if (length === 4096) this.pagesRead.push(address);
      return super.read(address, length);
    }
  }
  const memory = new CountingMemory();
  const places = [C, C + 10, D - 3, END - 4096 * 2 + 100, END - 4, 2 ** 64 - 8];
  places.forEach((at, index) => (at < END ? memory.long(A + index * 8, at) : memory.bytes.fill(0xff, A + index * 8 - BASE, A + index * 8 - BASE + 8)));
  memory.text(C, 'one');
  memory.text(C + 10, 'two');
  memory.text(D - 3, 'over the end');
  memory.text(END - 4096 * 2 + 100, 'x'.repeat(5000));
  memory.bytes.fill(0x61, 0x40000 - 4);
  const [, ...texts] = inputsOf('execve', [0, A, 0], memory);
  t.deepEqual(texts.map((input) => decode(input.bytes)), ['one\0', 'two\0', 'over the end\0', `${'x'.repeat(5000)}\0`, 'aaaa']);
  t.deepEqual(memory.pagesRead.filter((page) => page < END), [C, D, END - 8192, END - 4096]);
});

test('execve captures path, arguments and environment', (t) => {
  const memory = new FakeMemory();
  memory.text(A, '/bin/sh');
  memory.long(B, C);
  memory.long(B + 8, C + 0x10);
  memory.text(C, 'sh');
  memory.text(C + 0x10, '-c');
  memory.long(B + 0x100, D);
  memory.text(D, 'HOME=/');
  const inputs = inputsOf('execve', [A, B, B + 0x100], memory);
  t.deepEqual(
    inputs.filter((input) => input.bytes.length !== 24 && input.bytes.length !== 16).map((input) => [input.argument, decode(input.bytes)]),
    [[0, '/bin/sh\0'], [1, 'sh\0'], [1, '-c\0'], [2, 'HOME=/\0']],
  );
});

test('ioctl and fcntl read what their command says', (t) => {
  t.deepEqual(captured('ioctl', [0, 0x5402, A]), [[2, A, 36]]);
  t.deepEqual(captured('ioctl', [0, 0x5401, A]), []);
  t.deepEqual(captured('ioctl', [0, 0x5414, A]), [[2, A, 8]]);
  t.deepEqual(captured('ioctl', [0, 0x40045431, A]), [[2, A, 4]]);
  t.deepEqual(captured('fcntl', [3, 6, A]), [[2, A, 32]]);
  t.deepEqual(captured('fcntl', [3, 4, 0x800]), []);
});

test('calls that a row cannot tell of are not described, the others are', (t) => {
  t.false(described('ioctl', [3, 0x1234, A]));
  t.false(described('ioctl', [3, 0xae80, A]));
  t.true(described('ioctl', [3, 0x5401, A]));
  t.true(described('ioctl', [3, 0x80ff1234, A]));
  t.true(described('fcntl', [3, 5, A]));
  t.true(described('read', [3, A, 9]));
  t.false(described('restart_syscall', []));
});

test('rows know whether there is anything to do', (t) => {
  for (const name of ['getpid', 'close', 'sched_yield', 'dup2', 'lseek']) {
    t.false(rowNamed(name).hasInputs, name);
    t.false(rowNamed(name).hasOutputs, name);
  }
  t.true(rowNamed('write').hasInputs);
  t.false(rowNamed('write').hasOutputs);
  t.false(rowNamed('read').hasInputs);
  t.true(rowNamed('read').hasOutputs);
});
