/*
 * A tracer that watches memory and instructions of its tracee by the processor's debug registers (PTRACE_POKEUSER at
 * u_debugreg, Intel SDM 17.2), while a timer's signals come.
 */
#include <signal.h>
#include <stddef.h>
#include <sys/ptrace.h>
#include <sys/time.h>
#include <sys/user.h>
#include <sys/wait.h>

#include "expect.h"

#define STOPPED_BY(signal) (((signal) << 8) | 0x7f)

/* DR7: enables a slot; what it stops at, and how many bytes it watches. */
#define SLOT(number, kind, size) ((1UL << ((number)*2)) | ((unsigned long)(kind) << (16 + (number)*4)) | ((unsigned long)(size) << (18 + (number)*4)))
enum { EXECUTED = 0, WRITTEN = 1, ACCESSED = 3 };
enum { ONE_BYTE = 0, EIGHT_BYTES = 2 };
enum { STATUS = 6, CONTROL = 7, ROUNDS = 60, FORKS_AT = 20, HALF = 30 };

static volatile long written, accessed, other, ticks;

__attribute__((noinline, noclone)) static void marked(void) { asm volatile("nop"); }

static void tick(int signal) {
  (void)signal;
  ticks++;
}

static void child(void) {
  struct sigaction action = {.sa_handler = tick};
  sigaction(SIGALRM, &action, NULL);
  struct itimerval timer = {{0, 1500}, {0, 1500}};
  raise(SIGSTOP);
  setitimer(ITIMER_REAL, &timer, NULL);
  for (long round = 1; round <= ROUNDS; round++) {
    for (int i = 0; i < 200000; i++) other++;
    written = round;
    marked();
    other += accessed;
    if (round == FORKS_AT) {
      /* Debug registers are not inherited. */
      pid_t pid = fork();
      if (pid == 0) {
        written = -1;
        marked();
        _exit(3);
      }
      int status;
      while (waitpid(pid, &status, 0) < 0 && errno == EINTR) {
      }
      if (status != 3 << 8) _exit(1);
    }
  }
  _exit(ticks > 0 ? 7 : 8);
}

static long poke(pid_t pid, int number, unsigned long value) {
  return ptrace(PTRACE_POKEUSER, pid, offsetof(struct user, u_debugreg) + (size_t)number * 8, value);
}

static unsigned long peek(pid_t pid, int number) {
  errno = 0;
  unsigned long value = (unsigned long)ptrace(PTRACE_PEEKUSER, pid, offsetof(struct user, u_debugreg) + (size_t)number * 8, 0);
  EXPECT_SAME(errno, 0);
  return value;
}

static pid_t start(void (*work)(void)) {
  pid_t pid = fork();
  EXPECT(pid >= 0);
  if (pid == 0) {
    ptrace(PTRACE_TRACEME, 0, 0, 0);
    work();
  }
  int status;
  EXPECT_SAME(waitpid(pid, &status, 0), pid);
  EXPECT_SAME(status, STOPPED_BY(SIGSTOP));
  return pid;
}

static void probe(void) {
  raise(SIGSTOP);
  marked();
  _exit(0);
}

/* Some virtual machines accept debug registers and do not heed them. */
static int are_heeded(void) {
  pid_t pid = start(probe);
  int status = 0;
  if (poke(pid, 0, (unsigned long)&marked) == 0 && poke(pid, CONTROL, SLOT(0, EXECUTED, ONE_BYTE)) == 0) {
    EXPECT_SAME(ptrace(PTRACE_CONT, pid, 0, 0), 0);
    EXPECT_SAME(waitpid(pid, &status, 0), pid);
    if (status == 0) return 0;
    EXPECT_SAME(status, STOPPED_BY(SIGTRAP));
    status = 1;
  }
  kill(pid, SIGKILL);
  while (waitpid(pid, NULL, 0) == pid) {
  }
  return status;
}

