/* Timer ticks in a loop whose only counter is a global variable. */
#include "ticks.h"

static volatile uint64_t counter;

static uint64_t read_counter(const greg_t *registers) {
  (void)registers;
  return counter;
}

int main(void) {
  start_interval();
  while (!enough) counter++;
  print_ticks(counter);
  return 0;
}
