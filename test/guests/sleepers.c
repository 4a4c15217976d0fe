/*
 * A thread that writes memory without a system call while others sleep and wake all the time: their
 * calls return while it is somewhere between two events, and memory with it.
 */
#include <pthread.h>
#include <stdatomic.h>
#include <time.h>

#include "expect.h"

#define SLEEPERS 12
#define NAPS 40
#define WORDS 4096

static atomic_int awake = SLEEPERS;
static unsigned long memory[WORDS];

static void *sleep_often(void *argument) {
  const struct timespec nap = {.tv_nsec = 1000000};
  for (int i = 0; i < NAPS; i++) EXPECT_SAME(nanosleep(&nap, NULL), 0);
  awake--;
  return argument;
}

int main(void) {
  pthread_t sleepers[SLEEPERS];
  for (int i = 0; i < SLEEPERS; i++) EXPECT_SAME(pthread_create(&sleepers[i], NULL, sleep_often, NULL), 0);
  unsigned long steps = 0;
  while (awake > 0) {
    memory[steps * 17 % WORDS] += steps;
    steps++;
  }
  for (int i = 0; i < SLEEPERS; i++) EXPECT_SAME(pthread_join(sleepers[i], NULL), 0);
  unsigned long sum = 0;
  for (int i = 0; i < WORDS; i++) sum = sum * 31 + memory[i];
  ok("%lu steps", steps);
  ok("sum %lx", sum);
  return 0;
}
