/* Threads with mutexes, conditions, barriers and their own storage; the order of work is printed. */
#include <pthread.h>
#include <semaphore.h>

#include "expect.h"

#define THREADS 8
#define ROUNDS 200

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t filled = PTHREAD_COND_INITIALIZER, emptied = PTHREAD_COND_INITIALIZER;
static pthread_barrier_t barrier;
static sem_t semaphore;
static int queue[4], queued, first;
static long consumed, sum;
static uint64_t order = FNV_START;
static __thread long mine;

static void put(int value) {
  pthread_mutex_lock(&mutex);
  while (queued == 4) pthread_cond_wait(&emptied, &mutex);
  queue[(first + queued++) % 4] = value;
  pthread_cond_signal(&filled);
  pthread_mutex_unlock(&mutex);
}

static int take(void) {
  pthread_mutex_lock(&mutex);
  while (queued == 0) pthread_cond_wait(&filled, &mutex);
  int value = queue[first];
  first = (first + 1) % 4;
  queued--;
  consumed++;
  sum += value;
  order = fnv(order, &value, sizeof value);
  pthread_cond_signal(&emptied);
  pthread_mutex_unlock(&mutex);
  return value;
}

static void *produce(void *argument) {
  long self = (long)argument;
  for (int i = 0; i < ROUNDS; i++) put(self * ROUNDS + i);
  mine = self;
  pthread_barrier_wait(&barrier);
  EXPECT_SAME(mine, self);
  return (void *)(self + 1);
}

static void *consume(void *argument) {
  for (int i = 0; i < ROUNDS; i++) mine += take() >= 0;
  pthread_barrier_wait(&barrier);
  EXPECT_SAME(mine, ROUNDS);
  sem_post(&semaphore);
  return argument;
}

static void *leave_early(void *argument) {
  (void)argument;
  pthread_exit((void *)77);
}

int main(void) {
  pthread_t producers[THREADS / 2], consumers[THREADS / 2], single;
  void *result;
  pthread_barrier_init(&barrier, NULL, THREADS);
  sem_init(&semaphore, 0, 0);
  for (long i = 0; i < THREADS / 2; i++) {
    EXPECT_SAME(pthread_create(&producers[i], NULL, produce, (void *)i), 0);
    EXPECT_SAME(pthread_create(&consumers[i], NULL, consume, (void *)i), 0);
  }
  for (int i = 0; i < THREADS / 2; i++) sem_wait(&semaphore);
  for (long i = 0; i < THREADS / 2; i++) {
    EXPECT_SAME(pthread_join(producers[i], &result), 0);
    EXPECT_SAME((long)result, i + 1);
    EXPECT_SAME(pthread_join(consumers[i], &result), 0);
    EXPECT_SAME((long)result, i);
  }
  long all = THREADS / 2 * ROUNDS;
  EXPECT_SAME(consumed, all);
  EXPECT_SAME(sum, all * (all - 1) / 2);
  ok("%ld taken, order %016lx", consumed, (unsigned long)order);

  for (int i = 0; i < 50; i++) {
    EXPECT_SAME(pthread_create(&single, NULL, leave_early, NULL), 0);
    EXPECT_SAME(pthread_join(single, &result), 0);
    EXPECT_SAME((long)result, 77);
  }
  ok("50 threads one after the other");

  struct timespec soon;
  clock_gettime(CLOCK_REALTIME, &soon);
  soon.tv_nsec += 20000000;
  soon.tv_sec += soon.tv_nsec / 1000000000;
  soon.tv_nsec %= 1000000000;
  pthread_mutex_lock(&mutex);
  EXPECT_SAME(pthread_cond_timedwait(&filled, &mutex, &soon), ETIMEDOUT);
  pthread_mutex_unlock(&mutex);
  ok("timed out");
  return 0;
}
