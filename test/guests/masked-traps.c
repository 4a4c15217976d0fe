/*
 * Instructions that portrace makes trap are no faults of the guest: a signal that it blocks or ignores meanwhile stays
 * blocked or ignored, and its handler is its own.
 */
#include <cpuid.h>
#include <immintrin.h>
#include <pthread.h>
#include <signal.h>

#include "expect.h"

static volatile sig_atomic_t handled;
static volatile uint64_t taken;

static void count(int signal) {
  (void)signal;
  handled++;
}

static void read_counter(void) {
  uint32_t low, high;
  asm volatile("rdtsc" : "=a"(low), "=d"(high));
  taken = (uint64_t)high << 32 | low;
}

__attribute__((target("rdrnd"))) static void draw(void) {
  unsigned a, b, c, d;
  unsigned long long number;
  if (__get_cpuid(1, &a, &b, &c, &d) && c & bit_RDRND && _rdrand64_step(&number)) taken = number;
}

static void use_all(void) {
  read_counter();
  draw();
}

static int blocks(int signal) {
  sigset_t mask;
  EXPECT_SAME(pthread_sigmask(SIG_SETMASK, NULL, &mask), 0);
  return sigismember(&mask, signal);
}

static void set_all(int signals[2], void (*handler)(int), int how) {
  sigset_t set;
  sigemptyset(&set);
  for (int i = 0; i < 2; i++) {
    struct sigaction action = {.sa_handler = handler, .sa_flags = SA_NODEFER};
    sigaddset(&action.sa_mask, SIGUSR1);
    EXPECT_SAME(sigaction(signals[i], &action, NULL), 0);
    sigaddset(&set, signals[i]);
  }
  EXPECT_SAME(pthread_sigmask(how, &set, NULL), 0);
}

static int signals[] = {SIGSEGV, SIGILL};

static void check(void (*handler)(int), int blocked) {
  for (int i = 0; i < 2; i++) {
    struct sigaction action;
    EXPECT_SAME(sigaction(signals[i], NULL, &action), 0);
    EXPECT(action.sa_handler == handler);
    EXPECT(action.sa_flags & SA_NODEFER);
    EXPECT(sigismember(&action.sa_mask, SIGUSR1));
    EXPECT_SAME(blocks(signals[i]), blocked);
  }
}

static void *in_thread(void *unused) {
  (void)unused;
  use_all();
  check(count, 1);
  return NULL;
}

static volatile int done;

static void *be_busy(void *unused) {
  (void)unused;
  while (!done) taken++;
  return NULL;
}

/* A task that is made to stop for others, by steps and breakpoints, keeps its mask and its action. */
static void beside_another(void) {
  pthread_t thread;
  struct sigaction action = {.sa_handler = count};
  sigset_t trap;
  sigemptyset(&trap);
  sigaddset(&trap, SIGTRAP);
  EXPECT_SAME(sigaction(SIGTRAP, &action, NULL), 0);
  EXPECT_SAME(pthread_create(&thread, NULL, be_busy, NULL), 0);
  EXPECT_SAME(pthread_sigmask(SIG_BLOCK, &trap, NULL), 0);
  for (volatile int pass = 0; pass < 40000000; pass++) continue;
  EXPECT(blocks(SIGTRAP));
  EXPECT_SAME(pthread_sigmask(SIG_UNBLOCK, &trap, NULL), 0);
  EXPECT_SAME(sigaction(SIGTRAP, NULL, &action), 0);
  EXPECT(action.sa_handler == count);
  handled = 0;
  asm volatile("int3");
  EXPECT_SAME(handled, 1);
  done = 1;
  EXPECT_SAME(pthread_join(thread, NULL), 0);
  ok("beside another");
}

int main(void) {
  set_all(signals, count, SIG_BLOCK);
  for (int i = 0; i < 3; i++) use_all();
  check(count, 1);
  ok("blocked");

  pthread_t thread;
  EXPECT_SAME(pthread_create(&thread, NULL, in_thread, NULL), 0);
  EXPECT_SAME(pthread_join(thread, NULL), 0);
  check(count, 1);
  ok("blocked in a thread");

  EXPECT_SAME(raise(SIGSEGV), 0);
  use_all();
  EXPECT_SAME(handled, 0);
  set_all(signals, count, SIG_UNBLOCK);
  EXPECT_SAME(handled, 1);
  use_all();
  check(count, 0);
  ok("one that waited");

  set_all(signals, SIG_IGN, SIG_UNBLOCK);
  use_all();
  check(SIG_IGN, 0);
  EXPECT_SAME(raise(SIGSEGV), 0);
  EXPECT_SAME(raise(SIGILL), 0);
  set_all(signals, SIG_IGN, SIG_BLOCK);
  use_all();
  check(SIG_IGN, 1);
  ok("ignored");
  beside_another();
  return 0;
}
