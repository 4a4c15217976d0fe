/* A thread that steps itself, by the trap flag, and counts its traps, beside one that is busy: their number is always the same. */
#include <pthread.h>
#include <signal.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "expect.h"

static volatile int done;
static volatile unsigned traps;
static volatile unsigned long work;

static void count(int signal) {
  (void)signal;
  traps++;
}

static void *be_busy(void *unused) {
  (void)unused;
  while (!done) {
    work = work * 3 + 1;
    if (work % 64 == 0) syscall(SYS_getppid);
  }
  return NULL;
}

enum { ROUNDS = 40, PASSES = 50 };

int main(void) {
  struct sigaction action = {.sa_handler = count};
  pthread_t thread;
  EXPECT_SAME(sigaction(SIGTRAP, &action, NULL), 0);
  EXPECT_SAME(pthread_create(&thread, NULL, be_busy, NULL), 0);
  for (int round = 0; round < ROUNDS; round++) {
    unsigned before = traps, passes = PASSES;
    asm volatile(
        "sub $128,%%rsp\n pushfq\n orl $0x100,(%%rsp)\n popfq\n"
        "1: dec %0\n jnz 1b\n"
        "pushfq\n andl $~0x100,(%%rsp)\n popfq\n add $128,%%rsp"
        : "+r"(passes)
        :
        : "memory", "cc");
    EXPECT_SAME(traps - before, 2 * PASSES + 3);
  }
  done = 1;
  EXPECT_SAME(pthread_join(thread, NULL), 0);
  ok("%u traps", traps);
  return 0;
}
