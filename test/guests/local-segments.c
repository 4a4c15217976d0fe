/*
 * Segments of a local descriptor table: memory is read by way of one, a child inherits it and changes its own, a
 * cleared one faults when it is loaded. A base in the kernel's half, which no tracer may set.
 */
#include <asm/ldt.h>
#include <signal.h>
#include <sys/auxv.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include "expect.h"

enum { WRITE = 0x11, FIRST = 0, SECOND = 3, HAS_FSGSBASE = 2 };

static volatile int faults, calls;

static unsigned short selector(int entry) { return (unsigned short)(entry << 3 | 7); }

static int write_entry(const struct user_desc *segment) { return (int)syscall(SYS_modify_ldt, WRITE, segment, sizeof *segment); }

static int set_entry(int entry, const void *base) {
  const struct user_desc segment = {
      .entry_number = (unsigned)entry,
      .base_addr = (unsigned)(uintptr_t)base,
      .limit = 0xfffff,
      .seg_32bit = 1,
      .limit_in_pages = 1,
      .useable = 1,
  };
  return write_entry(&segment);
}

/* What modify_ldt(2) takes for an empty entry. */
static int clear_entry(int entry) {
  const struct user_desc segment = {.entry_number = (unsigned)entry, .read_exec_only = 1, .seg_not_present = 1};
  return write_entry(&segment);
}

static unsigned read_by(int entry) {
  unsigned value, before;
  asm volatile("mov %%gs, %1\n\tmov %2, %%gs\n\tmov %%gs:0, %0\n\tmov %1, %%gs" : "=&r"(value), "=&r"(before) : "r"((unsigned)selector(entry)));
  return value;
}

/* The instruction that loads the selector is passed. */
static void on_fault(int signal, siginfo_t *info, void *context) {
  (void)signal, (void)info;
  faults++;
  ((ucontext_t *)context)->uc_mcontext.gregs[REG_RIP] += 2;
}

/* What a task can bring into a segment's base by an instruction (AT_HWCAP2: HWCAP2_FSGSBASE) and by no call. */
static void keep_base(void) {
  const uint64_t base = 0xffffffffffff0000;
  uint64_t now;
  asm volatile("wrgsbase %0" : : "r"(base));
  int tens = 0;
  for (int i = 0; i < 10; i++) tens += getppid() > 0;
  pid_t child = fork();
  if (child == 0) _exit(0);
  int status;
  EXPECT_SAME(waitpid(child, &status, 0), child);
  EXPECT_SAME(status, 0);
  asm volatile("rdgsbase %0" : "=r"(now));
  EXPECT(now == base);
  EXPECT_SAME(tens, 10);
  EXPECT_SAME(raise(SIGUSR1), 0);
  EXPECT_SAME(calls, 1);
  asm volatile("rdgsbase %0" : "=r"(now));
  EXPECT(now == base);
  asm volatile("wrgsbase %0" : : "r"(0ul));
}

static void on_call(int signal) {
  (void)signal;
  calls++;
}

int main(void) {
  /* Segments have bases of 32 bits. */
  unsigned *words = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_32BIT, -1, 0);
  EXPECT(words != MAP_FAILED);
  words[0] = 0x11223344;
  words[1] = 0x55667788;
  EXPECT_SAME(set_entry(FIRST, &words[0]), 0);
  EXPECT_SAME(read_by(FIRST), words[0]);
  EXPECT_SAME(set_entry(SECOND, &words[1]), 0);
  EXPECT_SAME(read_by(SECOND), words[1]);
  EXPECT_SAME(read_by(FIRST), words[0]);
  ok("two segments");

  pid_t child = fork();
  if (child == 0) {
    EXPECT_SAME(read_by(SECOND), words[1]);
    EXPECT_SAME(set_entry(SECOND, &words[0]), 0);
    EXPECT_SAME(read_by(SECOND), words[0]);
    ok("a child's own table");
    _exit(0);
  }
  int status;
  EXPECT_SAME(waitpid(child, &status, 0), child);
  EXPECT_SAME(status, 0);
  EXPECT_SAME(read_by(SECOND), words[1]);
  ok("the parent's is as it was");

  struct sigaction action = {.sa_sigaction = on_fault, .sa_flags = SA_SIGINFO};
  EXPECT_SAME(sigaction(SIGSEGV, &action, NULL), 0);
  EXPECT_SAME(clear_entry(SECOND), 0);
  asm volatile("mov %0, %%gs" : : "a"((unsigned)selector(SECOND)));
  EXPECT_SAME(faults, 1);
  ok("a cleared segment faults");

  if (getauxval(AT_HWCAP2) & HAS_FSGSBASE) {
    EXPECT(signal(SIGUSR1, on_call) != SIG_ERR);
    keep_base();
  }
  ok("a base that no call sets");
  return 0;
}
