/*
 * A thread that holds a lock at each of its calls, or at each but the one that wakes whoever waits for it, and takes it again soon:
 * another thread gets it all the same, as it does where a scheduler lets the woken run and takes the processor away anywhere.
 */
#include <pthread.h>
#include <sched.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "expect.h"

#define HANDOVERS 2
#define PASSES 50000000

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static pthread_spinlock_t spinlock;
static volatile long wants, got;

struct lock {
  const char *name;
  void (*take)(void);
  void (*wait)(void); /* as the other thread takes it */
  void (*give)(void);
};

static void take_mutex(void) { EXPECT_SAME(pthread_mutex_lock(&mutex), 0); }
static void give_mutex(void) { EXPECT_SAME(pthread_mutex_unlock(&mutex), 0); }

static void try_mutex(void) {
  while (pthread_mutex_trylock(&mutex) != 0) usleep(100);
}

static void take_spinlock(void) { EXPECT_SAME(pthread_spin_lock(&spinlock), 0); }
static void give_spinlock(void) { EXPECT_SAME(pthread_spin_unlock(&spinlock), 0); }

static void try_spinlock(void) {
  while (pthread_spin_trylock(&spinlock) != 0) sched_yield();
}

static const struct lock locks[] = {
    {"mutex", take_mutex, take_mutex, give_mutex},
    {"mutex that is tried", take_mutex, try_mutex, give_mutex},
    {"spinlock", take_spinlock, take_spinlock, give_spinlock},
    {"spinlock that is tried", take_spinlock, try_spinlock, give_spinlock},
};

static void *ask(void *argument) {
  const struct lock *lock = argument;
  for (long i = 1; i <= HANDOVERS; i++) {
    wants = i;
    lock->wait();
    got = i;
    lock->give();
  }
  return NULL;
}

static void hand_over(const struct lock *lock) {
  pthread_t other;
  unsigned long passes = 0;
  wants = got = 0;
  EXPECT_SAME(pthread_create(&other, NULL, ask, (void *)lock), 0);
  for (long seen = 0; seen < HANDOVERS;) {
    lock->take();
    seen = got;
    EXPECT(syscall(SYS_getppid) >= 0);
    lock->give();
    if (wants > seen) passes++;
    EXPECT(passes < PASSES);
  }
  EXPECT_SAME(pthread_join(other, NULL), 0);
  ok("%s", lock->name);
  tell("%lu passes", passes);
}

int main(void) {
  EXPECT_SAME(pthread_spin_init(&spinlock, PTHREAD_PROCESS_PRIVATE), 0);
  for (size_t i = 0; i < sizeof locks / sizeof *locks; i++) hand_over(&locks[i]);
  return 0;
}
