/*
 * A thread that holds a lock at each of its calls but the one that wakes whoever waits for it, and takes it again soon:
 * another thread gets it all the same, as it does where a scheduler lets the woken run.
 */
#include <pthread.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "expect.h"

#define HANDOVERS 3
#define PASSES 500000

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static volatile long wants, got;

static void *ask(void *argument) {
  (void)argument;
  for (long i = 1; i <= HANDOVERS; i++) {
    wants = i;
    EXPECT_SAME(pthread_mutex_lock(&lock), 0);
    got = i;
    EXPECT_SAME(pthread_mutex_unlock(&lock), 0);
  }
  return NULL;
}

int main(void) {
  pthread_t other;
  unsigned long passes = 0;
  EXPECT_SAME(pthread_create(&other, NULL, ask, NULL), 0);
  for (long seen = 0; seen < HANDOVERS;) {
    EXPECT_SAME(pthread_mutex_lock(&lock), 0);
    seen = got;
    EXPECT(syscall(SYS_getppid) >= 0);
    EXPECT_SAME(pthread_mutex_unlock(&lock), 0);
    if (wants > seen) passes++;
    EXPECT(passes < PASSES);
  }
  EXPECT_SAME(pthread_join(other, NULL), 0);
  ok("%d hand-overs", HANDOVERS);
  tell("%lu passes", passes);
  return 0;
}
