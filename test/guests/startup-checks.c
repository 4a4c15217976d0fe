/*
 * A parent that intercepts, changes and nullifies its child's system calls: what a User-Mode Linux
 * kernel tries out on its host before it boots (6.1 and later; each check names its requests).
 * Every wait status is compared in full, as wait4 stores it.
 */
#include <elf.h>
#include <sched.h>
#include <signal.h>
#include <stddef.h>
#include <sys/mman.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/user.h>
#include <sys/wait.h>

#include "expect.h"

#ifndef PTRACE_OLDSETOPTIONS
#define PTRACE_OLDSETOPTIONS 21
#endif

/* Other builds, each of which asks the host for something else. */
#ifdef OTHER_REQUEST
#define FIRST_REQUEST PTRACE_SETOPTIONS
#else
#define FIRST_REQUEST PTRACE_OLDSETOPTIONS
#endif
#ifdef OTHER_NUMBER
#define CHANGED_TO SYS_getpgrp
#else
#define CHANGED_TO SYS_getppid
#endif
#ifdef OTHER_CHILD
#define SEEN_PARENT 4
#else
#define SEEN_PARENT 0
#endif

#define STOPPED_BY(signal) (((signal) << 8) | 0x7f)
#define SYSCALL_STOP STOPPED_BY(SIGTRAP | 0x80)
#define TRAP_STOP STOPPED_BY(SIGTRAP)

#define RAX_OFFSET offsetof(struct user_regs_struct, rax)
#define ORIG_RAX_OFFSET offsetof(struct user_regs_struct, orig_rax)

/* Says by its exit status what getpid appeared to return: 0 the parent's pid, 1 its own, 2 else. */
static void child(void) {
  pid_t self = syscall(SYS_getpid), parent = syscall(SYS_getppid);
  sigset_t winch;
  sigemptyset(&winch);
  sigaddset(&winch, SIGWINCH);
  sigprocmask(SIG_BLOCK, &winch, NULL);
  if (ptrace(PTRACE_TRACEME, 0, 0, 0) < 0) _exit(3);
  kill(self, SIGSTOP);
  pid_t seen = syscall(SYS_getpid);
  _exit(seen == parent ? SEEN_PARENT : seen == self ? 1 : 2);
}

static pid_t start_child(void) {
  int status;
  pid_t pid = fork();
  EXPECT(pid >= 0);
  if (pid == 0) child();
  EXPECT_SAME(waitpid(pid, &status, WUNTRACED), pid);
  EXPECT_SAME(status, STOPPED_BY(SIGSTOP));
  return pid;
}

static void finish_child(pid_t pid, int exit_status) {
  int status;
  EXPECT_SAME(ptrace(PTRACE_CONT, pid, 0, 0), 0);
  EXPECT_SAME(waitpid(pid, &status, 0), pid);
  EXPECT_SAME(status, exit_status << 8);
}

static int wait_for(pid_t pid) {
  int status;
  EXPECT_SAME(waitpid(pid, &status, WUNTRACED), pid);
  return status;
}

/* SYSCALL to the entry of getpid, where its number becomes getppid's. */
static void change_number(long set_options, const char *name) {
  pid_t pid = start_child();
  EXPECT_SAME(ptrace(set_options, pid, 0, PTRACE_O_TRACESYSGOOD), 0);
  int stops = 0;
  for (;;) {
    EXPECT_SAME(ptrace(PTRACE_SYSCALL, pid, 0, 0), 0);
    EXPECT_SAME(wait_for(pid), SYSCALL_STOP);
    stops++;
    errno = 0;
    long number = ptrace(PTRACE_PEEKUSER, pid, ORIG_RAX_OFFSET, 0);
    EXPECT_SAME(errno, 0);
    if (number == SYS_getpid) break;
    EXPECT(stops < 4);
  }
  EXPECT_SAME(stops, 1); /* kill was left before SYSCALL: no exit stop of it */
  EXPECT_SAME(ptrace(PTRACE_POKEUSER, pid, ORIG_RAX_OFFSET, CHANGED_TO), 0);
  finish_child(pid, 0);
  ok("number changed (%s)", name);
}

