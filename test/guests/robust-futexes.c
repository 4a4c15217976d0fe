/*
 * Locks that the kernel has a hand in: robust ones whose owner died (set_robust_list(2)), in threads and in
 * processes, priority inheritance, requeue, and the other operations of futex(2).
 */
#include <linux/futex.h>
#include <pthread.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>

#include "expect.h"

struct shared {
  pthread_mutex_t mutex;
  int value;
};

static struct shared *map_shared(void) {
  struct shared *shared = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  EXPECT(shared != MAP_FAILED);
  return shared;
}

static void make_mutex(pthread_mutex_t *mutex, int robust, int protocol, int shared) {
  pthread_mutexattr_t attributes;
  pthread_mutexattr_init(&attributes);
  if (robust) pthread_mutexattr_setrobust(&attributes, PTHREAD_MUTEX_ROBUST);
  pthread_mutexattr_setprotocol(&attributes, protocol);
  pthread_mutexattr_setpshared(&attributes, shared);
  EXPECT_SAME(pthread_mutex_init(mutex, &attributes), 0);
  pthread_mutexattr_destroy(&attributes);
}

static void *dies_with_lock(void *mutex) {
  EXPECT_SAME(pthread_mutex_lock(mutex), 0);
  return NULL;
}

static void expect_dead_owner(pthread_mutex_t *mutex) {
  EXPECT_SAME(pthread_mutex_lock(mutex), EOWNERDEAD);
  EXPECT_SAME(pthread_mutex_consistent(mutex), 0);
  EXPECT_SAME(pthread_mutex_unlock(mutex), 0);
  EXPECT_SAME(pthread_mutex_lock(mutex), 0);
  EXPECT_SAME(pthread_mutex_unlock(mutex), 0);
}

static void dead_threads(int protocol) {
  pthread_mutex_t mutexes[3];
  pthread_t thread;
  for (int i = 0; i < 3; i++) {
    make_mutex(&mutexes[i], 1, protocol, PTHREAD_PROCESS_PRIVATE);
    EXPECT_SAME(pthread_create(&thread, NULL, dies_with_lock, &mutexes[i]), 0);
    EXPECT_SAME(pthread_join(thread, NULL), 0);
  }
  /* What the kernel left in the word itself. */
  EXPECT_SAME((unsigned)mutexes[0].__data.__lock & FUTEX_OWNER_DIED, FUTEX_OWNER_DIED);
  if (protocol == PTHREAD_PRIO_NONE) EXPECT_SAME((unsigned)mutexes[0].__data.__lock, FUTEX_OWNER_DIED);
  for (int i = 2; i >= 0; i--) expect_dead_owner(&mutexes[i]);

  EXPECT_SAME(pthread_create(&thread, NULL, dies_with_lock, &mutexes[0]), 0);
  EXPECT_SAME(pthread_join(thread, NULL), 0);
  EXPECT_SAME(pthread_mutex_lock(&mutexes[0]), EOWNERDEAD);
  EXPECT_SAME(pthread_mutex_unlock(&mutexes[0]), 0);
  EXPECT_SAME(pthread_mutex_lock(&mutexes[0]), ENOTRECOVERABLE);
}

static pthread_barrier_t barrier;

static void *waits_for_lock(void *mutex) {
  pthread_barrier_wait(&barrier);
  expect_dead_owner(mutex);
  return NULL;
}

static void *dies_while_others_wait(void *mutex) {
  EXPECT_SAME(pthread_mutex_lock(mutex), 0);
  pthread_barrier_wait(&barrier);
  /* Until somebody sleeps there. */
  while (!(__atomic_load_n(&((pthread_mutex_t *)mutex)->__data.__lock, __ATOMIC_SEQ_CST) & (int)FUTEX_WAITERS)) sched_yield();
  return NULL;
}

static void awaited(int protocol) {
  pthread_mutex_t mutex;
  pthread_t owner, waiter;
  make_mutex(&mutex, 1, protocol, PTHREAD_PROCESS_PRIVATE);
  pthread_barrier_init(&barrier, NULL, 2);
  EXPECT_SAME(pthread_create(&owner, NULL, dies_while_others_wait, &mutex), 0);
  EXPECT_SAME(pthread_create(&waiter, NULL, waits_for_lock, &mutex), 0);
  EXPECT_SAME(pthread_join(owner, NULL), 0);
  EXPECT_SAME(pthread_join(waiter, NULL), 0);
}

