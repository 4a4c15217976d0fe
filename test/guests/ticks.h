/*
 * A 10 ms interval timer whose handler records where the program was: each tick keeps the counter
 * that the program gives it. A replay that delivers a tick at another place prints other numbers.
 */
#ifndef TICKS_H
#define TICKS_H

#include <signal.h>
#include <stdint.h>
#include <sys/time.h>
#include <time.h>
#include <ucontext.h>

#include "expect.h"

#define TICKS 8

static uint64_t counts[TICKS];
static uintptr_t places[TICKS]; /* instruction addresses */
static volatile sig_atomic_t ticks, enough;

/* What the counter is at a tick; the registers are those of the interrupted loop. */
static uint64_t read_counter(const greg_t *registers);

static void on_tick(int signal, siginfo_t *info, void *context) {
  const greg_t *registers = ((ucontext_t *)context)->uc_mcontext.gregs;
  (void)signal;
  (void)info;
  if (ticks == TICKS) return;
  counts[ticks] = read_counter(registers);
  places[ticks] = registers[REG_RIP];
  ticks++;
  if (ticks == TICKS) enough = 1;
}

static inline void catch_ticks(void) {
  struct sigaction action = {.sa_flags = SA_SIGINFO | SA_RESTART};
  action.sa_sigaction = on_tick;
  EXPECT_SAME(sigaction(SIGALRM, &action, NULL), 0);
}

/* setitimer(ITIMER_REAL), the old interface. */
static inline void start_interval(void) {
  struct itimerval ten_ms = {{0, 10000}, {0, 10000}};
  catch_ticks();
  EXPECT_SAME(setitimer(ITIMER_REAL, &ten_ms, NULL), 0);
}

/* timer_create(CLOCK_MONOTONIC), the process-directed signal of a User-Mode Linux kernel. */
static inline void start_timer(void) {
  struct itimerspec ten_ms = {{0, 10000000}, {0, 10000000}};
  struct sigevent event = {.sigev_notify = SIGEV_SIGNAL, .sigev_signo = SIGALRM};
  timer_t timer;
  catch_ticks();
  EXPECT_SAME(timer_create(CLOCK_MONOTONIC, &event, &timer), 0);
  EXPECT_SAME(timer_settime(timer, 0, &ten_ms, NULL), 0);
}

/* Prints the counter at every tick; it must never go back. */
static inline void print_ticks(uint64_t final_count) {
  uint64_t hash = FNV_START;
  signal(SIGALRM, SIG_IGN);
  EXPECT_SAME(ticks, TICKS);
  for (int i = 0; i < TICKS; i++) {
    EXPECT(i == 0 || counts[i] >= counts[i - 1]);
    ok("tick %d at count %lu", i + 1, (unsigned long)counts[i]);
    hash = fnv(hash, &places[i], sizeof places[i]);
  }
  EXPECT(final_count >= counts[TICKS - 1]);
  ok("end at count %lu, places %016lx", (unsigned long)final_count, (unsigned long)hash);
}

#endif