/* SYSCALL to the exit of getpid, where its result changes. */
static void change_result(void) {
  pid_t pid = start_child();
  EXPECT_SAME(ptrace(PTRACE_SETOPTIONS, pid, 0, PTRACE_O_TRACESYSGOOD), 0);
  for (int stop = 0; stop < 2; stop++) {
    EXPECT_SAME(ptrace(PTRACE_SYSCALL, pid, 0, 0), 0);
    EXPECT_SAME(wait_for(pid), SYSCALL_STOP);
    EXPECT_SAME(ptrace(PTRACE_PEEKUSER, pid, ORIG_RAX_OFFSET, 0), SYS_getpid);
    EXPECT_SAME(ptrace(PTRACE_PEEKUSER, pid, RAX_OFFSET, 0), stop == 0 ? -ENOSYS : pid);
  }
  EXPECT_SAME(ptrace(PTRACE_POKEUSER, pid, RAX_OFFSET, 12345678), 0);
  finish_child(pid, 2);
  ok("result changed");
}

/* A number of -1 at the entry: the call does not happen and the result stays what it is set to. */
static void nullify(void) {
  pid_t pid = start_child();
  EXPECT_SAME(ptrace(PTRACE_SETOPTIONS, pid, 0, PTRACE_O_TRACESYSGOOD), 0);
  EXPECT_SAME(ptrace(PTRACE_SYSCALL, pid, 0, 0), 0);
  EXPECT_SAME(wait_for(pid), SYSCALL_STOP);
  EXPECT_SAME(ptrace(PTRACE_POKEUSER, pid, ORIG_RAX_OFFSET, -1L), 0);
  EXPECT_SAME(ptrace(PTRACE_SYSCALL, pid, 0, 0), 0);
  EXPECT_SAME(wait_for(pid), SYSCALL_STOP);
  EXPECT_SAME(ptrace(PTRACE_PEEKUSER, pid, RAX_OFFSET, 0), -ENOSYS);
  EXPECT_SAME(ptrace(PTRACE_POKEUSER, pid, RAX_OFFSET, getpid()), 0);
  finish_child(pid, 0);
  ok("call nullified");
}

/* SYSEMU without any option: the stop is a plain SIGTRAP and the call does not happen. */
static void emulate(void) {
  struct user_regs_struct registers;
  pid_t pid = start_child();
  EXPECT_SAME(ptrace(PTRACE_SYSEMU, pid, 0, 0), 0);
  EXPECT_SAME(wait_for(pid), TRAP_STOP);
  EXPECT_SAME(ptrace(PTRACE_GETREGS, pid, 0, &registers), 0);
  EXPECT_SAME(registers.orig_rax, SYS_getpid);
  EXPECT_SAME(registers.rax, -ENOSYS);
  EXPECT_SAME(ptrace(PTRACE_POKEUSER, pid, RAX_OFFSET, getpid()), 0);
  finish_child(pid, 0);
  ok("call emulated");
}

/* SYSEMU_SINGLESTEP: a stop per instruction, then one stop for the call. */
static void emulate_stepping(void) {
  pid_t pid = start_child();
  EXPECT_SAME(ptrace(PTRACE_SETOPTIONS, pid, 0, PTRACE_O_TRACESYSGOOD), 0);
  int steps = 0;
  for (;;) {
    EXPECT_SAME(ptrace(PTRACE_SYSEMU_SINGLESTEP, pid, 0, 0), 0);
    int status = wait_for(pid);
    if (status == SYSCALL_STOP) break;
    EXPECT_SAME(status, TRAP_STOP);
    steps++;
    EXPECT(steps < 10000);
  }
  EXPECT(steps > 0);
  EXPECT_SAME(ptrace(PTRACE_PEEKUSER, pid, ORIG_RAX_OFFSET, 0), SYS_getpid);
  EXPECT_SAME(ptrace(PTRACE_POKEUSER, pid, RAX_OFFSET, getpid()), 0);
  finish_child(pid, 0);
  ok("call emulated after %d steps", steps);
}

