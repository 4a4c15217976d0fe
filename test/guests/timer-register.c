/* Timer ticks in a loop whose only counter is a register; nothing in memory changes meanwhile. */
#include "ticks.h"

static uint64_t read_counter(const greg_t *registers) { return registers[REG_R12]; }

int main(void) {
  register uint64_t counter asm("r12") = 0;
  start_interval();
  asm volatile(
      "1: add $1,%0\n"
      "cmpl $0,%1\n"
      "je 1b\n"
      : "+r"(counter)
      : "m"(enough)
      : "cc", "memory");
  uint64_t end = counter;
  print_ticks(end);
  return 0;
}
