/*
 * Two threads that spin on each other's counter without a system call. Each counts how long it
 * spun; both sums are printed, so a replay must switch between them where the recording did.
 */
#include <pthread.h>

#include "expect.h"

#define HANDOVERS 60

static volatile long turn;
static unsigned long spins[2];

static void *run(void *argument) {
  long self = (long)argument;
  unsigned long spun = 0;
  for (long i = 0; i < HANDOVERS; i++) {
    while (turn != 2 * i + self) spun++;
    turn++;
  }
  spins[self] = spun;
  return NULL;
}

int main(void) {
  pthread_t other;
  EXPECT_SAME(pthread_create(&other, NULL, run, (void *)1), 0);
  run(NULL);
  EXPECT_SAME(pthread_join(other, NULL), 0);
  EXPECT_SAME(turn, 2 * HANDOVERS);
  ok("%d hand-overs", HANDOVERS);
  ok("spins %lu and %lu", spins[0], spins[1]);
  return 0;
}
