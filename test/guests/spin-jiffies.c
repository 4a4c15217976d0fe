/*
 * Waiting for a tick without any system call, while nothing but the tick's handler changes
 * anything, then calibrating a delay loop by doubling and bisecting as a kernel does it.
 */
#include <signal.h>
#include <sys/time.h>

#include "expect.h"

static volatile unsigned long jiffies;

static void on_tick(int signal) {
  (void)signal;
  jiffies++;
}

__attribute__((noinline)) static void delay(unsigned long loops) {
  asm volatile("1: dec %0; jnz 1b" : "+r"(loops) : : "cc");
}

static void next_tick(void) {
  unsigned long now = jiffies;
  while (now == jiffies) asm volatile("pause");
}

int main(void) {
  struct sigaction action = {.sa_handler = on_tick, .sa_flags = SA_RESTART};
  struct itimerval ten_ms = {{0, 10000}, {0, 10000}};
  unsigned long loops = 1 << 12, step;
  EXPECT_SAME(sigaction(SIGALRM, &action, NULL), 0);
  EXPECT_SAME(setitimer(ITIMER_REAL, &ten_ms, NULL), 0);
  for (int i = 0; i < 5; i++) next_tick();
  ok("waited for five ticks");
  do { /* the first power of two that takes longer than a tick */
    loops <<= 1;
    next_tick();
    unsigned long now = jiffies;
    delay(loops);
    if (now != jiffies) break;
  } while (loops < 1UL << 40);
  for (step = loops >> 1, loops >>= 1; step > loops >> 6; step >>= 1) {
    next_tick();
    unsigned long now = jiffies;
    delay(loops | step >> 1);
    if (now == jiffies) loops |= step >> 1;
  }
  EXPECT(loops > 0);
  ok("%lu loops a tick", loops);
  return 0;
}
