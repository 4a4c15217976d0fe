// Only computes: counts the primes below a bound some times over, with two system calls in the end.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define BOUND 2000000
static char composite[BOUND];

static int primes_below_bound(void) {
  int count = 0;
  memset(composite, 0, sizeof composite);
  for (long candidate = 2; candidate < BOUND; candidate++) {
    if (composite[candidate]) continue;
    count++;
    for (long multiple = candidate * candidate; multiple < BOUND; multiple += candidate) composite[multiple] = 1;
  }
  return count;
}

int main(int argc, char **argv) {
  int times = argc > 1 ? atoi(argv[1]) : 1;
  long sum = 0;
  for (int i = 0; i < times; i++) sum += primes_below_bound();
  printf("%ld\n", sum);
  return 0;
}
