/*
 * Timer ticks in a loop of short instructions that ends in a system call each time: a tick that
 * lands just before the call must not carry the task over it.
 */
#include <sys/syscall.h>

#include "ticks.h"

static volatile uint64_t calls;

static uint64_t read_counter(const greg_t *registers) {
  (void)registers;
  return calls;
}

int main(void) {
  start_interval();
  while (!enough) {
    register uint64_t rounds asm("rbx") = 40000 + calls % 7 * 1000;
    asm volatile(
        "1: dec %%ebx\n"
        "jnz 1b\n"
        : "+r"(rounds)
        :
        : "cc");
    calls += syscall(SYS_getppid) > 0;
  }
  print_ticks(calls);
  return 0;
}
