/** Lines of gVisor's debug log, and what the parser makes of them. */
import test from 'ava';
import { gvisorLine } from '../../src/importer/gvisor-lines.js';
import { notation } from './notation.js';

const line = (rest: string, source = 'strace.go:608'): string => `I1125 06:54:29.500000    6498 ${source}] [   1:   2] ${rest}`;

const CALLS: readonly (readonly [rest: string, call: string])[] = [
  ['sh E brk(0x0)', 'brk 0'],
  ['sh X brk(0x0) = 94019198480384 (0x5582c0000000) (12.203\xc2\xb5s)', 'brk 0 -> 94019198480384'],
  ['sh X access(0x7fccd81782a0 /etc/ld.so.preload, 0o4) = 0 (0x0) errno=2 (no such file or directory) (168.837\xc2\xb5s)', "access *7fccd81782a0:'/etc/ld.so.preload' 4 -> -2"],
  ['sh X openat(AT_FDCWD /tmp/a b, c, 0x7fccd81770b1 /etc/x, y, O_RDONLY|O_CLOEXEC, 0o0) = 3 (0x3) (1ms)', "openat -100 *7fccd81770b1:'/etc/x, y' 524288 0 -> 3"],
  ['Web Content X close(0x3 /usr/lib/libc.so.6) = 0 (0x0) (911ns)', 'close 3 -> 0'],
  ['sh X mmap(0x0, 0x2000, PROT_READ, MAP_PRIVATE, 0xffffffffffffffff (bad FD), 0x0) = 140517775282176 (0x7fccd8149000) (1.5s)', 'mmap 0 8192 1 2 18446744073709551615 0 -> 140517775282176'],
  ['sh X newfstatat(0x3 /x, 0x7fcc00 , 0x7f9f {dev=8, mode=S_IFREG|0o644, atime=1970-01-01 00:01:00.5 +0000 UTC}, 0x1000) = 0 (0x0) (10ns)', "newfstatat 3 *7fcc00:'' *7f9f:{dev=8 mode=33188 atime={tv_sec=60 tv_nsec=500000000}} 4096 -> 0"],
  ['sh X read(0x0 host:[3], , 0x12c) = 0 (0x0) (6.441\xc2\xb5s)', 'read 0 ?... 300 -> 0'],
  ['sh X read(0x3 /x, 0x7f9f5e731aa8 "\\x7fELF\\u00e9", 0x6) = 6 (0x6) (1ns)', "read 3 *7f9f5e731aa8:'\\x7fELF\\xc3\\xa9' 6 -> 6"],
  ['sh E write(0x1 host:[1], 0x555b864da004 "a, 0x1\\n", 0x7)', "write 1 *555b864da004:'a, 0x1\\n' 7"],
  ['sh X write(0x1 host:[1], ..., 0x7) = 7 (0x7) (40.536\xc2\xb5s)', 'write 1 ?... 7 -> 7'],
  ['sh X pipe2(0x7f9f5e732560 [3 4], 0x0) = 0 (0x0) (1ns)', 'pipe2 *7f9f5e732560:[3 4] 0 -> 0'],
  ['sh E execve(0x55828ced7d48 /usr/bin/ls, 0x55828ced7ac8 ["ls", "/tmp"], 0x55828ced7ae0 ["A=1"])', "execve *55828ced7d48:'/usr/bin/ls' *55828ced7ac8:['ls' '/tmp'] *55828ced7ae0:['A=1']"],
  ['sh E clone(CLONE_CHILD_CLEARTID|0x11, 0x0, 0x0, 0x7fccd7f5ba10, 0x0)', 'clone 2097169 0 0 140517773261328 0'],
  ['sh X wait4(0xffffffff, 0x7f86, 0x0, null) = 0 (0x0) errno=512 (to be restarted if SA_RESTART is set) (30.578951ms)', 'wait4 4294967295 32646 0 0 -> -512'],
  ['sh E writev(0x1 host:[1], 0x7f8611e93760 {base=0x555b864da00c, len=2, "ab"}, {base=0x555b864da00f, len=2, "c\\n"}, 0x2)', "writev 1 *7f8611e93760:[{base=93851583619084 len=2 'ab'} {base=93851583619087 len=2 'c\\n'}] 2"],
  ['sh E poll(0x7f86 [{FD: 0x3 socket:[1], Events: POLLIN, REvents: ...}], 0x1, 0x5)', 'poll *7f86:[{FD=3@socket:[1] Events=1}] 1 5'],
  ['sh E connect(0x5 socket:[3], 0x7f8611e936e0 {Family: AF_UNIX, Addr: "/x"}, 0x6e)', "connect 5 *7f8611e936e0:{Family=1 Addr='/x'} 110"],
  ['sh E rt_sigaction(SIGUSR1, 0x7f86 {Handler: SIG_DFL, Flags: 0x0, Restorer: 0x0, Mask: [SIGUSR1 33]}, 0x0, 0x8)', 'rt_sigaction 10 *7f86:{Handler=0 Flags=0 Restorer=0 Mask=[10 33]} 0 8'],
];

for (const [rest, expected] of CALLS) {
  test(`understood: ${rest}`, (t) => {
    const found = gvisorLine(line(rest));
    t.like(found, { group: 1, pid: 2, seconds: 24869.5 });
    const event = found!.event;
    t.is('call' in event ? notation(event.call) : event.type, expected);
  });
}

test('signals and ends are understood, everything else is about something else', (t) => {
  t.deepEqual(gvisorLine(line('Signal 17: delivering to handler', 'task_signals.go:220'))?.event, { type: 'signal', number: 17 });
  t.deepEqual(gvisorLine(line('Transitioning from exit state TaskExitInitiated to TaskExitZombie', 'task_exit.go:204'))?.event, { type: 'gone' });
  for (const other of [
    line('Notified of signal 17', 'task_signals.go:470'),
    line('Transitioning from exit state TaskExitNone to TaskExitInitiated', 'task_exit.go:204'),
    'D1125 06:54:29.494281    6498 client.go:400] recv [channel 0xc000335560] WalkResp{Status: 0}',
    '\tfd:0 => name host:[3]',
    '',
  ]) t.is(gvisorLine(other), undefined);
});

for (const bad of ['sh E brk(0x0', 'sh brk(0x0)', 'sh X brk(0x0) = what', 'sh X brk(0x0) = 0']) {
  test(`refused: ${bad}`, (t) => {
    t.throws(() => gvisorLine(line(bad)));
  });
}