static void watch(void) {
  pid_t pid = start(child);
  for (int number = 0; number <= 3; number++) EXPECT_SAME(peek(pid, number), 0);
  EXPECT_SAME(peek(pid, CONTROL), 0);
  errno = 0;
  EXPECT_SAME(poke(pid, 0, 1UL << 63), -1);
  EXPECT_SAME(errno, EINVAL);
  EXPECT_SAME(poke(pid, 0, (unsigned long)&written), 0);
  EXPECT_SAME(poke(pid, 1, (unsigned long)&marked), 0);
  EXPECT_SAME(poke(pid, CONTROL, SLOT(0, WRITTEN, EIGHT_BYTES) | SLOT(1, EXECUTED, ONE_BYTE)), 0);
  EXPECT_SAME(peek(pid, 0), (unsigned long)&written);
  EXPECT_SAME(peek(pid, CONTROL), SLOT(0, WRITTEN, EIGHT_BYTES) | SLOT(1, EXECUTED, ONE_BYTE));
  /* Reserved bits are kept, and mean nothing. */
  unsigned long control = peek(pid, CONTROL) | 1UL << 63 | 1UL << 40;
  EXPECT_SAME(poke(pid, CONTROL, control), 0);
  EXPECT_SAME(peek(pid, CONTROL), control);
  EXPECT_SAME(poke(pid, STATUS, 0), 0);
  long writes = 0, calls = 0, reads = 0;
  int status, signal = 0;
  for (;;) {
    EXPECT_SAME(ptrace(PTRACE_CONT, pid, 0, signal), 0);
    EXPECT_SAME(waitpid(pid, &status, 0), pid);
    if (!WIFSTOPPED(status)) break;
    signal = WSTOPSIG(status);
    if (signal != SIGTRAP) continue;
    signal = 0;
    siginfo_t info;
    struct user_regs_struct registers;
    EXPECT_SAME(ptrace(PTRACE_GETSIGINFO, pid, 0, &info), 0);
    EXPECT_SAME(ptrace(PTRACE_GETREGS, pid, 0, &registers), 0);
    EXPECT_SAME(info.si_code, TRAP_HWBKPT);
    EXPECT((unsigned long)info.si_addr == registers.rip);
    unsigned long came = peek(pid, STATUS);
    EXPECT_SAME(came & 0x4000, 0);
    EXPECT_SAME(poke(pid, STATUS, 0), 0);
    errno = 0;
    long value = ptrace(PTRACE_PEEKDATA, pid, &written, 0);
    if ((came & 15) == 1) {
      EXPECT_SAME(value, ++writes);
    } else if ((came & 15) == 2) {
      calls++;
      EXPECT(registers.rip == (unsigned long)&marked);
      if (calls < HALF) continue;
      if (calls == HALF) EXPECT_SAME(poke(pid, 2, (unsigned long)&accessed), 0);
      EXPECT_SAME(poke(pid, CONTROL, SLOT(1, EXECUTED, ONE_BYTE) | SLOT(2, ACCESSED, EIGHT_BYTES)), 0);
      /* A step that does nothing else. */
      EXPECT_SAME(ptrace(PTRACE_SINGLESTEP, pid, 0, 0), 0);
      EXPECT_SAME(waitpid(pid, &status, 0), pid);
      if (WSTOPSIG(status) == SIGTRAP) {
        EXPECT_SAME(ptrace(PTRACE_GETSIGINFO, pid, 0, &info), 0);
        EXPECT_SAME(info.si_code, TRAP_TRACE);
        EXPECT_SAME(peek(pid, STATUS) & 0x400f, 0x4000);
      } else {
        signal = WSTOPSIG(status);
      }
    } else {
      EXPECT_SAME(came & 15, 4);
      reads++;
    }
  }
  EXPECT_SAME(status, 7 << 8);
  ok("%ld writes, %ld calls, %ld reads", writes, calls, reads);
}

int main(void) {
  if (are_heeded()) watch();
  else ok("no debug registers here");
  return 0;
}
