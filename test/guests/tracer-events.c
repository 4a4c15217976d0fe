/*
 * The stops that a tracer can ask to hear of (ptrace(2), PTRACE_SETOPTIONS): fork, vfork, clone, exec and
 * exit, the tasks that it traces from their birth, and how those end.
 */
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/user.h>
#include <sys/wait.h>

#include <linux/ptrace.h>

#include "expect.h"

#define STOPPED_BY(signal) (((signal) << 8) | 0x7f)
#define EVENT(event) (((event) << 16) | STOPPED_BY(SIGTRAP))
#define ALL_EVENTS                                                                            \
  (PTRACE_O_TRACESYSGOOD | PTRACE_O_TRACEFORK | PTRACE_O_TRACEVFORK | PTRACE_O_TRACECLONE |   \
   PTRACE_O_TRACEEXEC | PTRACE_O_TRACEVFORKDONE | PTRACE_O_TRACEEXIT | PTRACE_O_EXITKILL)

static int wait_for(pid_t pid) {
  int status;
  EXPECT_SAME(waitpid(pid, &status, __WALL), pid);
  return status;
}

static unsigned long message(pid_t pid) {
  unsigned long value = 0;
  EXPECT_SAME(ptrace(PTRACE_GETEVENTMSG, pid, 0, &value), 0);
  return value;
}

static void go_on(pid_t pid, int signal) { EXPECT_SAME(ptrace(PTRACE_CONT, pid, 0, signal), 0); }

/* A child that stops itself, traced with all events on. */
static pid_t start(void (*body)(void)) {
  pid_t pid = fork();
  EXPECT(pid >= 0);
  if (pid == 0) {
    if (ptrace(PTRACE_TRACEME, 0, 0, 0) < 0) _exit(99);
    raise(SIGSTOP);
    body();
    _exit(0);
  }
  EXPECT_SAME(wait_for(pid), STOPPED_BY(SIGSTOP));
  EXPECT_SAME(ptrace(PTRACE_SETOPTIONS, pid, 0, ALL_EVENTS), 0);
  go_on(pid, 0);
  return pid;
}

/* The exit event, which shows the status, then the end. */
static void expect_end(pid_t pid, int status) {
  EXPECT_SAME(wait_for(pid), EVENT(PTRACE_EVENT_EXIT));
  EXPECT_SAME(message(pid), status);
  go_on(pid, 0);
  EXPECT_SAME(wait_for(pid), status);
}

/* A task that was born traced starts with a stop. */
static void let_born(pid_t pid) {
  EXPECT_SAME(wait_for(pid), STOPPED_BY(SIGSTOP));
  go_on(pid, 0);
}

static void forks(void) {
  pid_t pid = fork();
  if (pid == 0) _exit(3);
  int status;
  if (waitpid(pid, &status, 0) != pid || status != 3 << 8) _exit(98);
  _exit(4);
}

static void fork_event(void) {
  pid_t pid = start(forks);
  EXPECT_SAME(wait_for(pid), EVENT(PTRACE_EVENT_FORK));
  pid_t child = message(pid);
  let_born(child);
  expect_end(child, 3 << 8);
  go_on(pid, 0);
  /* SIGCHLD of the child's death goes through the tracer. */
  EXPECT_SAME(wait_for(pid), STOPPED_BY(SIGCHLD));
  siginfo_t info;
  EXPECT_SAME(ptrace(PTRACE_GETSIGINFO, pid, 0, &info), 0);
  EXPECT_SAME(info.si_code, CLD_EXITED);
  EXPECT_SAME(info.si_pid, child);
  EXPECT_SAME(info.si_status, 3);
  go_on(pid, SIGCHLD);
  expect_end(pid, 4 << 8);
  ok("fork: a tracee of its own from birth to death, of which its parent hears, too");
}

static void vforks(void) {
  pid_t pid = vfork();
  if (pid == 0) _exit(5);
  signal(SIGCHLD, SIG_IGN);
  _exit(6);
}

