import test from 'ava';
import type { MemoryInput, SyscallFacts } from '../../src/trace/events.js';
import { showCall } from '../../src/show/call.js';
import { errnoName, errnoText, NAMES, ptraceRequestName, signalName, syscallName } from '../../src/syscalls/index.js';
import { BASE, FakeMemory, inputsOf, rowNamed } from './guest.js';

const A = BASE + 0x100;
const B = BASE + 0x1000;
const NOWHERE = { read: () => new Uint8Array(0) };

interface Shown {
  readonly args: number[];
  readonly result?: number;
  readonly before?: FakeMemory;
  readonly after?: FakeMemory;
}

function show(name: string, { args, result, before, after }: Shown): string {
  const words = Array.from({ length: 6 }, (_, index) => BigInt.asUintN(64, BigInt(args[index] ?? 0)));
  const facts = {
    number: rowNamed(name).number,
    arguments: words as unknown as SyscallFacts['arguments'],
    ...(result !== undefined && { result: BigInt(result) }),
  };
  const inputs: MemoryInput[] = before ? inputsOf(name, args, before) : [];
  return showCall(facts, inputs, after ?? NOWHERE);
}

function memoryWith(...texts: [number, string][]): FakeMemory {
  const memory = new FakeMemory();
  for (const [address, text] of texts) memory.text(address, text);
  return memory;
}

test('openat shows folder, path and flags', (t) => {
  const before = memoryWith([A, '/etc/passwd']);
  t.is(
    show('openat', { args: [-100, A, 0x80000], result: 3, before }),
    'openat(AT_FDCWD, "/etc/passwd", O_RDONLY|O_CLOEXEC) = 3',
  );
  t.is(
    show('openat', { args: [-100, A, 0x241, 0o644], result: 3, before }),
    'openat(AT_FDCWD, "/etc/passwd", O_WRONLY|O_CREAT|O_TRUNC, 0644) = 3',
  );
});

test('read shows the data that came, the beginning of it when it is long', (t) => {
  const after = memoryWith([A, 'root:x:0:0:root:/root:/bin/bash\ndaemon:x:1']);
  t.is(show('read', { args: [3, A, 4096], result: 10, after }), 'read(3, "root:x:0:0", 4096) = 10');
  t.is(
    show('read', { args: [3, A, 4096], result: 40, after }),
    'read(3, "root:x:0:0:root:/root:/bin/bash\\n"..., 4096) = 40',
  );
  t.is(show('read', { args: [3, A, 4096], result: 0, after }), 'read(3, "", 4096) = 0');
  t.is(show('read', { args: [3, A, 4096], result: -11, after }), `read(3, 0x${A.toString(16)}, 4096) = -1 EAGAIN (Resource temporarily unavailable)`);
});

test('errors have a name and a text', (t) => {
  const before = memoryWith([A, '/x']);
  t.is(show('access', { args: [A, 4], result: -2, before }), 'access("/x", R_OK) = -1 ENOENT (No such file or directory)');
});

test('a call that a signal interrupted says how it goes on', (t) => {
  t.is(
    show('read', { args: [0, A, 1], result: -512 }),
    `read(0, 0x${A.toString(16)}, 1) = ? ERESTARTSYS (To be restarted if SA_RESTART is set)`,
  );
});

test('a call that did not return has no result', (t) => {
  t.is(show('close', { args: [3] }), 'close(3)');
  t.is(show('exit_group', { args: [0] }), 'exit_group(0)');
});

test('an address is shown where nothing is known of the memory', (t) => {
  t.is(show('unlink', { args: [0x1234], result: -14 }), 'unlink(0x1234) = -1 EFAULT (Bad address)');
  t.is(show('stat', { args: [0, 0], result: -14 }), 'stat(NULL, NULL) = -1 EFAULT (Bad address)');
});

test('text is escaped as in C', (t) => {
  const before = memoryWith([A, 'a"\\\n\t\x01' + '1\x02z']);
  t.is(show('write', { args: [1, A, 9], result: 9, before }), 'write(1, "a\\"\\\\\\n\\t\\0011\\2z", 9) = 9');
});

