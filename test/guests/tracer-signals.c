/*
 * How a tracer attaches to a running task and makes it stop, and how it hears of stops (ptrace(2)):
 * ATTACH, SEIZE, INTERRUPT, LISTEN, DETACH, group stops, SIGCHLD, waitid.
 */
#include <pthread.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/user.h>
#include <sys/wait.h>

#include "expect.h"

#define STOPPED_BY(signal) (((signal) << 8) | 0x7f)
#define EVENT_STOP(signal) ((PTRACE_EVENT_STOP << 16) | STOPPED_BY(signal))

static int wait_for(pid_t pid) {
  int status;
  EXPECT_SAME(waitpid(pid, &status, __WALL), pid);
  return status;
}

/* A child that says through a pipe that it runs, and then sleeps in a call or computes for ever. */
enum work { SLEEPS, COMPUTES };
static volatile int sink;
static pid_t start(enum work work) {
  int ready[2];
  EXPECT_SAME(pipe(ready), 0);
  pid_t pid = fork();
  EXPECT(pid >= 0);
  if (pid == 0) {
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    EXPECT_SAME(write(ready[1], "r", 1), 1);
    if (work == COMPUTES)
      for (;;) sink++;
    for (;;) pause();
  }
  char byte;
  EXPECT_SAME(read(ready[0], &byte, 1), 1);
  close(ready[0]);
  close(ready[1]);
  return pid;
}

static void end(pid_t pid) {
  EXPECT_SAME(kill(pid, SIGKILL), 0);
  EXPECT_SAME(wait_for(pid), SIGKILL);
}

static void attach(void) {
  pid_t pid = start(SLEEPS);
  EXPECT_SAME(ptrace(PTRACE_ATTACH, pid, 0, 0), 0);
  EXPECT_SAME(wait_for(pid), STOPPED_BY(SIGSTOP));
  errno = 0;
  EXPECT_SAME(ptrace(PTRACE_ATTACH, pid, 0, 0), -1);
  EXPECT_SAME(errno, EPERM);
  errno = 0;
  EXPECT_SAME(ptrace(PTRACE_INTERRUPT, pid, 0, 0), -1);
  EXPECT_SAME(errno, EIO);
  EXPECT_SAME(ptrace(PTRACE_DETACH, pid, 0, 0), 0);
  errno = 0;
  EXPECT_SAME(ptrace(PTRACE_CONT, pid, 0, 0), -1);
  EXPECT_SAME(errno, ESRCH);
  end(pid);
  ok("attached and left");
}

static void interrupt(enum work work) {
  pid_t pid = start(work);
  EXPECT_SAME(ptrace(PTRACE_SEIZE, pid, 0, PTRACE_O_TRACESYSGOOD), 0);
  int status;
  EXPECT_SAME(waitpid(pid, &status, WNOHANG), 0);
  for (int round = 0; round < 3; round++) {
    EXPECT_SAME(ptrace(PTRACE_INTERRUPT, pid, 0, 0), 0);
    EXPECT_SAME(wait_for(pid), EVENT_STOP(SIGTRAP));
    siginfo_t info;
    EXPECT_SAME(ptrace(PTRACE_GETSIGINFO, pid, 0, &info), 0);
    EXPECT_SAME(info.si_signo, SIGTRAP);
    EXPECT_SAME(info.si_code, SIGTRAP | PTRACE_EVENT_STOP << 8);
    struct user_regs_struct registers;
    EXPECT_SAME(ptrace(PTRACE_GETREGS, pid, 0, &registers), 0);
    EXPECT(registers.rip != 0);
    EXPECT_SAME(ptrace(PTRACE_CONT, pid, 0, 0), 0);
  }
  end(pid);
  ok("interrupted while it %s", work == SLEEPS ? "sleeps" : "computes");
}