static void vfork_event(void) {
  pid_t pid = start(vforks);
  EXPECT_SAME(wait_for(pid), EVENT(PTRACE_EVENT_VFORK));
  pid_t child = message(pid);
  go_on(pid, 0);
  let_born(child);
  expect_end(child, 5 << 8);
  int status = wait_for(pid);
  if (status == STOPPED_BY(SIGCHLD)) {
    go_on(pid, 0);
    status = wait_for(pid);
  }
  EXPECT_SAME(status, EVENT(PTRACE_EVENT_VFORK_DONE));
  EXPECT_SAME(message(pid), child);
  go_on(pid, 0);
  status = wait_for(pid);
  if (status == STOPPED_BY(SIGCHLD)) {
    go_on(pid, 0);
    status = wait_for(pid);
  }
  EXPECT_SAME(status, EVENT(PTRACE_EVENT_EXIT));
  EXPECT_SAME(message(pid), 6 << 8);
  go_on(pid, 0);
  EXPECT_SAME(wait_for(pid), 6 << 8);
  ok("vfork: its event, the child's end, its end");
}

static void *thread(void *unused) {
  syscall(SYS_exit, 0);
  return unused;
}

static void threads(void) {
  pthread_t id;
  pthread_create(&id, NULL, thread, NULL);
  pthread_join(id, NULL);
  raise(SIGUSR1);
  _exit(7);
}

static void clone_event(void) {
  pid_t pid = start(threads);
  EXPECT_SAME(wait_for(pid), EVENT(PTRACE_EVENT_CLONE));
  pid_t child = message(pid);
  go_on(pid, 0);
  let_born(child);
  expect_end(child, 0);
  EXPECT_SAME(wait_for(pid), STOPPED_BY(SIGUSR1));
  go_on(pid, 0);
  expect_end(pid, 7 << 8);
  ok("clone: a thread's birth and death");
}

static void execs(void) {
  char *const arguments[] = {"true", NULL};
  char *const environment[] = {NULL};
  execve("/nonexistent", arguments, environment);
  execve("/bin/true", arguments, environment);
  _exit(97);
}

static void exec_event(void) {
  pid_t pid = start(execs);
  EXPECT_SAME(wait_for(pid), EVENT(PTRACE_EVENT_EXEC));
  EXPECT_SAME(message(pid), pid);
  go_on(pid, 0);
  expect_end(pid, 0);
  ok("exec: one event, no SIGTRAP");
}

static void killed(void) { raise(SIGTERM); }

static void exit_event(void) {
  pid_t pid = start(killed);
  EXPECT_SAME(wait_for(pid), STOPPED_BY(SIGTERM));
  go_on(pid, SIGTERM);
  EXPECT_SAME(wait_for(pid), EVENT(PTRACE_EVENT_EXIT));
  EXPECT_SAME(message(pid), SIGTERM);
  struct user_regs_struct registers;
  EXPECT_SAME(ptrace(PTRACE_GETREGS, pid, 0, &registers), 0);
  EXPECT(registers.rip != 0);
  go_on(pid, 0);
  EXPECT_SAME(wait_for(pid), SIGTERM);
  ok("exit: of a signal");
}

static void calls(void) {
  syscall(SYS_getppid);
  syscall(SYS_close, -1);
}