static void dead_processes(void) {
  struct shared *shared = map_shared();
  for (int killed = 0; killed < 2; killed++) {
    make_mutex(&shared->mutex, 1, PTHREAD_PRIO_NONE, PTHREAD_PROCESS_SHARED);
    pid_t pid = fork();
    if (pid == 0) {
      EXPECT_SAME(pthread_mutex_lock(&shared->mutex), 0);
      shared->value = 5;
      if (killed) raise(SIGKILL);
      _exit(0);
    }
    int status;
    EXPECT_SAME(waitpid(pid, &status, 0), pid);
    EXPECT_SAME(status, killed ? SIGKILL : 0);
    EXPECT_SAME(shared->value, 5);
    expect_dead_owner(&shared->mutex);
  }
  /* A program that is replaced gives its locks up, too. */
  make_mutex(&shared->mutex, 1, PTHREAD_PRIO_NONE, PTHREAD_PROCESS_SHARED);
  pid_t pid = fork();
  if (pid == 0) {
    EXPECT_SAME(pthread_mutex_lock(&shared->mutex), 0);
    execl("/proc/self/exe", "robust-futexes", "done", (char *)NULL);
    _exit(1);
  }
  int status;
  EXPECT_SAME(waitpid(pid, &status, 0), pid);
  EXPECT_SAME(status, 0);
  expect_dead_owner(&shared->mutex);
}

static void inheritance(void) {
  pthread_mutex_t mutex;
  pthread_t thread;
  make_mutex(&mutex, 0, PTHREAD_PRIO_INHERIT, PTHREAD_PROCESS_PRIVATE);
  static pthread_mutex_t *contended;
  contended = &mutex;
  EXPECT_SAME(pthread_mutex_lock(&mutex), 0);
  EXPECT_SAME(pthread_mutex_trylock(&mutex), EBUSY);
  EXPECT_SAME(pthread_create(&thread, NULL, dies_with_lock, contended), 0);
  while (!(__atomic_load_n(&mutex.__data.__lock, __ATOMIC_SEQ_CST) & (int)FUTEX_WAITERS)) sched_yield();
  EXPECT_SAME(pthread_mutex_unlock(&mutex), 0);
  EXPECT_SAME(pthread_join(thread, NULL), 0);
  struct timespec soon;
  clock_gettime(CLOCK_REALTIME, &soon);
  EXPECT_SAME(pthread_mutex_timedlock(&mutex, &soon), ETIMEDOUT);
}

/* The operations themselves. */

static int word, other, woken;

static long futex(int *at, int operation, int value, void *timeout, int *second, int third) {
  return syscall(SYS_futex, at, operation, value, timeout, second, third);
}

static void *sleeps(void *argument) {
  (void)argument;
  while (futex(&word, FUTEX_WAIT_PRIVATE, 1, NULL, NULL, 0) < 0) EXPECT_SAME(errno, EINTR);
  __atomic_add_fetch(&woken, 1, __ATOMIC_SEQ_CST);
  return NULL;
}

static void requeue(void) {
  pthread_t threads[10];
  word = 1;
  other = 7;
  for (int i = 0; i < 10; i++) EXPECT_SAME(pthread_create(&threads[i], NULL, sleeps, NULL), 0);
  EXPECT_SAME(futex(&word, FUTEX_CMP_REQUEUE_PRIVATE, 1, (void *)10, &other, 2), -1);
  EXPECT_SAME(errno, EAGAIN);
  /* All ten wait somewhere once so many were moved. */
  int moved = 0;
  while (moved < 10) {
    moved += futex(&word, FUTEX_CMP_REQUEUE_PRIVATE, 0, (void *)10, &other, 1);
    sched_yield();
  }
  EXPECT_SAME(moved, 10);
  EXPECT_SAME(futex(&word, FUTEX_WAKE_PRIVATE, 10, NULL, NULL, 0), 0);
  EXPECT_SAME(futex(&other, FUTEX_WAKE_PRIVATE, 3, NULL, NULL, 0), 3);
  EXPECT_SAME(futex(&word, FUTEX_WAKE_OP_PRIVATE, 10, (void *)10, &other, FUTEX_OP(FUTEX_OP_ADD, 5, FUTEX_OP_CMP_EQ, 7)), 7);
  EXPECT_SAME(other, 12);
  for (int i = 0; i < 10; i++) EXPECT_SAME(pthread_join(threads[i], NULL), 0);
  EXPECT_SAME(woken, 10);
}

