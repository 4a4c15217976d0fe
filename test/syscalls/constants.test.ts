import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test from 'ava';
import { BPF_COMMANDS } from '../../src/syscalls/constants/bpf.js';
import { ERRORS } from '../../src/syscalls/constants/errors.js';
import * as files from '../../src/syscalls/constants/files.js';
import * as futex from '../../src/syscalls/constants/futex.js';
import * as ioctls from '../../src/syscalls/constants/ioctl-requests.js';
import * as ipc from '../../src/syscalls/constants/ipc.js';
import * as memory from '../../src/syscalls/constants/memory.js';
import * as open from '../../src/syscalls/constants/open.js';
import * as prctl from '../../src/syscalls/constants/prctl.js';
import * as processes from '../../src/syscalls/constants/processes.js';
import * as ptrace from '../../src/syscalls/constants/ptrace.js';
import { QUOTA_COMMANDS } from '../../src/syscalls/constants/quota.js';
import * as signals from '../../src/syscalls/constants/signals.js';
import * as sockets from '../../src/syscalls/constants/sockets.js';
import * as time from '../../src/syscalls/constants/time.js';

type Table = Readonly<Record<string, number>>;

/** What the headers of this machine say of each name; absent for names they do not define. */
function askHeaders(headers: readonly string[], names: readonly string[]): Map<string, bigint> {
  const folder = mkdtempSync(join(tmpdir(), 'portrace-constants-'));
  try {
    const source = [
      '#define _GNU_SOURCE',
      ...headers.map((header) => `#if __has_include(<${header}>)\n#include <${header}>\n#endif`),
      '#include <stdio.h>',
      'int main(void) {',
      ...names.map((name) => `#ifdef ${name}\nprintf("%s %lld\\n", "${name}", (long long)(${name}));\n#endif`),
      'return 0; }',
    ].join('\n');
    writeFileSync(join(folder, 'ask.c'), source);
    execFileSync('gcc', ['-w', '-o', join(folder, 'ask'), join(folder, 'ask.c')]);
    const lines = execFileSync(join(folder, 'ask'), { encoding: 'utf8' }).trim().split('\n');
    return new Map(lines.map((line) => [line.split(' ')[0]!, BigInt(line.split(' ')[1]!)]));
  } finally {
    rmSync(folder, { recursive: true });
  }
}

const tablesOf = (module: Readonly<Record<string, unknown>>): Table => Object.assign({}, ...Object.values(module)) as Table;

/** Some headers give a name as a signed int, some as unsigned: 32 bits decide then. */
function agrees(ours: number, theirs: bigint): boolean {
  return BigInt(ours) === theirs || BigInt.asUintN(32, BigInt(ours)) === BigInt.asUintN(32, theirs);
}

interface Case {
  readonly title: string;
  readonly table: Table;
  readonly headers: readonly string[];
  /** Names that the headers of 6.1 must define: fewer means that the wrong headers were read. */
  readonly atLeast: number;
}

const CASES: readonly Case[] = [
  { title: 'open', table: tablesOf(open), headers: ['linux/fcntl.h', 'linux/openat2.h', 'linux/fs.h', 'unistd.h'], atLeast: 75 },
  { title: 'files', table: tablesOf(files), headers: ['unistd.h', 'linux/stat.h', 'linux/falloc.h', 'linux/fadvise.h', 'linux/eventpoll.h', 'asm/poll.h', 'linux/inotify.h', 'linux/memfd.h', 'linux/fs.h', 'linux/close_range.h', 'linux/xattr.h', 'linux/mount.h'], atLeast: 90 },
  { title: 'memory', table: tablesOf(memory), headers: ['linux/mman.h', 'asm/mman.h'], atLeast: 40 },
  { title: 'signals', table: tablesOf(signals), headers: ['asm/signal.h', 'asm/siginfo.h', 'linux/signalfd.h'], atLeast: 40 },
  { title: 'processes', table: tablesOf(processes), headers: ['linux/sched.h', 'linux/wait.h', 'linux/resource.h', 'asm/resource.h', 'linux/seccomp.h'], atLeast: 50 },
  { title: 'time', table: tablesOf(time), headers: ['linux/time.h', 'linux/timerfd.h'], atLeast: 16 },
  { title: 'futex', table: tablesOf(futex), headers: ['linux/futex.h'], atLeast: 14 },
  { title: 'prctl', table: tablesOf(prctl), headers: ['linux/prctl.h', 'asm/prctl.h'], atLeast: 50 },
  { title: 'ptrace', table: tablesOf(ptrace), headers: ['linux/ptrace.h', 'asm/ptrace-abi.h', 'linux/elf.h', 'asm/ptrace.h'], atLeast: 40 },
  { title: 'ipc', table: tablesOf(ipc), headers: ['linux/ipc.h', 'linux/shm.h', 'linux/sem.h', 'linux/msg.h', 'linux/keyctl.h'], atLeast: 40 },
  { title: 'sockets', table: tablesOf(sockets), headers: ['sys/socket.h', 'linux/net.h', 'asm/socket.h', 'netinet/in.h', 'linux/in.h', 'linux/tcp.h', 'linux/netlink.h'], atLeast: 150 },
  { title: 'ioctls', table: tablesOf(ioctls), headers: ['asm/ioctls.h', 'asm/termbits.h', 'linux/sockios.h', 'linux/fs.h', 'linux/if_tun.h', 'linux/loop.h', 'linux/random.h', 'linux/kd.h', 'linux/vt.h', 'linux/rtc.h', 'linux/nsfs.h', 'linux/perf_event.h', 'linux/watchdog.h', 'linux/if.h', 'linux/serial.h', 'linux/fiemap.h', 'linux/blktrace_api.h'], atLeast: 200 },
  { title: 'quota', table: QUOTA_COMMANDS, headers: ['linux/quota.h', 'linux/dqblk_xfs.h'], atLeast: 18 },
  {
    title: 'errors',
    table: Object.fromEntries(Object.entries(ERRORS).map(([number, [name]]) => [name, Number(number)])),
    headers: ['asm/errno.h'],
    atLeast: 120,
  },
];

/** Names that the header has in an enum, where no #ifdef sees them. */
test('constants of bpf are those of the header', (t) => {
  const names = Object.keys(BPF_COMMANDS);
  const source = readFileSync('/usr/include/linux/bpf.h', 'utf8');
  const list = /enum bpf_cmd \{([^}]*)\}/.exec(source)![1]!;
  const ofHeader = [...list.matchAll(/^\s*(BPF_\w+),/gm)].map(([, name]) => name);
  t.deepEqual(names, ofHeader.slice(0, names.length));
  t.deepEqual(Object.values(BPF_COMMANDS), names.map((_, index) => index));
});

for (const { title, table, headers, atLeast } of CASES) {
  test(`constants of ${title} are those of the headers`, (t) => {
    const theirs = askHeaders(headers, Object.keys(table));
    const wrong = Object.entries(table).filter(([name, ours]) => {
      const value = theirs.get(name);
      return value !== undefined && !agrees(ours, value);
    });
    t.deepEqual(wrong, []);
    t.true(theirs.size >= atLeast, `${theirs.size} of ${Object.keys(table).length} names asked`);
  });
}
