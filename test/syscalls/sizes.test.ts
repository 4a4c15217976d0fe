/** The sizes of structures that the kernel reads, against the headers. What it writes, kernel.test asks itself. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test from 'ava';
import { BASE, FakeMemory, inputsOf, written } from './guest.js';

const A = BASE + 0x100;

interface Structure {
  readonly name: string;
  readonly header: string;
  /** A call that reads one at A, or writes one there where `result` is given. */
  readonly call: readonly [name: string, args: readonly number[], result?: number];
}

const STRUCTURES: readonly Structure[] = [
  { name: 'struct utimbuf', header: 'linux/utime.h', call: ['utime', [0, A]] },
  { name: 'struct open_how', header: 'linux/openat2.h', call: ['openat2', [0, 0, A, 24]] },
  { name: 'struct flock', header: 'linux/fcntl.h', call: ['fcntl', [0, 6, A]] },
  { name: 'struct f_owner_ex', header: 'linux/fcntl.h', call: ['fcntl', [0, 15, A]] },
  { name: 'struct epoll_event', header: 'linux/eventpoll.h', call: ['epoll_ctl', [0, 1, 0, A]] },
  { name: 'struct iocb', header: 'linux/aio_abi.h', call: ['io_cancel', [0, A, 0]] },
  { name: 'struct io_event', header: 'linux/aio_abi.h', call: ['io_cancel', [0, 0, A], 0] },
  { name: 'struct termios', header: 'asm/termbits.h', call: ['ioctl', [0, 0x5402, A]] },
  { name: 'struct termio', header: 'asm/termios.h', call: ['ioctl', [0, 0x5406, A]] },
  { name: 'struct winsize', header: 'asm/termios.h', call: ['ioctl', [0, 0x5414, A]] },
  { name: 'struct serial_struct', header: 'linux/serial.h', call: ['ioctl', [0, 0x541e, A], 0] },
  { name: 'struct serial_icounter_struct', header: 'linux/serial.h', call: ['ioctl', [0, 0x545d, A], 0] },
  { name: 'struct serial_rs485', header: 'linux/serial.h', call: ['ioctl', [0, 0x542e, A], 0] },
  { name: 'struct ifreq', header: 'linux/if.h', call: ['ioctl', [0, 0x8914, A]] },
  { name: 'struct arpreq', header: 'linux/if_arp.h', call: ['ioctl', [0, 0x8953, A]] },
  { name: 'struct rtentry', header: 'linux/route.h', call: ['ioctl', [0, 0x890b, A]] },
  { name: 'struct loop_info', header: 'linux/loop.h', call: ['ioctl', [0, 0x4c02, A]] },
  { name: 'struct loop_info64', header: 'linux/loop.h', call: ['ioctl', [0, 0x4c04, A]] },
  { name: 'struct loop_config', header: 'linux/loop.h', call: ['ioctl', [0, 0x4c0a, A]] },
  { name: 'struct vt_mode', header: 'linux/vt.h', call: ['ioctl', [0, 0x5602, A]] },
  { name: 'struct vt_stat', header: 'linux/vt.h', call: ['ioctl', [0, 0x5603, A], 0] },
  { name: 'struct sigaltstack', header: 'asm/signal.h', call: ['sigaltstack', [A, 0]] },
  { name: 'struct sigevent', header: 'linux/signal.h', call: ['mq_notify', [0, A]] },
  { name: 'siginfo_t', header: 'linux/signal.h', call: ['rt_sigqueueinfo', [0, 0, A]] },
  { name: 'struct __kernel_itimerspec', header: 'linux/time_types.h', call: ['timer_settime', [0, 0, A, 0]] },
  { name: 'struct itimerval', header: 'linux/time.h', call: ['setitimer', [0, A, 0]] },
  { name: 'struct timezone', header: 'linux/time.h', call: ['settimeofday', [0, A]] },
  { name: 'struct rlimit', header: 'linux/resource.h', call: ['setrlimit', [0, A]] },
  { name: 'struct __user_cap_header_struct', header: 'linux/capability.h', call: ['capset', [A, 0]] },
  { name: 'struct user_desc', header: 'asm/ldt.h', call: ['modify_ldt', [1, A, 16]] },
  { name: 'struct sock_fprog', header: 'linux/filter.h', call: ['prctl', [22, 2, A]] },
  { name: 'struct seccomp_notif_sizes', header: 'linux/seccomp.h', call: ['seccomp', [3, 0, A], 0] },
  { name: 'struct futex_waitv', header: 'linux/futex.h', call: ['futex_waitv', [A, 1, 0, 0, 0]] },
  { name: 'struct sembuf', header: 'linux/sem.h', call: ['semop', [0, A, 1]] },
  { name: 'struct semid64_ds', header: 'linux/sem.h', call: ['semctl', [0, 0, 1, A]] },
  { name: 'struct shmid64_ds', header: 'linux/shm.h', call: ['shmctl', [0, 1, A]] },
  { name: 'struct msqid64_ds', header: 'linux/msg.h', call: ['msgctl', [0, 1, A]] },
  { name: 'struct mq_attr', header: 'linux/mqueue.h', call: ['mq_getsetattr', [0, A, 0]] },
  { name: 'struct keyctl_dh_params', header: 'linux/keyctl.h', call: ['keyctl', [23, A, 0, 0]] },
  { name: 'struct keyctl_pkey_query', header: 'linux/keyctl.h', call: ['keyctl', [24, 0, 0, 0, A], 0] },
  { name: 'struct kexec_segment', header: 'linux/kexec.h', call: ['kexec_load', [0, 1, A, 0]] },
  { name: 'struct if_dqblk', header: 'linux/quota.h', call: ['quotactl', [0x80000800 | 0, 0, 0, A]] },
  { name: 'struct if_dqinfo', header: 'linux/quota.h', call: ['quotactl', [0x80000600 | 0, 0, 0, A]] },
  { name: 'struct fs_disk_quota', header: 'linux/dqblk_xfs.h', call: ['quotactl', [0x580400, 0, 0, A]] },
  { name: 'struct fs_quota_stat', header: 'linux/dqblk_xfs.h', call: ['quotactl', [0x580500, 0, 0, A], 0] },
  { name: 'struct fs_quota_statv', header: 'linux/dqblk_xfs.h', call: ['quotactl', [0x580800, 0, 0, A], 0] },
];

