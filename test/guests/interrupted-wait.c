/* A tracer whose wait a timer's signal interrupts after a tenth of a second, in which nothing else happens. */
#include <signal.h>
#include <sys/ptrace.h>
#include <sys/time.h>
#include <sys/wait.h>

#include "expect.h"

static void handler(int signal) { (void)signal; }

int main(void) {
  struct sigaction action = {.sa_handler = handler};
  EXPECT_SAME(sigaction(SIGALRM, &action, NULL), 0);
  pid_t pid = fork();
  if (pid == 0) {
    ptrace(PTRACE_TRACEME, 0, 0, 0);
    raise(SIGSTOP);
    for (;;) pause();
  }
  int status;
  EXPECT_SAME(waitpid(pid, &status, 0), pid);
  EXPECT_SAME(ptrace(PTRACE_CONT, pid, 0, 0), 0);
  struct itimerval tenth = {.it_value = {.tv_usec = 100000}};
  EXPECT_SAME(setitimer(ITIMER_REAL, &tenth, NULL), 0);
  EXPECT_SAME(waitpid(pid, &status, 0), -1);
  EXPECT_SAME(errno, EINTR);
  EXPECT_SAME(kill(pid, SIGKILL), 0);
  EXPECT_SAME(waitpid(pid, &status, 0), pid);
  ok("the wait was interrupted");
  return 0;
}