/* The register files at the SIGSTOP; the extended state's size is clamped to the real one. */
static void read_registers(void) {
  static char large[2 << 20];
  struct user_regs_struct registers;
  pid_t pid = start_child();
  EXPECT_SAME(ptrace(PTRACE_GETREGS, pid, 0, &registers), 0);
  EXPECT_SAME(registers.orig_rax, SYS_kill);
  EXPECT_SAME(registers.rdi, pid);
  EXPECT_SAME(registers.rsi, SIGSTOP);

  struct iovec probe = {large, sizeof large};
  EXPECT_SAME(ptrace(PTRACE_GETREGSET, pid, NT_X86_XSTATE, &probe), 0);
  EXPECT(probe.iov_len >= 576 && probe.iov_len < sizeof large);
  size_t size = probe.iov_len;
  struct iovec smaller = {large, 576};
  EXPECT_SAME(ptrace(PTRACE_GETREGSET, pid, NT_X86_XSTATE, &smaller), 0);
  EXPECT_SAME(smaller.iov_len, 576);
  struct iovec exact = {large, size};
  EXPECT_SAME(ptrace(PTRACE_GETREGSET, pid, NT_X86_XSTATE, &exact), 0);
  EXPECT_SAME(exact.iov_len, size);
  EXPECT_SAME(ptrace(PTRACE_SETREGSET, pid, NT_X86_XSTATE, &exact), 0);

  struct iovec general = {&registers, sizeof registers};
  EXPECT_SAME(ptrace(PTRACE_GETREGSET, pid, NT_PRSTATUS, &general), 0);
  EXPECT_SAME(general.iov_len, sizeof registers);
  EXPECT_SAME(registers.orig_rax, SYS_kill);

  registers.cs = 8; /* the kernel's code segment: no task may ask for it */
  errno = 0;
  EXPECT_SAME(ptrace(PTRACE_SETREGS, pid, 0, &registers), -1);
  EXPECT_SAME(errno, EIO);
  finish_child(pid, 1);
  ok("registers read, %zu bytes of extended state", size);
}

/* Words of the child's memory are its own: a poke is not seen by the parent. */
static void memory(void) {
  static volatile long word = 41;
  pid_t pid = start_child();
  EXPECT_SAME(ptrace(PTRACE_PEEKDATA, pid, &word, 0), 41);
  EXPECT_SAME(ptrace(PTRACE_POKEDATA, pid, &word, 42), 0);
  EXPECT_SAME(ptrace(PTRACE_PEEKTEXT, pid, &word, 0), 42);
  EXPECT_SAME(word, 41);
  errno = 0;
  EXPECT_SAME(ptrace(PTRACE_PEEKDATA, pid, 16, 0), -1);
  EXPECT_SAME(errno, EIO);
  finish_child(pid, 1);
  ok("memory read and written");
}

/* Requests that must fail: no such child, a child that is dead, a child that is not traced. */
static void refusals(void) {
  pid_t pid = start_child();
  finish_child(pid, 1);
  errno = 0;
  EXPECT_SAME(ptrace(PTRACE_CONT, pid, 0, 0), -1);
  EXPECT_SAME(errno, ESRCH);
  errno = 0;
  EXPECT_SAME(waitpid(pid, NULL, 0), -1);
  EXPECT_SAME(errno, ECHILD);
  pid = fork();
  if (pid == 0) {
    pause();
    _exit(0);
  }
  errno = 0;
  EXPECT_SAME(ptrace(PTRACE_CONT, pid, 0, 0), -1);
  EXPECT_SAME(errno, ESRCH);
  int status;
  EXPECT_SAME(waitpid(pid, &status, WNOHANG | WUNTRACED), 0);
  kill(pid, SIGKILL);
  EXPECT_SAME(waitpid(pid, &status, 0), pid);
  EXPECT_SAME(status, SIGKILL);
  ok("refusals");
}

int main(void) {
  change_number(FIRST_REQUEST, "OLDSETOPTIONS");
  change_number(PTRACE_SETOPTIONS, "SETOPTIONS");
  change_result();
  nullify();
  emulate();
  emulate_stepping();
  read_registers();
  memory();
  refusals();
  return 0;
}
