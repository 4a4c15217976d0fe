/** Lines of strace, and what the parser makes of them in a notation of its own. */
import test from 'ava';
import { straceEvent, straceLine, type StraceLine } from '../../src/importer/strace-lines.js';
import { notation } from './notation.js';

const CALLS: readonly (readonly [line: string, call: string])[] = [
  ['close(3)                          = 0', 'close 3 -> 0'],
  ['openat(AT_FDCWD, "/etc/passwd", O_RDONLY|O_CLOEXEC) = 3', "openat -100 '/etc/passwd' 524288 -> 3"],
  ['openat(AT_FDCWD</root>, "a\\"b,\\n\\1\\377", O_RDONLY) = 3</root/a> <0.000012>', "openat -100@/root 'a\"b,\\n\\x01\\xff' 0 -> 3"],
  ['access("/x", R_OK)                = -1 ENOENT (No such file or directory)', "access '/x' 4 -> -2"],
  ['read(0</dev/pts/0<char 136:0>>, ""..., 4096) = 0', "read 0@/dev/pts/0<char 136:0> ''... 4096 -> 0"],
  ['close(3</tmp/x>(deleted))         = 0', 'close 3@/tmp/x -> 0'],
  ['connect(5<UNIX-STREAM:[12->13]>, {sa_family=AF_UNIX, sun_path=@"x"}, 4) = 0', "connect 5@UNIX-STREAM:[12->13] {sa_family=1 sun_path='\\x00x'} 4 -> 0"],
  ['fstat(3, {st_mode=S_IFREG|0644, st_size=5, ...}) = 0', 'fstat 3 {st_mode=33188 st_size=5 ...} -> 0'],
  ['fstat(3, {st_mode=0100644 /* S_IFREG|0644 */, st_size=5, ...}) = 0', 'fstat 3 {st_mode=33188 st_size=5 ...} -> 0'],
  ['stat("/", {st_dev=makedev(0x8, 0x1), st_atime=5 /* 1970-01-01T00:00:05+0000 */, st_atime_nsec=7}) = 0', "stat '/' {st_dev=2049 st_atime=5 st_atime_nsec=7} -> 0"],
  ['prlimit64(0, RLIMIT_STACK, NULL, {rlim_cur=8192*1024, rlim_max=RLIM64_INFINITY}) = 0', 'prlimit64 0 3 0 {rlim_cur=8388608 rlim_max=18446744073709551615} -> 0'],
  ['getsockname(3, {sa_family=AF_UNIX}, [128 => 2]) = 0', 'getsockname 3 {sa_family=1} [128]=>[2] -> 0'],
  ['rt_sigprocmask(SIG_BLOCK, ~[RTMIN RT_1], [], 8) = 0', 'rt_sigprocmask 0 ~[?RTMIN ?RT_1] [] 8 -> 0'],
  ['rt_sigprocmask(0 /* SIG_BLOCK */, [10 /* USR1 */ 12 /* USR2 */], NULL, 8) = 0', 'rt_sigprocmask 0 [10 12] 0 8 -> 0'],
  ['wait4(-1, [{WIFEXITED(s) && WEXITSTATUS(s) == 3}], 0, NULL) = 9', 'wait4 -1 [768] 0 0 -> 9'],
  ['wait4(-1, [{WIFSIGNALED(s) && WTERMSIG(s) == SIGSEGV && WCOREDUMP(s)}], 0, NULL) = 9', 'wait4 -1 [139] 0 0 -> 9'],
  ['wait4(-1, [{WIFSTOPPED(s) && WSTOPSIG(s) == SIGTRAP | 0x80}], __WALL, NULL) = 9', 'wait4 -1 [34175] 1073741824 0 -> 9'],
  ['ioctl(1, TCGETS, {B38400 opost isig icanon echo ...}) = 0', 'ioctl 1 21505 {?B38400 opost isig icanon echo ...} -> 0'],
  ['ioctl(3, SNDCTL_TMR_TIMEBASE or TCGETS, 0x7ffd) = -1 ENOTTY (Inappropriate ioctl for device)', 'ioctl 3 21505 32765 -> -25'],
  ['execve("/bin/ls", ["ls", "-l"], 0x7ffd0 /* 30 vars */) = 0', "execve '/bin/ls' ['ls' '-l'] 524240 -> 0"],
  ['clone(child_stack=NULL, flags=CLONE_CHILD_SETTID|SIGCHLD, child_tidptr=0x7f) = 7', 'clone child_stack=0 flags=16777233 child_tidptr=127 -> 7'],
  ['clone3({flags=CLONE_VM, exit_signal=0} => {parent_tid=[8]}, 88) = 8', 'clone3 {flags=256 exit_signal=0}=>{parent_tid=[8]} 88 -> 8'],
  ['clone(child_stack=NULL, flags=0x1200000 /* CLONE_CHILD_CLEARTID */|17 /* SIGCHLD */) = 7', 'clone child_stack=0 flags=18874385 -> 7'],
  ['mmap(NULL, 8192, PROT_READ, MAP_PRIVATE, 3, 0) = 0x7f0000000000', 'mmap 0 8192 1 2 3 0 -> 139637976727552'],
  ['fcntl(3, F_GETFL)                 = 0x8002 (flags O_RDWR|O_LARGEFILE)', 'fcntl 3 3 -> 32770 (flags O_RDWR|O_LARGEFILE)'],
  ['poll([{fd=3, events=POLLIN}], 1, 5) = 0 (Timeout)', 'poll [{fd=3 events=1}] 1 5 -> 0 (Timeout)'],
  ['write(1, "a) = 1 <unfinished ...>", 23) = 23', "write 1 'a) = 1 <unfinished ...>' 23 -> 23"],
  ['exit_group(0)                     = ?', 'exit_group 0'],
  ['read(0, 0x7ffd, 1)                = ? ERESTARTSYS (To be restarted if SA_RESTART is set)', 'read 0 32765 1 -> -512 (To be restarted if SA_RESTART is set)'],
  ['getrandom("\\x01\\x02", 2, GRND_NONBLOCK) = 2', "getrandom '\\x01\\x02' 2 1 -> 2"],
  ['futex(0x10, FUTEX_WAKE_PRIVATE, 2147483647) = 0', 'futex 16 129 2147483647 -> 0'],
  ['connect(3, {sa_family=AF_INET, sin_port=htons(80), sin_addr=inet_addr("127.0.0.1")}, 16) = 0', "connect 3 {sa_family=2 sin_port=80 sin_addr='127.0.0.1'} 16 -> 0"],
];

