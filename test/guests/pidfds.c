/* Descriptors of processes: pidfd_open(2), pidfd_send_signal(2), pidfd_getfd(2), poll on them, waitid by them. */
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include "sleeper.h"

#ifndef PIDFD_NONBLOCK
#define PIDFD_NONBLOCK O_NONBLOCK
#endif

static int open_pid(pid_t pid, int flags) { return syscall(SYS_pidfd_open, pid, flags); }
static int send(int pidfd, int signal, siginfo_t *info) { return syscall(SYS_pidfd_send_signal, pidfd, signal, info, 0); }

static volatile int value;
static void note(int signal, siginfo_t *info, void *context) {
  (void)signal;
  (void)context;
  value = info->si_value.sival_int;
}

int main(void) {
  siginfo_t info;
  pid_t pid = sleeper();
  int pidfd = open_pid(pid, 0);
  EXPECT(pidfd >= 0);
  EXPECT_SAME(fcntl(pidfd, F_GETFD), FD_CLOEXEC);
  struct pollfd wait_for = {.fd = pidfd, .events = POLLIN};
  EXPECT_SAME(poll(&wait_for, 1, 0), 0);
  EXPECT_SAME(send(pidfd, 0, NULL), 0);
  EXPECT_SAME(send(pidfd, SIGTERM, NULL), 0);
  EXPECT_SAME(poll(&wait_for, 1, -1), 1);
  EXPECT_SAME(wait_for.revents & POLLIN, POLLIN);
  EXPECT_SAME(waitid(P_PIDFD, pidfd, &info, WEXITED | WNOWAIT), 0);
  EXPECT_SAME(info.si_pid, pid);
  EXPECT_SAME(info.si_status, SIGTERM);
  EXPECT_SAME(waitid(P_PIDFD, pidfd, &info, WEXITED), 0);
  EXPECT_SAME(waitid(P_PIDFD, pidfd, &info, WEXITED), -1);
  EXPECT_SAME(errno, ECHILD);
  EXPECT_SAME(send(pidfd, SIGTERM, NULL), -1);
  EXPECT_SAME(errno, ESRCH);
  close(pidfd);
  ok("signalled, polled, collected");

  EXPECT_SAME(open_pid(-1, 0), -1);
  EXPECT_SAME(errno, EINVAL);
  EXPECT_SAME(open_pid(pid, 0), -1);
  EXPECT_SAME(errno, ESRCH);
  ok("of nobody");

  pid = sleeper();
  pidfd = open_pid(pid, PIDFD_NONBLOCK);
  EXPECT(pidfd >= 0);
  EXPECT_SAME(waitid(P_PIDFD, pidfd, &info, WEXITED), -1);
  EXPECT_SAME(errno, EAGAIN);
  int queue = epoll_create1(EPOLL_CLOEXEC);
  struct epoll_event event = {.events = EPOLLIN, .data.u32 = 5}, got;
  EXPECT_SAME(epoll_ctl(queue, EPOLL_CTL_ADD, pidfd, &event), 0);
  EXPECT_SAME(epoll_wait(queue, &got, 1, 0), 0);
  EXPECT_SAME(kill(pid, SIGKILL), 0);
  EXPECT_SAME(epoll_wait(queue, &got, 1, -1), 1);
  EXPECT_SAME(got.data.u32, 5);
  EXPECT_SAME(waitid(P_PIDFD, pidfd, &info, WEXITED), 0);
  EXPECT_SAME(info.si_code, CLD_KILLED);
  close(queue);
  close(pidfd);
  ok("without blocking, in epoll");

  struct sigaction action = {.sa_flags = SA_SIGINFO};
  action.sa_sigaction = note;
  sigaction(SIGUSR1, &action, NULL);
  pidfd = open_pid(getpid(), 0);
  siginfo_t queued = {.si_signo = SIGUSR1, .si_code = SI_QUEUE};
  queued.si_pid = getpid();
  queued.si_value.sival_int = 4711;
  EXPECT_SAME(send(pidfd, SIGUSR1, &queued), 0);
  EXPECT_SAME(value, 4711);
  close(pidfd);
  ok("a signal with a value to itself");

  /* A descriptor of the child, which it writes to before and its parent afterwards. */
  int ready[2], shared[2];
  EXPECT_SAME(pipe(ready), 0);
  pid = fork();
  if (pid == 0) {
    EXPECT_SAME(pipe(shared), 0);
    EXPECT_SAME(write(shared[1], "child", 6), 6);
    EXPECT_SAME(write(ready[1], &shared[0], sizeof shared[0]), sizeof shared[0]);
    for (;;) pause();
  }
  int theirs;
  char text[8];
  EXPECT_SAME(read(ready[0], &theirs, sizeof theirs), sizeof theirs);
  pidfd = open_pid(pid, 0);
  int mine = syscall(SYS_pidfd_getfd, pidfd, theirs, 0);
  EXPECT(mine >= 0);
  EXPECT_SAME(read(mine, text, sizeof text), 6);
  EXPECT_SAME(strcmp(text, "child"), 0);
  EXPECT_SAME(send(pidfd, SIGKILL, NULL), 0);
  EXPECT_SAME(waitid(P_PIDFD, pidfd, &info, WEXITED), 0);
  close(pidfd);
  ok("a child's descriptor");
  return 0;
}