/** What sizeof says. Kernel headers clash with each other, so each structure has a file of its own. */
function sizeOf({ name, header }: Structure, folder: string): number {
  const source = join(folder, 'size.c');
  // An array of that size, and its size in the object's symbol table.
  writeFileSync(source, `#include <stddef.h>\n#include <linux/types.h>\n#include <${header}>\nchar it[sizeof(${name})];\n`);
  execFileSync('gcc', ['-w', '-fno-common', '-c', '-o', join(folder, 'size.o'), source], { stdio: 'pipe' });
  const symbols = execFileSync('nm', ['-S', join(folder, 'size.o')], { encoding: 'utf8' });
  return parseInt(/^\w+ (\w+) \w it$/m.exec(symbols)![1]!, 16);
}

function lengthAtA([name, args, result]: Structure['call']): number | undefined {
  if (result !== undefined) return written(name, { args, result }).find(([address]) => address === A)?.[1];
  return inputsOf(name, args, new FakeMemory()).find((input) => input.address === A)?.bytes.length;
}

test('structures are as long as the headers say', (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'portrace-sizes-'));
  try {
    const ours = STRUCTURES.map((structure) => `${structure.name} ${lengthAtA(structure.call)}`);
    t.deepEqual(ours, STRUCTURES.map((structure) => `${structure.name} ${sizeOf(structure, folder)}`));
  } finally {
    rmSync(folder, { recursive: true });
  }
});
