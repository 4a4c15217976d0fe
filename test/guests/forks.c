/* A hundred children, their pipes, their exit codes, and the order in which they were collected. */
#include <signal.h>
#include <sys/resource.h>
#include <sys/wait.h>

#include "expect.h"

#define CHILDREN 100

static int index_of(const pid_t *pids, pid_t pid) {
  for (int i = 0; i < CHILDREN; i++) {
    if (pids[i] == pid) return i;
  }
  EXPECT(!"a child of this program");
  return -1;
}

int main(void) {
  pid_t pids[CHILDREN];
  int ends[CHILDREN][2], status;
  for (int i = 0; i < CHILDREN; i++) {
    EXPECT_SAME(pipe(ends[i]), 0);
    pids[i] = fork();
    EXPECT(pids[i] >= 0);
    if (pids[i] == 0) {
      char text[32];
      int size = snprintf(text, sizeof text, "child %d", i);
      close(ends[i][0]);
      _exit(write(ends[i][1], text, size) == size ? i : 255);
    }
    close(ends[i][1]);
  }
  for (int i = CHILDREN - 1; i >= 0; i--) {
    char text[32] = "", expected[32];
    snprintf(expected, sizeof expected, "child %d", i);
    EXPECT(read(ends[i][0], text, sizeof text - 1) > 0);
    EXPECT_SAME(strcmp(text, expected), 0);
    EXPECT_SAME(read(ends[i][0], text, 1), 0);
    close(ends[i][0]);
  }
  uint64_t order = FNV_START;
  for (int i = 0; i < CHILDREN; i++) {
    struct rusage usage;
    pid_t pid = wait4(-1, &status, 0, &usage);
    EXPECT(pid > 0);
    int which = index_of(pids, pid);
    EXPECT_SAME(status, which << 8);
    order = fnv(order, &which, sizeof which);
  }
  errno = 0;
  EXPECT_SAME(waitpid(-1, &status, 0), -1);
  EXPECT_SAME(errno, ECHILD);
  ok("%d children collected, order %016lx", CHILDREN, (unsigned long)order);

  /* Generations: each makes the next and adds one to its exit code. */
  int depth = 0;
  pid_t pid = 0;
  while (depth < 10 && (pid = fork()) == 0) depth++;
  if (pid == 0) _exit(0);
  EXPECT_SAME(waitpid(pid, &status, 0), pid);
  EXPECT(WIFEXITED(status));
  if (depth > 0) _exit(WEXITSTATUS(status) + 1);
  EXPECT_SAME(WEXITSTATUS(status), 9);
  ok("ten generations");

  /* waitid leaves the child in place when asked to. */
  siginfo_t info;
  pid = fork();
  if (pid == 0) _exit(5);
  EXPECT_SAME(waitid(P_PID, pid, &info, WEXITED | WNOWAIT), 0);
  EXPECT_SAME(info.si_pid, pid);
  EXPECT_SAME(info.si_status, 5);
  EXPECT_SAME(waitid(P_ALL, 0, &info, WEXITED), 0);
  EXPECT_SAME(info.si_pid, pid);
  ok("waited twice");

  /* A pipe without a reader. */
  int broken[2];
  EXPECT_SAME(pipe(broken), 0);
  close(broken[0]);
  pid = fork();
  if (pid == 0) {
    signal(SIGPIPE, SIG_DFL);
    if (write(broken[1], "x", 1) == 1) _exit(0);
    _exit(1);
  }
  EXPECT_SAME(waitpid(pid, &status, 0), pid);
  EXPECT_SAME(status, SIGPIPE);
  ok("broken pipe");
  return 0;
}
