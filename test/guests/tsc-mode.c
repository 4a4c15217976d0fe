/* A program that makes rdtsc a fault of its own (PR_SET_TSC of prctl(2)), and takes it back. */
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>

#include "expect.h"

static __thread sigjmp_buf behind;
static void leaves(int signal, siginfo_t *info, void *context) {
  (void)context;
  EXPECT_SAME(signal, SIGSEGV);
  EXPECT(info->si_code == SI_KERNEL && info->si_addr == NULL);
  siglongjmp(behind, 1);
}

static uint64_t rdtsc(void) {
  uint32_t low, high;
  asm volatile("rdtsc" : "=a"(low), "=d"(high));
  return (uint64_t)high << 32 | low;
}

/* Both halves are taken: else portrace would not see it where it must replace it. */
static volatile uint64_t counter;

static int mode(void) {
  int is = -1;
  EXPECT_SAME(prctl(PR_GET_TSC, &is), 0);
  return is;
}

/* Some virtual machines accept PR_SET_TSC, and rdtsc does not fault there. */
static int faults(void) {
  if (sigsetjmp(behind, 1)) return 1;
  counter = rdtsc();
  return 0;
}

static void *in_thread(void *expected) {
  EXPECT_SAME(mode(), PR_TSC_SIGSEGV);
  EXPECT_SAME(faults(), *(int *)expected);
  EXPECT_SAME(prctl(PR_SET_TSC, PR_TSC_ENABLE), 0);
  EXPECT_SAME(faults(), 0);
  return NULL;
}

int main(void) {
  struct sigaction action = {.sa_flags = SA_SIGINFO};
  action.sa_sigaction = leaves;
  EXPECT_SAME(sigaction(SIGSEGV, &action, NULL), 0);
  EXPECT_SAME(mode(), PR_TSC_ENABLE);
  EXPECT_SAME(faults(), 0);
  EXPECT_SAME(prctl(PR_SET_TSC, 3), -1);
  EXPECT_SAME(errno, EINVAL);
  EXPECT_SAME(prctl(PR_GET_TSC, (int *)8), -1);
  EXPECT_SAME(errno, EFAULT);
  EXPECT_SAME(prctl(PR_SET_TSC, PR_TSC_SIGSEGV), 0);
  EXPECT_SAME(mode(), PR_TSC_SIGSEGV);
  int do_fault = faults();
  for (int i = 0; i < 3; i++) EXPECT_SAME(faults(), do_fault);
  pthread_t thread;
  EXPECT_SAME(pthread_create(&thread, NULL, in_thread, &do_fault), 0);
  EXPECT_SAME(pthread_join(thread, NULL), 0);
  EXPECT_SAME(faults(), do_fault);
  pid_t pid = fork();
  if (pid == 0) _exit(faults() == do_fault && mode() == PR_TSC_SIGSEGV ? 5 : 6);
  int status;
  EXPECT_SAME(waitpid(pid, &status, 0), pid);
  EXPECT_SAME(status, 5 << 8);
  EXPECT_SAME(prctl(PR_SET_TSC, PR_TSC_ENABLE), 0);
  uint64_t first = rdtsc(), last = rdtsc();
  EXPECT(last >= first);
  ok("rdtsc faults where it should");
  return 0;
}
