/*
 * Timer ticks in a loop whose only counters are on the heap, far from the stack and from each other:
 * a low one that wraps every 256 passes, and a high one in another page.
 */
#include "ticks.h"

static volatile uint8_t *low;
static volatile uint64_t *high;
static uint8_t lows[TICKS];

static uint64_t read_counter(const greg_t *registers) {
  (void)registers;
  lows[ticks] = *low;
  return *high;
}

int main(void) {
  char *block = malloc(1 << 20);
  EXPECT(block);
  memset(block, 0, 1 << 20);
  low = (volatile uint8_t *)(block + 64 * 1024 + 5);
  high = (volatile uint64_t *)(block + 768 * 1024);
  start_timer();
  while (!enough) {
    if (++*low == 0) ++*high;
  }
  uint64_t end = *high;
  for (int i = 0; i < TICKS; i++) ok("tick %d with low part %d", i + 1, lows[i]);
  ok("end with low part %d", *low);
  print_ticks(end);
  free(block);
  return 0;
}
