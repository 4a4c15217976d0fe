/*
 * Timer ticks in a loop whose only counter is on the stack: at each pass the registers are what
 * they were at every pass before.
 */
#include "ticks.h"

static uint64_t *counter_place;

static uint64_t read_counter(const greg_t *registers) {
  (void)registers;
  return *(volatile uint64_t *)counter_place;
}

int main(void) {
  uint64_t counter = 0;
  counter_place = &counter;
  start_timer();
  asm volatile(
      "1: incq %0\n"
      "cmpl $0,%1\n"
      "je 1b\n"
      : "+m"(counter)
      : "m"(enough)
      : "cc", "memory");
  print_ticks(counter);
  return 0;
}