/* The structure that newer tracers ask for at call stops. */
static void call_information(void) {
  pid_t pid = fork();
  if (pid == 0) {
    if (ptrace(PTRACE_TRACEME, 0, 0, 0) < 0) _exit(99);
    raise(SIGSTOP);
    calls();
    _exit(0);
  }
  EXPECT_SAME(wait_for(pid), STOPPED_BY(SIGSTOP));
  EXPECT_SAME(ptrace(PTRACE_SETOPTIONS, pid, 0, PTRACE_O_TRACESYSGOOD), 0);
  struct ptrace_syscall_info info;
  memset(&info, 0, sizeof info);
  EXPECT_SAME(ptrace(PTRACE_GET_SYSCALL_INFO, pid, sizeof info, &info), 24);
  EXPECT_SAME(info.op, PTRACE_SYSCALL_INFO_NONE);
  const long numbers[] = {SYS_getppid, SYS_close};
  for (int call = 0; call < 2; call++) {
    EXPECT_SAME(ptrace(PTRACE_SYSCALL, pid, 0, 0), 0);
    EXPECT_SAME(wait_for(pid), STOPPED_BY(SIGTRAP | 0x80));
    EXPECT_SAME(ptrace(PTRACE_GET_SYSCALL_INFO, pid, sizeof info, &info), 80);
    EXPECT_SAME(info.op, PTRACE_SYSCALL_INFO_ENTRY);
    EXPECT_SAME(info.entry.nr, numbers[call]);
    EXPECT_SAME(message(pid), PTRACE_EVENTMSG_SYSCALL_ENTRY);
    EXPECT_SAME(ptrace(PTRACE_SYSCALL, pid, 0, 0), 0);
    EXPECT_SAME(wait_for(pid), STOPPED_BY(SIGTRAP | 0x80));
    EXPECT_SAME(ptrace(PTRACE_GET_SYSCALL_INFO, pid, sizeof info, &info), 33);
    EXPECT_SAME(info.op, PTRACE_SYSCALL_INFO_EXIT);
    EXPECT_SAME(info.exit.rval, call == 0 ? getpid() : -EBADF);
    EXPECT_SAME(info.exit.is_error, call);
    EXPECT_SAME(message(pid), PTRACE_EVENTMSG_SYSCALL_EXIT);
  }
  unsigned char start_of_it = 0xff;
  EXPECT_SAME(ptrace(PTRACE_GET_SYSCALL_INFO, pid, 1, &start_of_it), 33);
  EXPECT_SAME(start_of_it, PTRACE_SYSCALL_INFO_EXIT);
  go_on(pid, 0);
  EXPECT_SAME(wait_for(pid), 0);
  ok("calls told by GET_SYSCALL_INFO");
}

/* Steps through a function with a call in it: each step is one instruction, the call included. */
static void stepping(void) {
  pid_t pid = fork();
  if (pid == 0) {
    if (ptrace(PTRACE_TRACEME, 0, 0, 0) < 0) _exit(99);
    raise(SIGSTOP);
    _exit(syscall(SYS_getppid) == getppid() ? 8 : 9);
  }
  EXPECT_SAME(wait_for(pid), STOPPED_BY(SIGSTOP));
  int passed = 0;
  struct user_regs_struct registers;
  while (!passed) {
    EXPECT_SAME(ptrace(PTRACE_GETREGS, pid, 0, &registers), 0);
    errno = 0;
    long code = ptrace(PTRACE_PEEKTEXT, pid, registers.rip, 0);
    EXPECT_SAME(errno, 0);
    int is_call = (code & 0xffff) == 0x050f;
    unsigned long at = registers.rip;
    EXPECT_SAME(ptrace(PTRACE_SINGLESTEP, pid, 0, 0), 0);
    EXPECT_SAME(wait_for(pid), STOPPED_BY(SIGTRAP));
    EXPECT_SAME(ptrace(PTRACE_GETREGS, pid, 0, &registers), 0);
    if (!is_call || registers.orig_rax != SYS_getppid) continue;
    EXPECT_SAME(registers.rip, at + 2);
    EXPECT_SAME(registers.rax, getpid());
    siginfo_t info;
    EXPECT_SAME(ptrace(PTRACE_GETSIGINFO, pid, 0, &info), 0);
    EXPECT_SAME(info.si_signo, SIGTRAP);
    EXPECT_SAME((unsigned long)info.si_addr, at + 2);
    passed = 1;
  }
  go_on(pid, 0);
  EXPECT_SAME(wait_for(pid), 8 << 8);
  ok("a step over a call ends behind it");
}

static void sleeps(void) {
  for (;;) pause();
}

/* EXITKILL: the tracees of a tracer that ends do not outlive it. */
static void exit_kills(void) {
  int end[2];
  EXPECT_SAME(pipe(end), 0);
  pid_t tracer = fork();
  if (tracer == 0) {
    close(end[0]);
    start(sleeps);
    _exit(0);
  }
  close(end[1]);
  int status;
  EXPECT_SAME(waitpid(tracer, &status, 0), tracer);
  EXPECT_SAME(status, 0);
  char byte;
  EXPECT_SAME(read(end[0], &byte, 1), 0); /* the tracee held the other end until it died */
  ok("a tracee killed with its tracer");
}

int main(void) {
  fork_event();
  vfork_event();
  clone_event();
  exec_event();
  exit_event();
  call_information();
  stepping();
  exit_kills();
  return 0;
}
