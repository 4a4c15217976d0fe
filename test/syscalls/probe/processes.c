/* Processes, limits, scheduling, futexes. */
#define _GNU_SOURCE
#include <linux/capability.h>
#include <linux/futex.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

#include "probe.h"

static void have_child(void)
{
	pid_t child = fork();
	if (child == 0) _exit(7);
	siginfo_t info;
	waitid(P_PID, child, &info, WEXITED | WNOWAIT);
}

static void futexes(void)
{
	give_int(A, 1);
	give_int(B, 1);
	/* Second word: add 5, wake where it was 1. */
	call(SYS_futex, PA, FUTEX_WAKE_OP, 1, 1, PB, FUTEX_OP(FUTEX_OP_ADD, 5, FUTEX_OP_CMP_EQ, 1));
	give_int(A, 0);
	call(SYS_futex, PA, FUTEX_LOCK_PI_PRIVATE, 0, 0);
	give_int(A, 0);
	call(SYS_futex, PA, FUTEX_TRYLOCK_PI_PRIVATE, 0, 0);
	give_int(A, syscall(SYS_gettid));
	call(SYS_futex, PA, FUTEX_UNLOCK_PI_PRIVATE, 0, 0);
	give_int(A, 5);
	call(SYS_futex, PA, FUTEX_WAIT, 6, 0);
}

static void schedulers(void)
{
	call(SYS_sched_getaffinity, 0, 128, PA);
	call(SYS_sched_getparam, 0, PA);
	call(SYS_sched_rr_get_interval, 0, PA);
	call(SYS_sched_getattr, 0, PA, 48, 0);
	call(SYS_sched_getattr, 0, PA, 100, 0);
	give_int(A, 4000);
	memset(area + A + 4, 0, 8);
	call(SYS_sched_setattr, 0, PA, 0);
	call(SYS_getcpu, PA, PB, 0);
}

void probe_processes(void)
{
	before_it(have_child);
	call(SYS_wait4, -1, PA, 0, PB);
	before_it(have_child);
	call(SYS_waitid, P_ALL, 0, PA, WEXITED, PB);
	call(SYS_waitid, P_ALL, 0, PA, WEXITED, PB);
	call(SYS_wait4, -1, PA, 0, PB);
	call(SYS_getrusage, RUSAGE_SELF, PA);
	call(SYS_getrlimit, RLIMIT_NOFILE, PA);
	call(SYS_prlimit64, 0, RLIMIT_CORE, 0, PA);
	call(SYS_getgroups, 0, PA);
	call(SYS_getgroups, 100, PA);
	call(SYS_getresuid, PA, PB, PC);
	call(SYS_getresgid, PA, PB, PC);
	static const int versions[] = { _LINUX_CAPABILITY_VERSION_1, _LINUX_CAPABILITY_VERSION_2, _LINUX_CAPABILITY_VERSION_3, 0x1234 };
	for (size_t i = 0; i < sizeof versions / sizeof *versions; i++) {
		give_int(A, versions[i]);
		give_int(A + 4, 0);
		call(SYS_capget, PA, PB);
	}
	static const int options[] = { PR_GET_NAME, PR_GET_PDEATHSIG, PR_GET_TSC, PR_GET_CHILD_SUBREAPER, PR_GET_TID_ADDRESS,
		PR_GET_DUMPABLE, PR_GET_TIMERSLACK, PR_GET_SECUREBITS };
	for (size_t i = 0; i < sizeof options / sizeof *options; i++) call(SYS_prctl, options[i], PA);
	call(SYS_arch_prctl, 0x1003 /* ARCH_GET_FS */, PA);
	call(SYS_arch_prctl, 0x1004 /* ARCH_GET_GS */, PA);
	call(SYS_arch_prctl, 0x1021 /* ARCH_GET_XCOMP_SUPP */, PA);
	call(SYS_arch_prctl, 0x1022 /* ARCH_GET_XCOMP_PERM */, PA);
	call(SYS_get_robust_list, 0, PA, PB);
	schedulers();
	futexes();

	struct iovec local[2] = { { (void *)PC, 10 }, { (void *)PD, 100 } };
	struct iovec remote = { (void *)"abcdefghijklmnop", 16 };
	give(A, local, sizeof local);
	give(B, &remote, sizeof remote);
	call(SYS_process_vm_readv, getpid(), PA, 2, PB, 1, 0);
}
