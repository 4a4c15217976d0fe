/* A program for a debugger that watches a variable and a function. */
#include "expect.h"

static volatile int total;

__attribute__((noinline, noclone)) static void add(int number) { total = total + number; }

int main(void) {
  for (int number = 1; number <= 5; number++) add(number);
  ok("%d", total);
  return 0;
}