static void *sleeps_by_bits(void *argument) {
  long bits = (long)argument;
  while (futex(&word, FUTEX_WAIT_BITSET_PRIVATE, 1, NULL, NULL, bits) < 0) EXPECT_SAME(errno, EINTR);
  return NULL;
}

static void bits_and_time(void) {
  pthread_t first, second;
  word = 1;
  EXPECT_SAME(pthread_create(&first, NULL, sleeps_by_bits, (void *)1), 0);
  EXPECT_SAME(pthread_create(&second, NULL, sleeps_by_bits, (void *)2), 0);
  while (futex(&word, FUTEX_WAKE_BITSET_PRIVATE, 9, NULL, NULL, 2) == 0) sched_yield();
  EXPECT_SAME(pthread_join(second, NULL), 0);
  while (futex(&word, FUTEX_WAKE_BITSET_PRIVATE, 9, NULL, NULL, 1) == 0) sched_yield();
  EXPECT_SAME(pthread_join(first, NULL), 0);
  struct timespec short_time = {0, 3000000}, now;
  EXPECT_SAME(futex(&word, FUTEX_WAIT_PRIVATE, 1, &short_time, NULL, 0), -1);
  EXPECT_SAME(errno, ETIMEDOUT);
  EXPECT_SAME(futex(&word, FUTEX_WAIT_PRIVATE, 2, NULL, NULL, 0), -1);
  EXPECT_SAME(errno, EAGAIN);
  clock_gettime(CLOCK_REALTIME, &now);
  EXPECT_SAME(futex(&word, FUTEX_WAIT_BITSET_PRIVATE | FUTEX_CLOCK_REALTIME, 1, &now, NULL, -1), -1);
  EXPECT_SAME(errno, ETIMEDOUT);
}

/* A condition variable with a lock that inherits priorities: every waiter gets it once. */
static pthread_mutex_t heir;
static pthread_cond_t condition = PTHREAD_COND_INITIALIZER;
static int waiting, released;

static void *waits_for_condition(void *argument) {
  (void)argument;
  pthread_mutex_lock(&heir);
  waiting++;
  while (!released) pthread_cond_wait(&condition, &heir);
  waiting--;
  pthread_mutex_unlock(&heir);
  return NULL;
}

static void conditions(void) {
  pthread_t threads[8];
  make_mutex(&heir, 0, PTHREAD_PRIO_INHERIT, PTHREAD_PROCESS_PRIVATE);
  for (int i = 0; i < 8; i++) EXPECT_SAME(pthread_create(&threads[i], NULL, waits_for_condition, NULL), 0);
  for (int all = 0; !all; sched_yield()) {
    pthread_mutex_lock(&heir);
    all = waiting == 8;
    released = all;
    if (all) pthread_cond_broadcast(&condition);
    pthread_mutex_unlock(&heir);
  }
  for (int i = 0; i < 8; i++) EXPECT_SAME(pthread_join(threads[i], NULL), 0);
  EXPECT_SAME(waiting, 0);
}

int main(int count, char **arguments) {
  (void)arguments;
  if (count > 1) return 0;
  dead_threads(PTHREAD_PRIO_NONE);
  ok("owners that died, threads");
  dead_threads(PTHREAD_PRIO_INHERIT);
  ok("owners that died, with priority inheritance");
  awaited(PTHREAD_PRIO_NONE);
  awaited(PTHREAD_PRIO_INHERIT);
  ok("owners that died while others wait");
  dead_processes();
  ok("owners that died, processes");
  inheritance();
  ok("priority inheritance");
  requeue();
  ok("requeue, wake and change");
  bits_and_time();
  ok("bits and time");
  conditions();
  ok("condition with priority inheritance");
  return 0;
}