static void group_stop(void) {
  pid_t pid = start(SLEEPS);
  EXPECT_SAME(ptrace(PTRACE_SEIZE, pid, 0, 0), 0);
  EXPECT_SAME(kill(pid, SIGSTOP), 0);
  EXPECT_SAME(wait_for(pid), STOPPED_BY(SIGSTOP));
  EXPECT_SAME(ptrace(PTRACE_CONT, pid, 0, SIGSTOP), 0);
  EXPECT_SAME(wait_for(pid), EVENT_STOP(SIGSTOP));
  EXPECT_SAME(ptrace(PTRACE_LISTEN, pid, 0, 0), 0);
  int status;
  EXPECT_SAME(waitpid(pid, &status, WNOHANG), 0);
  EXPECT_SAME(kill(pid, SIGCONT), 0);
  EXPECT_SAME(wait_for(pid), EVENT_STOP(SIGTRAP));
  EXPECT_SAME(ptrace(PTRACE_CONT, pid, 0, 0), 0);
  EXPECT_SAME(wait_for(pid), STOPPED_BY(SIGCONT));
  EXPECT_SAME(ptrace(PTRACE_DETACH, pid, 0, SIGCONT), 0);
  end(pid);
  ok("stopped as a group, listened to, continued");
}

static volatile sig_atomic_t heard;
static siginfo_t last;
static void on_child(int signal, siginfo_t *info, void *context) {
  (void)signal, (void)context;
  heard++;
  last = *info;
}

static void handle(int flags) {
  struct sigaction action = {.sa_sigaction = on_child, .sa_flags = SA_SIGINFO | flags};
  EXPECT_SAME(sigaction(SIGCHLD, &action, NULL), 0);
  heard = 0;
}

/* Stops are told by SIGCHLD: while it is blocked it waits, as one. */
static void child_signal(void) {
  sigset_t blocked, before;
  sigemptyset(&blocked);
  sigaddset(&blocked, SIGCHLD);
  EXPECT_SAME(sigprocmask(SIG_BLOCK, &blocked, &before), 0);
  handle(0);
  pid_t pid = start(SLEEPS);
  EXPECT_SAME(ptrace(PTRACE_SEIZE, pid, 0, 0), 0);
  EXPECT_SAME(ptrace(PTRACE_INTERRUPT, pid, 0, 0), 0);
  while (!heard) sigsuspend(&before);
  EXPECT_SAME(heard, 1);
  EXPECT_SAME(last.si_signo, SIGCHLD);
  EXPECT_SAME(last.si_code, CLD_STOPPED);
  EXPECT_SAME(last.si_pid, pid);
  EXPECT_SAME(last.si_uid, getuid());
  EXPECT_SAME(last.si_status, 0);
  EXPECT_SAME(wait_for(pid), EVENT_STOP(SIGTRAP));
  heard = 0;
  EXPECT_SAME(ptrace(PTRACE_CONT, pid, 0, 0), 0);
  EXPECT_SAME(kill(pid, SIGUSR1), 0);
  while (!heard) sigsuspend(&before);
  EXPECT_SAME(last.si_code, CLD_TRAPPED);
  EXPECT_SAME(last.si_status, SIGUSR1);
  EXPECT_SAME(wait_for(pid), STOPPED_BY(SIGUSR1));
  ok("SIGCHLD for stops");

  handle(SA_NOCLDSTOP);
  EXPECT_SAME(ptrace(PTRACE_CONT, pid, 0, 0), 0);
  EXPECT_SAME(ptrace(PTRACE_INTERRUPT, pid, 0, 0), 0);
  EXPECT_SAME(wait_for(pid), EVENT_STOP(SIGTRAP));
  EXPECT_SAME(sigprocmask(SIG_SETMASK, &before, NULL), 0);
  EXPECT_SAME(heard, 0);
  ok("no SIGCHLD for a stop with SA_NOCLDSTOP");

  EXPECT_SAME(sigprocmask(SIG_BLOCK, &blocked, &before), 0);
  EXPECT_SAME(kill(pid, SIGKILL), 0);
  while (!heard) sigsuspend(&before);
  EXPECT_SAME(last.si_code, CLD_KILLED);
  EXPECT_SAME(last.si_status, SIGKILL);
  EXPECT_SAME(wait_for(pid), SIGKILL);
  EXPECT_SAME(sigprocmask(SIG_SETMASK, &before, NULL), 0);
  signal(SIGCHLD, SIG_DFL);
  ok("SIGCHLD for a death");
}

