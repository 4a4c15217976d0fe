/*
 * A timer whose handler makes so many calls that it takes longer than the period where each call is
 * slow: the program comes to its end only if it gets on between the ticks.
 */
#include <signal.h>
#include <sys/syscall.h>
#include <sys/time.h>

#include "expect.h"

#define CALLS_IN_HANDLER 400
#define CALLS 2000

static volatile long ticks;

static void on_tick(int signal) {
  (void)signal;
  for (int i = 0; i < CALLS_IN_HANDLER; i++) syscall(SYS_getppid);
  ticks++;
}

int main(void) {
  struct sigaction action = {.sa_handler = on_tick};
  EXPECT_SAME(sigaction(SIGALRM, &action, NULL), 0);
  struct itimerval period = {{0, 2000}, {0, 2000}};
  EXPECT_SAME(setitimer(ITIMER_REAL, &period, NULL), 0);
  while (ticks < 3) syscall(SYS_getppid);
  for (int i = 0; i < CALLS; i++) syscall(SYS_getppid);
  ok("calls between the ticks");
  volatile long steps = 0;
  while (steps < 2000000) steps++;
  ok("steps between the ticks");
  return 0;
}
