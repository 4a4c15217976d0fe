/* wait4(2) and waitid(2) with each choice of whom and what to wait for, by processes and by threads. */
#include <pthread.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include "sleeper.h"

static pid_t child(int code) {
  pid_t pid = fork();
  EXPECT(pid >= 0);
  if (pid == 0) _exit(code);
  return pid;
}

/* What waitid fills, by field. */
static void expect_info(const siginfo_t *info, pid_t pid, int code, int status) {
  EXPECT_SAME(info->si_signo, SIGCHLD);
  EXPECT_SAME(info->si_pid, pid);
  EXPECT_SAME(info->si_uid, getuid());
  EXPECT_SAME(info->si_code, code);
  EXPECT_SAME(info->si_status, status);
}

static void without_waiting(void) {
  int status = 77;
  pid_t pid = sleeper();
  EXPECT_SAME(waitpid(pid, &status, WNOHANG), 0);
  EXPECT_SAME(status, 77);
  siginfo_t info;
  memset(&info, 0xee, sizeof info);
  EXPECT_SAME(waitid(P_PID, pid, &info, WEXITED | WNOHANG), 0);
  EXPECT_SAME(info.si_pid, 0);
  EXPECT_SAME(info.si_signo, 0);
  EXPECT_SAME(kill(pid, SIGKILL), 0);
  /* Asks until it is there. */
  int asked = 0;
  while (waitpid(pid, &status, WNOHANG) == 0) asked++;
  EXPECT_SAME(status, SIGKILL);
  EXPECT_SAME(waitpid(pid, &status, WNOHANG), -1);
  EXPECT_SAME(errno, ECHILD);
  ok("WNOHANG");
}

static void kinds(void) {
  siginfo_t info;
  struct rusage usage;
  pid_t pid = child(5);
  EXPECT_SAME(syscall(SYS_waitid, P_PID, pid, &info, WEXITED | WNOWAIT, &usage), 0);
  expect_info(&info, pid, CLD_EXITED, 5);
  EXPECT_SAME(syscall(SYS_waitid, P_ALL, 0, NULL, WEXITED | WNOWAIT, NULL), 0);
  int status;
  EXPECT_SAME(wait4(pid, &status, 0, &usage), pid);
  EXPECT_SAME(status, 5 << 8);
  pid = sleeper();
  kill(pid, SIGTERM);
  EXPECT_SAME(waitid(P_PID, pid, &info, WEXITED), 0);
  expect_info(&info, pid, CLD_KILLED, SIGTERM);
  ok("ends");

  pid = sleeper();
  for (int round = 0; round < 3; round++) {
    kill(pid, SIGSTOP);
    EXPECT_SAME(waitid(P_PID, pid, &info, WSTOPPED | WNOWAIT), 0);
    expect_info(&info, pid, CLD_STOPPED, SIGSTOP);
    EXPECT_SAME(waitid(P_PID, pid, &info, WSTOPPED), 0);
    expect_info(&info, pid, CLD_STOPPED, SIGSTOP);
    EXPECT_SAME(waitid(P_PID, pid, &info, WSTOPPED | WNOHANG), 0);
    EXPECT_SAME(info.si_pid, 0);
    kill(pid, SIGCONT);
    EXPECT_SAME(waitid(P_PID, pid, &info, WCONTINUED), 0);
    expect_info(&info, pid, CLD_CONTINUED, SIGCONT);
  }
  /* Heeded in a group that is no orphan: in one of its own, since this program may lead a session. */
  EXPECT_SAME(setpgid(pid, pid), 0);
  kill(pid, SIGTSTP);
  EXPECT_SAME(waitpid(pid, &status, WUNTRACED), pid);
  EXPECT(WIFSTOPPED(status) && WSTOPSIG(status) == SIGTSTP);
  kill(pid, SIGKILL);
  EXPECT_SAME(waitpid(pid, &status, WUNTRACED | WCONTINUED), pid);
  EXPECT_SAME(status, SIGKILL);
  ok("stops and continues");
}