test('mmap shows protection, flags and the address that came', (t) => {
  t.is(
    show('mmap', { args: [0, 8192, 3, 0x22, -1, 0], result: 0x7f1234567000 }),
    'mmap(NULL, 8192, PROT_READ|PROT_WRITE, MAP_PRIVATE|MAP_ANONYMOUS, -1, 0) = 0x7f1234567000',
  );
});

test('kill, sigaction and sigprocmask show signals by name', (t) => {
  t.is(show('kill', { args: [77, 15], result: 0 }), 'kill(77, SIGTERM) = 0');
  const before = new FakeMemory();
  before.long(A, 2);
  t.is(show('rt_sigprocmask', { args: [0, A, 0, 8], result: 0, before }), 'rt_sigprocmask(SIG_BLOCK, [INT], NULL, 8) = 0');
});

test('ioctl and fcntl show their command', (t) => {
  const after = new FakeMemory();
  after.bytes.set([24, 0, 80, 0], A - BASE);
  t.is(
    show('ioctl', { args: [1, 0x5413, A], result: 0, after }),
    'ioctl(1, TIOCGWINSZ, {ws_row=24, ws_col=80, ws_xpixel=0, ws_ypixel=0}) = 0',
  );
  t.is(show('fcntl', { args: [3, 2, 1], result: 0 }), 'fcntl(3, F_SETFD, FD_CLOEXEC) = 0');
  t.regex(show('fcntl', { args: [3, 3], result: 0x8002 }), /^fcntl\(3, F_GETFL\) = 0x8002/);
});

test('socket calls show families, types and addresses', (t) => {
  t.is(show('socket', { args: [2, 0x80001, 0], result: 3 }), 'socket(AF_INET, SOCK_STREAM|SOCK_CLOEXEC, IPPROTO_IP) = 3');
  const before = new FakeMemory();
  before.bytes.set([2, 0, 0x1f, 0x90, 127, 0, 0, 1], A - BASE);
  const text = show('connect', { args: [3, A, 16], result: 0, before });
  t.regex(text, /^connect\(3, \{sa_family=AF_INET/);
  t.regex(text, /8080/);
  t.regex(text, /127\.0\.0\.1/);
});

test('wait4 shows the status of a child', (t) => {
  const after = new FakeMemory();
  after.int(A, 0x0100);
  t.regex(show('wait4', { args: [-1, A, 1, 0], result: 77, after }), /^wait4\(-1, \[.*\], WNOHANG, NULL\) = 77$/);
});

test('execve shows its arguments and the size of the environment', (t) => {
  const before = memoryWith([A, '/bin/sh'], [A + 0x40, 'sh'], [A + 0x50, 'HOME=/']);
  before.long(B, A + 0x40);
  before.long(B + 0x100, A + 0x50);
  const text = show('execve', { args: [A, B, B + 0x100], result: 0, before });
  t.is(text, `execve("/bin/sh", ["sh"], 0x${(B + 0x100).toString(16)} /* 1 var */) = 0`);
});

test('a number without a row shows its registers', (t) => {
  const facts: SyscallFacts = { number: 9999, arguments: [1n, 2n, 0n, 0n, 0n, 0xffffn], result: -38n };
  t.is(showCall(facts, [], NOWHERE), 'syscall_0x270f(0x1, 0x2, 0x0, 0x0, 0x0, 0xffff) = -1 ENOSYS (Function not implemented)');
});

test('every row can show a call of which nothing is known', (t) => {
  for (const [number, name] of NAMES.syscalls) {
    for (const result of [0n, 1n, -22n, undefined]) {
      const facts: SyscallFacts = {
        number,
        arguments: [0x7f0000000000n, 0x7f0000001000n, 3n, 0x7f0000003000n, 5n, 6n],
        ...(result !== undefined && { result }),
      };
      t.true(showCall(facts, [], NOWHERE).startsWith(`${name}(`), name);
    }
  }
});

test('names', (t) => {
  t.is(syscallName(0), 'read');
  t.is(errnoName(2), 'ENOENT');
  t.is(errnoText(2), 'No such file or directory');
  t.is(signalName(11), 'SIGSEGV');
  t.is(ptraceRequestName(12), 'PTRACE_GETREGS');
  t.true(NAMES.errnos.some(([number, name]) => number === 11 && name === 'EAGAIN'));
  t.true(NAMES.ptraceRequests.some(([number, name]) => number === 31 && name === 'PTRACE_SYSEMU'));
});