/* waitid shows the stop's whole status; with WNOWAIT it can be told again. */
static void wait_by_id(void) {
  pid_t pid = start(SLEEPS);
  EXPECT_SAME(ptrace(PTRACE_SEIZE, pid, 0, 0), 0);
  siginfo_t info;
  memset(&info, 0xee, sizeof info);
  EXPECT_SAME(waitid(P_PID, pid, &info, WSTOPPED | WEXITED | WNOHANG), 0);
  EXPECT_SAME(info.si_pid, 0);
  EXPECT_SAME(ptrace(PTRACE_INTERRUPT, pid, 0, 0), 0);
  const int options[] = {WSTOPPED | WNOWAIT, WSTOPPED | WNOWAIT | WNOHANG, WSTOPPED};
  for (int i = 0; i < 3; i++) {
    /* The stop itself has to be awaited the first time only. */
    EXPECT_SAME(waitid(i == 2 ? P_ALL : P_PID, pid, &info, options[i]), 0);
    EXPECT_SAME(info.si_signo, SIGCHLD);
    EXPECT_SAME(info.si_code, CLD_TRAPPED);
    EXPECT_SAME(info.si_pid, pid);
    EXPECT_SAME(info.si_status, SIGTRAP | PTRACE_EVENT_STOP << 8);
  }
  EXPECT_SAME(waitid(P_PID, pid, &info, WSTOPPED | WNOHANG), 0);
  EXPECT_SAME(info.si_pid, 0);
  EXPECT_SAME(kill(pid, SIGKILL), 0);
  EXPECT_SAME(waitid(P_PID, pid, &info, WEXITED), 0);
  EXPECT_SAME(info.si_code, CLD_KILLED);
  EXPECT_SAME(info.si_status, SIGKILL);
  memset(&info, 0xee, sizeof info);
  EXPECT_SAME(waitid(P_PID, pid, &info, WEXITED), -1);
  EXPECT_SAME(errno, ECHILD);
  EXPECT_SAME(info.si_signo, 0); /* cleared whatever the result */
  ok("waitid");
}

/* A tracer that is not the parent hears of stops and of the end, and so does the parent. */
static void not_a_child(void) {
  pid_t pid = start(SLEEPS);
  pid_t tracer = fork();
  if (tracer == 0) {
    int status;
    EXPECT_SAME(waitpid(-1, &status, 0), -1);
    EXPECT_SAME(errno, ECHILD);
    EXPECT_SAME(ptrace(PTRACE_SEIZE, pid, 0, 0), 0);
    EXPECT_SAME(ptrace(PTRACE_INTERRUPT, pid, 0, 0), 0);
    EXPECT_SAME(waitpid(-1, &status, 0), pid);
    EXPECT_SAME(status, EVENT_STOP(SIGTRAP));
    EXPECT_SAME(ptrace(PTRACE_CONT, pid, 0, 0), 0);
    EXPECT_SAME(kill(pid, SIGTERM), 0);
    EXPECT_SAME(waitpid(-1, &status, 0), pid);
    EXPECT_SAME(status, STOPPED_BY(SIGTERM));
    EXPECT_SAME(ptrace(PTRACE_CONT, pid, 0, SIGTERM), 0);
    EXPECT_SAME(waitpid(-1, &status, 0), pid);
    EXPECT_SAME(status, SIGTERM);
    EXPECT_SAME(waitpid(-1, &status, 0), -1);
    EXPECT_SAME(errno, ECHILD);
    _exit(0);
  }
  EXPECT_SAME(wait_for(tracer), 0);
  EXPECT_SAME(wait_for(pid), SIGTERM);
  ok("a tracee that is another's child");
}

/* A signal that a tracer puts in place of the one that came. */
static void another_signal(void) {
  pid_t pid = start(COMPUTES);
  EXPECT_SAME(ptrace(PTRACE_SEIZE, pid, 0, 0), 0);
  EXPECT_SAME(kill(pid, SIGUSR1), 0);
  EXPECT_SAME(wait_for(pid), STOPPED_BY(SIGUSR1));
  EXPECT_SAME(ptrace(PTRACE_CONT, pid, 0, SIGUSR2), 0);
  EXPECT_SAME(wait_for(pid), SIGUSR2);
  ok("another signal than the one that came");
}