static void groups(void) {
  int status;
  siginfo_t info;
  pid_t first = child(1), second = sleeper();
  EXPECT_SAME(setpgid(second, second), 0);
  EXPECT_SAME(waitpid(0, &status, 0), first);
  EXPECT_SAME(waitpid(0, &status, 0), -1);
  EXPECT_SAME(errno, ECHILD);
  kill(second, SIGINT);
  EXPECT_SAME(waitid(P_PGID, second, &info, WEXITED | WNOWAIT), 0);
  expect_info(&info, second, CLD_KILLED, SIGINT);
  EXPECT_SAME(waitpid(-second, &status, 0), second);
  ok("groups");
}

static void failures(void) {
  int status;
  siginfo_t info;
  EXPECT_SAME(waitpid(getpid(), &status, 0), -1);
  EXPECT_SAME(errno, ECHILD);
  EXPECT_SAME(waitpid(-1, &status, 0x40), -1);
  EXPECT_SAME(errno, EINVAL);
  EXPECT_SAME(waitid(P_ALL, 0, &info, 0), -1);
  EXPECT_SAME(errno, EINVAL);
  EXPECT_SAME(syscall(SYS_waitid, 9, 0, &info, WEXITED, NULL), -1);
  EXPECT_SAME(errno, EINVAL);
  pid_t pid = child(1);
  EXPECT_SAME(syscall(SYS_wait4, pid, 8, 0, NULL), -1);
  EXPECT_SAME(errno, EFAULT);
  ok("failures");
}

/* A thread may wait for a child that another one made, unless it says otherwise. */

static volatile pid_t made;

static void *makes(void *argument) {
  (void)argument;
  made = child(9);
  return NULL;
}

static void *waits_for_own(void *argument) {
  int status;
  EXPECT_SAME(waitpid(*(pid_t *)argument, &status, __WNOTHREAD), -1);
  EXPECT_SAME(errno, ECHILD);
  EXPECT_SAME(waitpid(*(pid_t *)argument, &status, 0), *(pid_t *)argument);
  EXPECT_SAME(status, 10 << 8);
  return NULL;
}

static void threads(void) {
  pthread_t thread;
  int status;
  EXPECT_SAME(pthread_create(&thread, NULL, makes, NULL), 0);
  EXPECT_SAME(pthread_join(thread, NULL), 0);
  EXPECT_SAME(waitpid(made, &status, 0), made);
  EXPECT_SAME(status, 9 << 8);
  pid_t mine = child(10);
  EXPECT_SAME(pthread_create(&thread, NULL, waits_for_own, &mine), 0);
  EXPECT_SAME(pthread_join(thread, NULL), 0);
  ok("threads");
}

static void *waits_for_any(void *argument) {
  int status;
  pid_t pid = wait(&status);
  EXPECT(pid > 0);
  *(int *)argument = WEXITSTATUS(status);
  return NULL;
}

/* Eight threads wait for any of eight children: each gets one. */
static void crowd(void) {
  pthread_t threads[8];
  int codes[8], ends[2], sum = 0;
  EXPECT_SAME(pipe(ends), 0);
  for (int i = 0; i < 8; i++) {
    if (fork() == 0) {
      char byte;
      close(ends[1]);
      _exit(read(ends[0], &byte, 1) == 0 ? 1 << i : 0);
    }
  }
  for (int i = 0; i < 8; i++) EXPECT_SAME(pthread_create(&threads[i], NULL, waits_for_any, &codes[i]), 0);
  close(ends[1]);
  for (int i = 0; i < 8; i++) {
    EXPECT_SAME(pthread_join(threads[i], NULL), 0);
    sum += codes[i];
  }
  EXPECT_SAME(sum, 255);
  close(ends[0]);
  ok("many threads wait");
}

int main(void) {
  without_waiting();
  kinds();
  groups();
  failures();
  threads();
  crowd();
  return 0;
}
