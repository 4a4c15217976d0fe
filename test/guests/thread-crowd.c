/* Hundreds of threads at once, read-write locks, once, keys, cancellation, the main thread's end before the others'. */
#include <pthread.h>
#include <signal.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include "expect.h"

#define CROWD 500

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t everybody = PTHREAD_COND_INITIALIZER;
static int arrived, sum;

static void *joins_crowd(void *argument) {
  int mine = (int)(long)argument;
  pthread_mutex_lock(&mutex);
  if (++arrived == CROWD) pthread_cond_broadcast(&everybody);
  while (arrived < CROWD) pthread_cond_wait(&everybody, &mutex);
  sum += mine;
  pthread_mutex_unlock(&mutex);
  return (void *)(long)(mine + 1);
}

static void crowd(void) {
  static pthread_t threads[CROWD];
  pthread_attr_t attributes;
  pthread_attr_init(&attributes);
  pthread_attr_setstacksize(&attributes, 64 * 1024);
  for (long i = 0; i < CROWD; i++) EXPECT_SAME(pthread_create(&threads[i], &attributes, joins_crowd, (void *)i), 0);
  for (long i = 0; i < CROWD; i++) {
    void *result;
    EXPECT_SAME(pthread_join(threads[i], &result), 0);
    EXPECT_SAME((long)result, i + 1);
  }
  EXPECT_SAME(sum, CROWD * (CROWD - 1) / 2);
  ok("%d threads at once", CROWD);
}

static pthread_rwlock_t lock = PTHREAD_RWLOCK_INITIALIZER;
static int first, second;

static void *writes(void *argument) {
  for (int i = 0; i < 200; i++) {
    pthread_rwlock_wrlock(&lock);
    first++;
    second++;
    pthread_rwlock_unlock(&lock);
  }
  return argument;
}

static void *reads(void *argument) {
  for (int i = 0; i < 200; i++) {
    pthread_rwlock_rdlock(&lock);
    EXPECT_SAME(first, second);
    pthread_rwlock_unlock(&lock);
  }
  return argument;
}

static void readers_and_writers(void) {
  pthread_t threads[8];
  for (int i = 0; i < 8; i++) EXPECT_SAME(pthread_create(&threads[i], NULL, i % 4 ? reads : writes, NULL), 0);
  for (int i = 0; i < 8; i++) EXPECT_SAME(pthread_join(threads[i], NULL), 0);
  EXPECT_SAME(first, 400);
  ok("readers and writers");
}

static pthread_key_t key;
static pthread_once_t once = PTHREAD_ONCE_INIT;
static int made, destroyed;

static void destroy(void *value) { __atomic_add_fetch(&destroyed, (int)(long)value, __ATOMIC_SEQ_CST); }
static void make_key(void) {
  made++;
  pthread_key_create(&key, destroy);
}

static void *has_key(void *argument) {
  pthread_once(&once, make_key);
  pthread_setspecific(key, argument);
  return NULL;
}

static void keys(void) {
  pthread_t threads[10];
  for (long i = 0; i < 10; i++) EXPECT_SAME(pthread_create(&threads[i], NULL, has_key, (void *)(i + 1)), 0);
  for (int i = 0; i < 10; i++) EXPECT_SAME(pthread_join(threads[i], NULL), 0);
  EXPECT_SAME(made, 1);
  EXPECT_SAME(destroyed, 55);
  ok("keys and once");
}

static int cleaned;
static void clean(void *argument) { cleaned += *(int *)argument; }

static void *is_cancelled(void *argument) {
  int one = 1;
  pthread_barrier_t *barrier = argument;
  pthread_cleanup_push(clean, &one);
  pthread_barrier_wait(barrier);
  for (;;) pause();
  pthread_cleanup_pop(0);
  return NULL;
}

static volatile long spins;
static void *spins_until_cancelled(void *argument) {
  pthread_setcanceltype(PTHREAD_CANCEL_ASYNCHRONOUS, NULL);
  pthread_barrier_wait(argument);
  for (;;) spins++;
  return NULL;
}

static void cancellation(void) {
  void *(*const bodies[])(void *) = {is_cancelled, spins_until_cancelled};
  for (int i = 0; i < 2; i++) {
    pthread_barrier_t barrier;
    pthread_t thread;
    void *result;
    pthread_barrier_init(&barrier, NULL, 2);
    EXPECT_SAME(pthread_create(&thread, NULL, bodies[i], &barrier), 0);
    pthread_barrier_wait(&barrier);
    EXPECT_SAME(pthread_cancel(thread), 0);
    EXPECT_SAME(pthread_join(thread, &result), 0);
    EXPECT(result == PTHREAD_CANCELED);
  }
  EXPECT_SAME(cleaned, 1);
  ok("cancelled");
}

static pthread_t main_thread;

static void *outlives_main(void *argument) {
  (void)argument;
  EXPECT_SAME(pthread_join(main_thread, NULL), 0);
  _exit(12);
}

static void *kills_all(void *argument) {
  (void)argument;
  syscall(SYS_exit_group, 13);
  return NULL;
}

static void *faults(void *argument) {
  (void)argument;
  *(volatile int *)8 = 1;
  return NULL;
}

static void *pauses(void *argument) {
  for (;;) pause();
  return argument;
}

/* How a process with several threads ends: by each of them, by a fault, after its first one. */
static void ends(void) {
  void *(*const bodies[])(void *) = {outlives_main, kills_all, faults};
  const int expected[] = {12 << 8, 13 << 8, SIGSEGV};
  for (int i = 0; i < 3; i++) {
    pid_t pid = fork();
    if (pid == 0) {
      pthread_t thread;
      main_thread = pthread_self();
      signal(SIGSEGV, SIG_DFL);
      for (int n = 0; n < 4 && i > 0; n++) pthread_create(&thread, NULL, pauses, NULL);
      pthread_create(&thread, NULL, bodies[i], NULL);
      if (i == 0) pthread_exit(NULL);
      pauses(NULL);
    }
    int status;
    EXPECT_SAME(waitpid(pid, &status, 0), pid);
    EXPECT_SAME(status & ~0x80, expected[i]);
  }
  /* Killed from outside while its threads run. */
  for (int i = 0; i < 5; i++) {
    int ready[2];
    char byte;
    EXPECT_SAME(pipe(ready), 0);
    pid_t pid = fork();
    if (pid == 0) {
      pthread_t thread;
      for (int n = 0; n < 4; n++) pthread_create(&thread, NULL, pauses, NULL);
      EXPECT_SAME(write(ready[1], "r", 1), 1);
      for (;;) spins++;
    }
    EXPECT_SAME(read(ready[0], &byte, 1), 1);
    EXPECT_SAME(kill(pid, i % 2 ? SIGTERM : SIGKILL), 0);
    int status;
    EXPECT_SAME(waitpid(pid, &status, 0), pid);
    EXPECT_SAME(status, i % 2 ? SIGTERM : SIGKILL);
    close(ready[0]);
    close(ready[1]);
  }
  ok("ends of processes with threads");
}

int main(void) {
  crowd();
  readers_and_writers();
  keys();
  cancellation();
  ends();
  return 0;
}
