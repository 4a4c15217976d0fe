/*
 * A seccomp filter that leaves calls to a tracer (SECCOMP_RET_TRACE, seccomp(2)), as strace --seccomp-bpf has
 * it: the stop before such a call, what the tracer sees and may change there, and calls of every sort behind it.
 */
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <signal.h>
#include <stddef.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/user.h>
#include <sys/utsname.h>
#include <sys/wait.h>
#include <time.h>

#include "expect.h"

#define STOPPED_BY(signal) (((signal) << 8) | 0x7f)
#define EVENT(event) (((event) << 16) | STOPPED_BY(SIGTRAP))
#define CALL_STOP STOPPED_BY(SIGTRAP | 0x80)
#define FILTERED EVENT(PTRACE_EVENT_SECCOMP)
#define OPTIONS (PTRACE_O_TRACESYSGOOD | PTRACE_O_TRACESECCOMP | PTRACE_O_EXITKILL)
#define MESSAGE 42

/* Leaves calls with this number to the tracer; all others run. */
static void leave(int number) {
  struct sock_filter code[] = {
      BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, number, 0, 1),
      BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_TRACE | MESSAGE),
      BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
  };
  struct sock_fprog program = {.len = sizeof code / sizeof *code, .filter = code};
  if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0 || syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &program) < 0) _exit(97);
}

static int wait_for(pid_t pid) {
  int status;
  EXPECT_SAME(waitpid(pid, &status, __WALL), pid);
  return status;
}

static void go_on(pid_t pid, int request) { EXPECT_SAME(ptrace(request, pid, 0, 0), 0); }

/* A child with such a filter, traced, that stopped itself. */
static pid_t stopped(int number, long options, void (*body)(void)) {
  pid_t pid = fork();
  EXPECT(pid >= 0);
  if (pid == 0) {
    if (ptrace(PTRACE_TRACEME, 0, 0, 0) < 0) _exit(99);
    leave(number);
    kill(getpid(), SIGSTOP);
    body();
    _exit(7);
  }
  EXPECT_SAME(wait_for(pid), STOPPED_BY(SIGSTOP));
  EXPECT_SAME(ptrace(PTRACE_SETOPTIONS, pid, 0, options), 0);
  return pid;
}

/* The same on its way. */
static pid_t start(int number, long options, void (*body)(void)) {
  pid_t pid = stopped(number, options, body);
  go_on(pid, PTRACE_CONT);
  return pid;
}

/* The stop before the call: its message, its number and first argument. */
static struct user_regs_struct filtered(pid_t pid, int number) {
  EXPECT_SAME(wait_for(pid), FILTERED);
  unsigned long message = 0;
  EXPECT_SAME(ptrace(PTRACE_GETEVENTMSG, pid, 0, &message), 0);
  EXPECT_SAME(message, MESSAGE);
  struct user_regs_struct registers;
  EXPECT_SAME(ptrace(PTRACE_GETREGS, pid, 0, &registers), 0);
  EXPECT_SAME(registers.orig_rax, number);
  EXPECT_SAME(registers.rax, -ENOSYS);
  struct __ptrace_syscall_info info;
  memset(&info, 0x55, sizeof info);
  EXPECT_SAME(ptrace(PTRACE_GET_SYSCALL_INFO, pid, sizeof info, &info), offsetof(struct __ptrace_syscall_info, seccomp.ret_data) + 4);
  EXPECT_SAME(info.op, PTRACE_SYSCALL_INFO_SECCOMP);
  EXPECT_SAME(info.seccomp.nr, number);
  EXPECT_SAME(info.seccomp.args[0], registers.rdi);
  EXPECT_SAME(info.seccomp.ret_data, MESSAGE);
  return registers;
}

static void expect_end(pid_t pid, int status) {
  go_on(pid, PTRACE_CONT);
  EXPECT_SAME(wait_for(pid), status << 8);
}

static void asks_for_parent(void) { _exit(syscall(SYS_getppid) == getppid() ? 1 : 2); }
static void asks_for_another(void) { _exit(syscall(SYS_getppid) == getpid() ? 3 : 4); }
static void asks_in_vain(void) { _exit(syscall(SYS_getppid) < 0 && errno == EPERM ? 5 : 6); }
static void stays(void) { _exit(syscall(SYS_exit, 1) == getpid() ? 10 : 11); }
static void clears(void) {
  int word = 12;
  _exit(syscall(SYS_set_tid_address, &word) < 0 && errno == EPERM ? word : 13);
}
static void asks_nobody(void) { _exit(syscall(SYS_getppid) < 0 && errno == ENOSYS ? 8 : 9); }

static void plain(void) {
  pid_t pid = start(SYS_getppid, OPTIONS, asks_for_parent);
  filtered(pid, SYS_getppid);
  go_on(pid, PTRACE_SYSCALL);
  EXPECT_SAME(wait_for(pid), CALL_STOP);
  struct user_regs_struct registers;
  EXPECT_SAME(ptrace(PTRACE_GETREGS, pid, 0, &registers), 0);
  EXPECT_SAME(registers.rax, getpid());
  go_on(pid, PTRACE_CONT);
  filtered(pid, SYS_getppid);
  expect_end(pid, 1);
  ok("a stop before the call, and at its return where that was asked for");
}