static pid_t awaited;
static void *waits(void *status) {
  *(int *)status = wait_for(awaited);
  return NULL;
}

/* Any thread of the tracer's group may wait for what one of them traces. */
static void another_thread(void) {
  awaited = start(SLEEPS);
  int status = 0;
  pthread_t thread;
  EXPECT_SAME(pthread_create(&thread, NULL, waits, &status), 0);
  EXPECT_SAME(ptrace(PTRACE_SEIZE, awaited, 0, 0), 0);
  EXPECT_SAME(ptrace(PTRACE_INTERRUPT, awaited, 0, 0), 0);
  EXPECT_SAME(pthread_join(thread, NULL), 0);
  EXPECT_SAME(status, EVENT_STOP(SIGTRAP));
  end(awaited);
  ok("a stop awaited by another thread");
}

/* A signal that a tracer gives at a call's stop comes from the kernel. */
static void signal_at_call(void) {
  pid_t pid = fork();
  if (pid == 0) {
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (ptrace(PTRACE_TRACEME, 0, 0, 0) < 0) _exit(99);
    raise(SIGSTOP);
    for (;;) syscall(SYS_getppid);
  }
  EXPECT_SAME(wait_for(pid), STOPPED_BY(SIGSTOP));
  EXPECT_SAME(ptrace(PTRACE_SYSCALL, pid, 0, 0), 0);
  EXPECT_SAME(wait_for(pid), STOPPED_BY(SIGTRAP));
  EXPECT_SAME(ptrace(PTRACE_CONT, pid, 0, SIGUSR1), 0);
  EXPECT_SAME(wait_for(pid), STOPPED_BY(SIGUSR1));
  siginfo_t info;
  EXPECT_SAME(ptrace(PTRACE_GETSIGINFO, pid, 0, &info), 0);
  EXPECT_SAME(info.si_code, SI_KERNEL);
  EXPECT_SAME(info.si_pid, 0);
  end(pid);
  ok("a signal given at a call's stop");
}

static void refusals(void) {
  errno = 0;
  EXPECT_SAME(ptrace(PTRACE_SEIZE, getpid(), 0, 0), -1);
  EXPECT_SAME(errno, EPERM);
  pid_t pid = start(SLEEPS);
  errno = 0;
  EXPECT_SAME(ptrace(PTRACE_SEIZE, pid, 8, 0), -1);
  EXPECT_SAME(errno, EIO);
  errno = 0;
  EXPECT_SAME(ptrace(PTRACE_SEIZE, pid, 0, 1L << 31), -1);
  EXPECT_SAME(errno, EIO);
  EXPECT_SAME(ptrace(PTRACE_SEIZE, pid, 0, 0), 0);
  EXPECT_SAME(ptrace(PTRACE_INTERRUPT, pid, 0, 0), 0);
  EXPECT_SAME(wait_for(pid), EVENT_STOP(SIGTRAP));
  sigset_t mask;
  errno = 0;
  EXPECT_SAME(ptrace(PTRACE_GETSIGMASK, pid, 4, &mask), -1);
  EXPECT_SAME(errno, EINVAL);
  sigemptyset(&mask);
  sigaddset(&mask, SIGUSR1);
  EXPECT_SAME(ptrace(PTRACE_SETSIGMASK, pid, 8, &mask), 0);
  sigemptyset(&mask);
  EXPECT_SAME(ptrace(PTRACE_GETSIGMASK, pid, 8, &mask), 0);
  EXPECT(sigismember(&mask, SIGUSR1));
  end(pid);
  errno = 0;
  EXPECT_SAME(ptrace(PTRACE_SEIZE, pid, 0, 0), -1);
  EXPECT_SAME(errno, ESRCH);
  ok("refusals");
}

int main(void) {
  attach();
  interrupt(SLEEPS);
  interrupt(COMPUTES);
  group_stop();
  child_signal();
  wait_by_id();
  not_a_child();
  another_signal();
  signal_at_call();
  another_thread();
  refusals();
  return 0;
}
