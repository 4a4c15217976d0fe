/*
 * Goes to one processor after the other, by itself and by a thread, asks where it is, and has cpuid tell its number each time.
 */
#include <cpuid.h>
#include <pthread.h>
#include <sched.h>
#include <sys/sysinfo.h>
#include <sys/wait.h>

#include "expect.h"

/* False where the kernel does not allow it. */
static int go_to(int processor) {
  cpu_set_t set, told;
  CPU_ZERO(&set);
  CPU_SET((size_t)processor, &set);
  if (sched_setaffinity(0, sizeof set, &set) != 0) {
    EXPECT_SAME(errno, EINVAL);
    return 0;
  }
  EXPECT_SAME(sched_getaffinity(0, sizeof told, &told), 0);
  EXPECT(CPU_EQUAL(&set, &told));
  EXPECT_SAME(sched_getcpu(), processor);
  unsigned a, b, c, d;
  EXPECT(__get_cpuid(1, &a, &b, &c, &d));
  return 1;
}

static void *visit(void *processors) {
  for (int processor = 0; processor < *(int *)processors; processor++) go_to(processor);
  return NULL;
}

int main(void) {
  int processors = get_nprocs_conf(), last = -1;
  cpu_set_t everywhere;
  EXPECT_SAME(sched_getaffinity(0, sizeof everywhere, &everywhere), 0);
  for (int processor = 0; processor < processors; processor++)
    if (go_to(processor)) last = processor;
  EXPECT(last >= 0);
  ok("each processor");

  /* A child is where its parent was, a thread goes its own way, and a parent may send its child somewhere. */
  pid_t child = fork();
  if (child == 0) {
    EXPECT_SAME(sched_getcpu(), last);
    visit(&processors);
    _exit(0);
  }
  int status;
  EXPECT_SAME(waitpid(child, &status, 0), child);
  EXPECT_SAME(status, 0);
  pthread_t thread;
  EXPECT_SAME(pthread_create(&thread, NULL, visit, &processors), 0);
  EXPECT_SAME(pthread_join(thread, NULL), 0);
  EXPECT_SAME(sched_getcpu(), last);
  ok("children and threads");

  cpu_set_t none;
  CPU_ZERO(&none);
  EXPECT(sched_setaffinity(0, sizeof none, &none) < 0 && errno == EINVAL);
  EXPECT_SAME(sched_setaffinity(0, sizeof everywhere, &everywhere), 0);
  cpu_set_t told;
  EXPECT_SAME(sched_getaffinity(0, sizeof told, &told), 0);
  EXPECT(CPU_EQUAL(&everywhere, &told));
  ok("back everywhere");
  return 0;
}