for (const [line, expected] of CALLS) {
  test(`understood: ${line}`, (t) => {
    const event = straceEvent(line);
    t.is(event.type === 'call' ? notation(event.call) : event.type, expected);
  });
}

const OTHERS: readonly (readonly [line: string, event: StraceLine])[] = [
  ['wait4(-1,  <unfinished ...>', { type: 'unfinished', begun: 'wait4(-1, ' }],
  ['exit_group(0 <detached ...>', { type: 'unfinished', begun: 'exit_group(0' }],
  ['execve("/bin/true", ["true"], 0x1 <pid changed to 70 ...>', { type: 'unfinished', begun: 'execve("/bin/true", ["true"], 0x1', newPid: 70 }],
  ['<... read resumed>"x", 1) = 1', { type: 'resumed', name: 'read', rest: '"x", 1) = 1' }],
  ['<... clone3 resumed> => {parent_tid=[8]}, 88) = 8', { type: 'resumed', name: 'clone3', rest: ' => {parent_tid=[8]}, 88) = 8' }],
  ['+++ exited with 3 +++', { type: 'exit', status: 0x300 }],
  ['+++ killed by SIGKILL +++', { type: 'exit', status: 9 }],
  ['+++ killed by SIGABRT (core dumped) +++', { type: 'exit', status: 0x86 }],
  ['+++ superseded by execve in pid 71 +++', { type: 'superseded', by: 71 }],
  ['--- stopped by SIGTSTP ---', { type: 'other' }],
  [' > /usr/lib/x86_64-linux-gnu/libc.so.6(read+0x11) [0xf1]', { type: 'other' }],
  ['strace: Process 71 attached', { type: 'other' }],
  ['???()                             = ?', { type: 'other' }],
  ['???( <unfinished ...>', { type: 'other' }],
  ['<... ??? resumed>)                = ?', { type: 'other' }],
];

for (const [line, expected] of OTHERS) {
  test(`understood: ${line}`, (t) => t.deepEqual(straceEvent(line), expected));
}

const BAD = ['close 3 = 0', 'close(3) =', 'close(3) = x', 'close(3]) = 0', 'open("x) = 3', '--- nothing ---', '+++ gone +++', 'x', 'close(3) = -1 ENOSUCHERROR (?)'];
for (const line of BAD) {
  test(`refused: ${line}`, (t) => {
    t.throws(() => straceEvent(line));
  });
}

const PREFIXES: readonly (readonly [line: string, prefix: object])[] = [
  ['close(3) = 0', { rest: 'close(3) = 0' }],
  ['71  close(3) = 0', { pid: 71, rest: 'close(3) = 0' }],
  ['[pid  71] close(3) = 0', { pid: 71, rest: 'close(3) = 0' }],
  ['71<sh> close(3) = 0', { pid: 71, rest: 'close(3) = 0' }],
  ['06:55:05 close(3) = 0', { time: { sort: 'day', seconds: 24905 }, rest: 'close(3) = 0' }],
  ['71  06:55:05.250000 close(3) = 0', { pid: 71, time: { sort: 'day', seconds: 24905.25 }, rest: 'close(3) = 0' }],
  ['71  1795589705.500000 close(3) = 0', { pid: 71, time: { sort: 'epoch', seconds: 1795589705.5 }, rest: 'close(3) = 0' }],
  ['71       0.000250 close(3) = 0', { pid: 71, time: { sort: 'relative', seconds: 0.00025 }, rest: 'close(3) = 0' }],
  ['     0.000250 close(3) = 0', { time: { sort: 'relative', seconds: 0.00025 }, rest: 'close(3) = 0' }],
  ['71  06:55:05.250000 (+     0.000100) close(3) = 0', { pid: 71, time: { sort: 'day', seconds: 24905.25 }, rest: 'close(3) = 0' }],
  ['71  [   3] [00007ff9db958ad7] close(3) = 0', { pid: 71, rest: 'close(3) = 0' }],
];

for (const [line, prefix] of PREFIXES) {
  test(`prefix of: ${line}`, (t) => t.deepEqual(straceLine(line), prefix as never));
}
