/*
 * Real-time policies: they are told back, inherited or not, and a task that has one and waits in a loop for another goes on.
 * Where it may not have one, it says so.
 */
#include <pthread.h>
#include <sched.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include "expect.h"

/* linux/sched/types.h and linux/sched.h, whose names are also glibc's. */
struct attributes {
  uint32_t size, policy;
  uint64_t flags;
  int32_t nice;
  uint32_t priority;
  uint64_t runtime, deadline, period;
};
#define FLAG_RESET_ON_FORK 1

static volatile int flag;

static void *raise_flag(void *unused) {
  (void)unused;
  usleep(2000);
  flag = 1;
  return NULL;
}

static void expect(int policy, int priority) {
  struct sched_param told;
  struct attributes all;
  EXPECT_SAME(sched_getscheduler(0), policy);
  EXPECT_SAME(sched_getparam(0, &told), 0);
  EXPECT_SAME(told.sched_priority, priority);
  EXPECT_SAME(syscall(SYS_sched_getattr, 0, &all, sizeof all, 0), 0);
  EXPECT_SAME(all.policy, policy & ~SCHED_RESET_ON_FORK);
  EXPECT_SAME(all.priority, priority);
}

static void in_child(int policy, int priority) {
  pid_t child = fork();
  if (child == 0) {
    expect(policy, priority);
    _exit(0);
  }
  int status;
  EXPECT_SAME(waitpid(child, &status, 0), child);
  EXPECT_SAME(status, 0);
}

int main(void) {
  struct sched_param parameters = {.sched_priority = 20};
  if (sched_setscheduler(0, SCHED_FIFO, &parameters) != 0) {
    EXPECT_SAME(errno, EPERM);
    ok("not allowed");
    return 0;
  }
  expect(SCHED_FIFO, 20);
  in_child(SCHED_FIFO, 20);
  parameters.sched_priority = 7;
  EXPECT_SAME(sched_setparam(0, &parameters), 0);
  expect(SCHED_FIFO, 7);
  parameters.sched_priority = 100;
  EXPECT(sched_setparam(0, &parameters) < 0 && errno == EINVAL);
  ok("first in, first out");

  pthread_t thread;
  EXPECT_SAME(pthread_create(&thread, NULL, raise_flag, NULL), 0);
  while (!flag) {
  }
  EXPECT_SAME(pthread_join(thread, NULL), 0);
  ok("a loop that waits");

  struct attributes all = {.size = sizeof all, .policy = SCHED_RR, .priority = 3, .flags = FLAG_RESET_ON_FORK};
  EXPECT_SAME(syscall(SYS_sched_setattr, 0, &all, 0), 0);
  expect(SCHED_RR | SCHED_RESET_ON_FORK, 3);
  in_child(SCHED_OTHER, 0);
  ok("round robin, not inherited");

  parameters.sched_priority = 0;
  EXPECT_SAME(sched_setscheduler(0, SCHED_OTHER, &parameters), 0);
  expect(SCHED_OTHER, 0);
  ok("ordinary again");
  return 0;
}
