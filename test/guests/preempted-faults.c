/*
 * A thread that faults all the time, and another that computes with what the first one wrote: the processor is taken
 * from the first in the middle of a fault, too, when it has written and nothing is told of it yet.
 */
#include <pthread.h>
#include <signal.h>
#include <ucontext.h>

#include "expect.h"

enum { FAULTS = 6000, READ_LENGTH = 3 };

static volatile long written, faults;
static volatile int done;

static void on_fault(int number, siginfo_t *info, void *context) {
  (void)number, (void)info;
  ucontext_t *state = context;
  state->uc_mcontext.gregs[REG_RIP] += READ_LENGTH;
  faults++;
}

static void *fault(void *unused) {
  (void)unused;
  for (long round = 1; round <= FAULTS; round++) {
    written = round;
    /* mov (%rax),%rax */
    asm volatile("mov $0x10008, %%eax; .byte 0x48, 0x8b, 0x00" ::: "rax", "memory");
  }
  done = 1;
  return NULL;
}

int main(void) {
  struct sigaction action = {.sa_flags = SA_SIGINFO};
  action.sa_sigaction = on_fault;
  EXPECT_SAME(sigaction(SIGSEGV, &action, NULL), 0);
  pthread_t thread;
  EXPECT_SAME(pthread_create(&thread, NULL, fault, NULL), 0);
  unsigned long sum = 0;
  while (!done) sum = sum * 31 + (unsigned long)written;
  EXPECT_SAME(pthread_join(thread, NULL), 0);
  EXPECT_SAME(faults, FAULTS);
  EXPECT(sum != 1);
  ok("%d faults", FAULTS);
  return 0;
}