static void behind_entry(void) {
  pid_t pid = stopped(SYS_getppid, OPTIONS, asks_for_parent);
  struct user_regs_struct registers;
  do {
    go_on(pid, PTRACE_SYSCALL);
    EXPECT_SAME(wait_for(pid), CALL_STOP);
    EXPECT_SAME(ptrace(PTRACE_GETREGS, pid, 0, &registers), 0);
  } while (registers.orig_rax != SYS_getppid);
  go_on(pid, PTRACE_SYSCALL);
  filtered(pid, SYS_getppid);
  go_on(pid, PTRACE_SYSCALL);
  EXPECT_SAME(wait_for(pid), CALL_STOP);
  EXPECT_SAME(ptrace(PTRACE_GETREGS, pid, 0, &registers), 0);
  EXPECT_SAME(registers.rax, getpid());
  go_on(pid, PTRACE_CONT);
  filtered(pid, SYS_getppid);
  expect_end(pid, 1);
  ok("behind the entry stop and before the return");
}

/* Its tracer makes the call another one, or -1: none, with an error as its result. */
static void changed(int number, void (*body)(void), int other, int status) {
  pid_t pid = start(number, OPTIONS, body);
  struct user_regs_struct registers = filtered(pid, number);
  registers.orig_rax = other;
  if (other < 0) registers.rax = -EPERM;
  EXPECT_SAME(ptrace(PTRACE_SETREGS, pid, 0, &registers), 0);
  expect_end(pid, status);
  ok("call %d made %d", number, other);
}

static void nobody_asked(void) {
  pid_t pid = start(SYS_getppid, PTRACE_O_EXITKILL, asks_nobody);
  EXPECT_SAME(wait_for(pid), 8 << 8);

  pid = fork();
  EXPECT(pid >= 0);
  if (pid == 0) {
    leave(SYS_getppid);
    asks_nobody();
  }
  EXPECT_SAME(wait_for(pid), 8 << 8);
  ok("no such call where no tracer asked for the stop");
}

/* Calls that portrace has an own way with, or that wait. Each body exits with 7 where all is well. */

static void sleeps(void) {
  struct timespec little = {.tv_nsec = 1000000};
  if (nanosleep(&little, NULL) < 0) _exit(1);
}

static void forks(void) {
  pid_t pid = syscall(SYS_clone, SIGCHLD | CLONE_UNTRACED, 0, 0, 0, 0);
  if (pid == 0) _exit(3);
  int status = 0;
  if (waitpid(pid, &status, 0) != pid || status != 3 << 8) _exit(1);
}

static void waits(void) {
  /* It would be a stop of its own, where the child ends before the call. */
  sigset_t child;
  sigemptyset(&child);
  sigaddset(&child, SIGCHLD);
  sigprocmask(SIG_BLOCK, &child, NULL);
  pid_t pid = fork();
  if (pid == 0) _exit(4);
  int status = 0;
  if (waitpid(pid, &status, 0) != pid || status != 4 << 8) _exit(1);
}

static void maps(void) {
  char *page = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (page == MAP_FAILED) _exit(1);
  strcpy(page, "still there");
  if (strcmp(page, "still there") != 0) _exit(2);
}

static void advises(void) {
  char *page = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (page == MAP_FAILED || madvise(page, 4096, MADV_FREE) < 0) _exit(1);
}

static void names(void) {
  struct utsname name;
  if (uname(&name) < 0 || strcmp(name.sysname, "Linux") != 0) _exit(1);
}

static void runs(void) {
  execl("/proc/self/exe", "tracer-filters", "seven", (char *)NULL);
  _exit(1);
}

static void kills(void) { raise(SIGTERM); }

static void every_sort(void) {
  const struct {
    int number;
    void (*body)(void);
    int ends;
  } all[] = {
      {SYS_clock_nanosleep, sleeps, 7 << 8}, {SYS_clone, forks, 7 << 8},     {SYS_wait4, waits, 7 << 8},
      {SYS_mmap, maps, 7 << 8},              {SYS_madvise, advises, 7 << 8}, {SYS_uname, names, 7 << 8},
      {SYS_execve, runs, 7 << 8},            {SYS_tgkill, kills, SIGTERM},   {SYS_exit_group, maps, 7 << 8},
  };
  for (size_t i = 0; i < sizeof all / sizeof *all; i++) {
    pid_t pid = start(all[i].number, OPTIONS, all[i].body);
    struct user_regs_struct registers = filtered(pid, all[i].number);
    if (all[i].number == SYS_madvise) EXPECT_SAME(registers.rdx, MADV_FREE);
    if (all[i].number == SYS_wait4) EXPECT_SAME(registers.rdx, 0);
    int status;
    for (;;) {
      go_on(pid, PTRACE_CONT);
      status = wait_for(pid);
      /* Its signals go through, an execve without TRACEEXEC stops it, and other calls of the number may come. */
      if (!WIFSTOPPED(status)) break;
      if (status == FILTERED || status == STOPPED_BY(SIGTRAP)) continue;
      EXPECT(status == STOPPED_BY(SIGCHLD) || status == STOPPED_BY(SIGTERM));
      if (status == STOPPED_BY(SIGTERM)) {
        EXPECT_SAME(ptrace(PTRACE_CONT, pid, 0, SIGTERM), 0);
        status = wait_for(pid);
        break;
      }
    }
    EXPECT_SAME(status, all[i].ends);
    ok("call %d", all[i].number);
  }
}

int main(int count, char **words) {
  if (count > 1 && strcmp(words[1], "seven") == 0) return 7;
  plain();
  behind_entry();
  changed(SYS_getppid, asks_for_another, SYS_getpid, 3);
  changed(SYS_exit, stays, SYS_getpid, 10);
  changed(SYS_getppid, asks_in_vain, -1, 5);
  changed(SYS_set_tid_address, clears, -1, 12);
  nobody_asked();
  every_sort();
  return 0;
}
