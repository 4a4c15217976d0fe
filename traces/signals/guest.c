/*
 * Signals that are blocked, waited for, ignored, and that kill; a fault; a timer. None is handled: for a
 * handler the kernel saves and resets extended state, whose layout depends on the processor.
 */
#include "../guest.h"
#include <asm/signal.h>
#include <asm/siginfo.h>
#include <linux/time.h>

struct action {
  void (*handler)(int);
  unsigned long flags;
  void (*restorer)(void);
  unsigned long mask;
};

static int ended(long pid) {
  int status = -1;
  EXPECT(CALL(wait4, pid, &status, 0, 0, 0, 0) == pid);
  return status;
}

static void killed_children(void) {
  long page = CALL(mmap, 0, 4096, 0, 0x22, -1, 0);
  long pid = CALL(fork, 0, 0, 0, 0, 0, 0);
  if (pid == 0) {
    *(volatile long *)page = 42;
    finish(1);
  }
  EXPECT((ended(pid) & 0x7f) == SIGSEGV);
  pid = CALL(fork, 0, 0, 0, 0, 0, 0);
  if (pid == 0) {
    CALL(kill, CALL(getpid, 0, 0, 0, 0, 0, 0), SIGUSR1, 0, 0, 0, 0);
    finish(1);
  }
  EXPECT(ended(pid) == SIGUSR1);
}

int run(void) {
  long pid = CALL(getpid, 0, 0, 0, 0, 0, 0);
  killed_children();
  unsigned long mask = 1ul << (SIGUSR2 - 1) | 1ul << (SIGALRM - 1);
  EXPECT(CALL(rt_sigprocmask, SIG_BLOCK, &mask, 0, 8, 0, 0) == 0);
  EXPECT(CALL(tgkill, pid, pid, SIGUSR2, 0, 0, 0) == 0);
  unsigned long pending = 0;
  EXPECT(CALL(rt_sigpending, &pending, 8, 0, 0, 0, 0) == 0 && pending == 1ul << (SIGUSR2 - 1));
  siginfo_t info;
  EXPECT(CALL(rt_sigtimedwait, &mask, &info, 0, 8, 0, 0) == SIGUSR2);
  EXPECT(info.si_pid == pid);
  struct __kernel_itimerspec soon = {{0, 0}, {0, 1000000}};
  int timer;
  EXPECT(CALL(timer_create, 1, 0, &timer, 0, 0, 0) == 0);
  EXPECT(CALL(timer_settime, timer, 0, &soon, 0, 0, 0) == 0);
  EXPECT(CALL(rt_sigtimedwait, &mask, &info, 0, 8, 0, 0) == SIGALRM);
  struct action ignore = {(void (*)(int))1, 0, 0, 0};
  EXPECT(CALL(rt_sigaction, SIGPIPE, &ignore, 0, 8, 0, 0) == 0);
  int ends[2];
  EXPECT(CALL(pipe2, ends, 0, 0, 0, 0, 0) == 0);
  EXPECT(CALL(close, ends[0], 0, 0, 0, 0, 0) == 0);
  EXPECT(CALL(write, ends[1], "x", 1, 0, 0, 0) == -32);
  say("signals done\n");
  CALL(kill, pid, SIGTERM, 0, 0, 0, 0);
  return 1;
}
