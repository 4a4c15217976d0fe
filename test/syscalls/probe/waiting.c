/* Waiting, signals, clocks and timers. */
#define _GNU_SOURCE
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/select.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/timex.h>
#include <time.h>
#include <unistd.h>

#include "probe.h"

static int ends[2];
static timer_t alarm_timer;

static void handler(int signal) { (void)signal; }
static void alarm_soon(void)
{
	struct itimerval soon = { .it_value = { 0, 30000 } };
	setitimer(ITIMER_REAL, &soon, NULL);
}
static void raise_blocked(void) { kill(getpid(), SIGUSR1); }
static void arm(void)
{
	struct itimerval later = { .it_interval = { 5, 0 }, .it_value = { 1000, 0 } };
	setitimer(ITIMER_VIRTUAL, &later, NULL);
}

static void give_polls(void)
{
	struct pollfd polls[2] = { { ends[0], POLLIN, 0x7777 }, { ends[1], POLLOUT, 0x7777 } };
	give(A, polls, sizeof polls);
}
static void give_time(size_t at, long seconds, long rest)
{
	give_long(at, seconds);
	give_long(at + 8, rest);
}
static void give_sets(void)
{
	unsigned long reading[2] = { 1UL << ends[0], 0 };
	unsigned long writing[2] = { 1UL << ends[1], 0 };
	give(A, reading, sizeof reading);
	give(B, writing, sizeof writing);
}

static void waits(void)
{
	if (pipe(ends) != 0) _exit(4);
	give_polls();
	call(SYS_poll, PA, 2, 100);
	give_polls();
	before_it(alarm_soon);
	call(SYS_poll, PA, 1, 1000);
	give_polls();
	give_time(B, 3, 5);
	call(SYS_ppoll, PA, 2, PB, 0, 8);
	give_polls();
	give_time(B, 3, 5);
	before_it(alarm_soon);
	call(SYS_ppoll, PA, 1, PB, 0, 8);
	give_sets();
	give_time(D, 2, 7);
	call(SYS_select, 65, PA, PB, 0, PD);
	give_long(A, 1L << ends[0]);
	give_time(D, 2, 7);
	before_it(alarm_soon);
	call(SYS_select, ends[0] + 1, PA, 0, 0, PD);
	give_sets();
	give_time(D, 2, 7);
	call(SYS_pselect6, 64, PA, PB, 0, PD, 0);
	give_long(A, 1L << 60);
	give_time(D, 2, 7);
	call(SYS_pselect6, 64, PA, 0, 0, PD, 0);

	int epoll = epoll_create1(0);
	struct epoll_event event = { EPOLLOUT, { .u64 = 0x1234567890 } };
	epoll_ctl(epoll, EPOLL_CTL_ADD, ends[1], &event);
	call(SYS_epoll_wait, epoll, PA, 10, 0);
	call(SYS_epoll_pwait, epoll, PA, 10, 0, 0, 8);
	give_time(B, 0, 0);
	call(SYS_epoll_pwait2, epoll, PA, 10, PB, 0, 8);
}

static void signals(void)
{
	call(SYS_rt_sigaction, SIGALRM, 0, PA, 8);
	call(SYS_rt_sigprocmask, SIG_BLOCK, 0, PA, 8);
	call(SYS_rt_sigpending, PA, 8);
	sigset_t set;
	sigemptyset(&set);
	sigaddset(&set, SIGUSR1);
	sigprocmask(SIG_BLOCK, &set, NULL);
	before_it(raise_blocked);
	give(A, &set, 8);
	call(SYS_rt_sigtimedwait, PA, PB, 0, 8);
	call(SYS_sigaltstack, 0, PA);
}

static void clocks(void)
{
	before_it(arm);
	call(SYS_getitimer, ITIMER_VIRTUAL, PA);
	before_it(arm);
	give_time(A, 0, 0);
	give_time(A + 16, 500, 0);
	call(SYS_setitimer, ITIMER_VIRTUAL, PA, PB);
	call(SYS_clock_gettime, CLOCK_REALTIME, PA);
	call(SYS_clock_getres, CLOCK_MONOTONIC, PA);
	give_time(A, 0, 1000);
	call(SYS_nanosleep, PA, PB);
	give_time(A, 2, 0);
	before_it(alarm_soon);
	call(SYS_nanosleep, PA, PB);
	give_time(A, 2, 0);
	before_it(alarm_soon);
	call(SYS_clock_nanosleep, CLOCK_MONOTONIC, 0, PA, PB);
	call(SYS_gettimeofday, PA, PB);
	call(SYS_time, PA);
	call(SYS_times, PA);
	struct timex timex;
	memset(&timex, 0, sizeof timex);
	give(A, &timex, sizeof timex);
	call(SYS_adjtimex, PA);
	give(A, &timex, sizeof timex);
	call(SYS_clock_adjtime, CLOCK_REALTIME, PA);
	call(SYS_timer_create, CLOCK_MONOTONIC, 0, PA);
	struct sigevent nothing = { .sigev_notify = SIGEV_NONE };
	if (timer_create(CLOCK_MONOTONIC, &nothing, &alarm_timer) == 0) {
		int id;
		/* The C library may wrap the kernel's number: ask for one of our own. */
		if (syscall(SYS_timer_create, CLOCK_MONOTONIC, &nothing, &id) == 0) {
			give_time(A, 3, 0);
			give_time(A + 16, 300, 0);
			call(SYS_timer_settime, id, 0, PA, PB);
			call(SYS_timer_gettime, id, PA);
		}
	}
	int descriptor = syscall(SYS_timerfd_create, CLOCK_MONOTONIC, 0);
	give_time(A, 3, 0);
	give_time(A + 16, 300, 0);
	call(SYS_timerfd_settime, descriptor, 0, PA, PB);
	call(SYS_timerfd_gettime, descriptor, PA);
}

void probe_waiting(void)
{
	struct sigaction action = { .sa_handler = handler };
	sigaction(SIGALRM, &action, NULL);
	waits();
	signals();
	clocks();
}
