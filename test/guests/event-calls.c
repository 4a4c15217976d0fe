/* Waiting for descriptors: poll, select, epoll, and the descriptors that are made to be waited for. */
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/inotify.h>
#include <sys/select.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/timerfd.h>
#include <sys/wait.h>
#include <time.h>

#include "expect.h"

static void polls(void) {
  int pipes[2];
  EXPECT_SAME(pipe(pipes), 0);
  struct pollfd entries[] = {{pipes[0], POLLIN, -1}, {pipes[1], POLLOUT, -1}, {-1, POLLIN, -1}, {999, POLLIN, -1}};
  EXPECT_SAME(poll(entries, 4, 0), 2);
  EXPECT_SAME(syscall(SYS_poll, entries, INT_MAX, 0), -1);
  EXPECT_SAME(errno, EINVAL);
  EXPECT(entries[0].revents == 0 && entries[1].revents == POLLOUT && entries[2].revents == 0 && entries[3].revents == POLLNVAL);
  EXPECT_SAME(poll(entries, 1, 20), 0);
  struct timespec soon = {0, 20000000};
  sigset_t none;
  sigemptyset(&none);
  EXPECT_SAME(ppoll(entries, 1, &soon, &none), 0);
  EXPECT_SAME(write(pipes[1], "x", 1), 1);
  EXPECT_SAME(ppoll(entries, 1, NULL, NULL), 1);
  fd_set in, out;
  FD_ZERO(&in);
  FD_ZERO(&out);
  FD_SET(pipes[0], &in), FD_SET(pipes[1], &in), FD_SET(pipes[1], &out);
  struct timeval wait = {1, 0};
  EXPECT_SAME(select(pipes[1] + 1, &in, &out, NULL, &wait), 2);
  EXPECT(FD_ISSET(pipes[0], &in) && !FD_ISSET(pipes[1], &in) && FD_ISSET(pipes[1], &out));
  EXPECT(wait.tv_sec == 0 || wait.tv_sec == 1);
  char byte;
  EXPECT_SAME(read(pipes[0], &byte, 1), 1);
  EXPECT_SAME(pselect(pipes[0] + 1, &in, NULL, NULL, &soon, &none), 0);
  EXPECT(!FD_ISSET(pipes[0], &in));
  close(pipes[0]), close(pipes[1]);
  tell("poll and select, %ld us left", (long)wait.tv_usec);
}

static void counts(void) {
  uint64_t value = 5;
  int fd = eventfd(3, EFD_NONBLOCK), steps = eventfd(2, EFD_SEMAPHORE | EFD_NONBLOCK);
  EXPECT_SAME(write(fd, &value, 8), 8);
  EXPECT_SAME(read(fd, &value, 8), 8);
  EXPECT_SAME(value, 8);
  EXPECT_SAME(read(fd, &value, 8), -1);
  EXPECT_SAME(errno, EAGAIN);
  value = UINT64_MAX;
  EXPECT_SAME(write(fd, &value, 8), -1);
  EXPECT_SAME(errno, EINVAL);
  for (int i = 0; i < 2; i++) EXPECT(read(steps, &value, 8) == 8 && value == 1);
  EXPECT_SAME(read(steps, &value, 8), -1);
  close(fd), close(steps);
  ok("eventfd");
}

static void *count_up(void *argument) {
  uint64_t one = 1;
  for (int i = 0; i < 100; i++) EXPECT_SAME(write(*(int *)argument, &one, 8), 8);
  return NULL;
}

static void epolls(void) {
  int epoll = epoll_create1(EPOLL_CLOEXEC), event = eventfd(0, EFD_NONBLOCK), ends[2];
  EXPECT_SAME(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, ends), 0);
  struct epoll_event wanted = {EPOLLIN, {.u64 = 0x123456789abcdef}}, got[4];
  EXPECT_SAME(epoll_ctl(epoll, EPOLL_CTL_ADD, event, &wanted), 0);
  EXPECT_SAME(epoll_ctl(epoll, EPOLL_CTL_ADD, event, &wanted), -1);
  EXPECT_SAME(errno, EEXIST);
  wanted = (struct epoll_event){EPOLLIN | EPOLLRDHUP | EPOLLET, {.fd = ends[0]}};
  EXPECT_SAME(epoll_ctl(epoll, EPOLL_CTL_ADD, ends[0], &wanted), 0);
  EXPECT_SAME(epoll_wait(epoll, got, 4, 10), 0);
  EXPECT_SAME(write(ends[1], "edge", 4), 4);
  EXPECT_SAME(epoll_wait(epoll, got, 4, -1), 1);
  EXPECT(got[0].events == EPOLLIN && got[0].data.fd == ends[0]);
  EXPECT_SAME(epoll_wait(epoll, got, 4, 0), 0); /* told once */
  pthread_t thread;
  EXPECT_SAME(pthread_create(&thread, NULL, count_up, &event), 0);
  uint64_t total = 0, value;
  int rounds = 0;
  for (; total < 100; rounds++) {
    EXPECT_SAME(epoll_pwait(epoll, got, 4, -1, NULL), 1);
    EXPECT_SAME(got[0].data.u64, 0x123456789abcdef);
    EXPECT_SAME(read(event, &value, 8), 8);
    total += value;
  }
  EXPECT_SAME(pthread_join(thread, NULL), 0);
  EXPECT_SAME(total, 100);
  wanted.events = EPOLLOUT | EPOLLONESHOT;
  EXPECT_SAME(epoll_ctl(epoll, EPOLL_CTL_MOD, ends[0], &wanted), 0);
  struct timespec soon = {0, 10000000};
  EXPECT_SAME(syscall(SYS_epoll_pwait2, epoll, got, 4, &soon, NULL, 8), 1);
  EXPECT_SAME(got[0].events, EPOLLOUT);
  EXPECT_SAME(epoll_wait(epoll, got, 4, 0), 0);
  EXPECT_SAME(epoll_ctl(epoll, EPOLL_CTL_DEL, event, NULL), 0);
  EXPECT_SAME(epoll_ctl(epoll, EPOLL_CTL_ADD, epoll, &wanted), -1);
  EXPECT_SAME(errno, EINVAL);
  wanted.events = EPOLLIN | EPOLLRDHUP;
  EXPECT_SAME(epoll_ctl(epoll, EPOLL_CTL_MOD, ends[0], &wanted), 0);
  close(ends[1]);
  int outer = epoll_create(1);
  wanted.events = EPOLLIN;
  EXPECT_SAME(epoll_ctl(outer, EPOLL_CTL_ADD, epoll, &wanted), 0); /* one in another */
  EXPECT_SAME(epoll_wait(outer, got, 4, -1), 1);
  EXPECT_SAME(epoll_wait(epoll, got, 4, -1), 1);
  EXPECT_SAME(got[0].events, EPOLLIN | EPOLLRDHUP | EPOLLHUP);
  close(outer), close(epoll), close(event), close(ends[0]);
  ok("epoll, %d rounds", rounds);
}

static void timers(void) {
  int fd = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC);
  struct itimerspec value = {{0, 5000000}, {0, 5000000}}, old;
  EXPECT_SAME(timerfd_settime(fd, 0, &value, NULL), 0);
  uint64_t expired = 0, now;
  while (expired < 4) {
    EXPECT_SAME(read(fd, &now, 8), 8);
    expired += now;
  }
  EXPECT_SAME(timerfd_gettime(fd, &value), 0);
  EXPECT_SAME(value.it_interval.tv_nsec, 5000000);
  tell("a timer: %lu times, %ld ns left", (unsigned long)expired, (long)value.it_value.tv_nsec);
  struct timespec soon;
  EXPECT_SAME(clock_gettime(CLOCK_MONOTONIC, &soon), 0);
  value = (struct itimerspec){.it_value = {soon.tv_sec + 100, 0}};
  EXPECT_SAME(timerfd_settime(fd, TFD_TIMER_ABSTIME, &value, &old), 0);
  value.it_value.tv_sec = 0;
  EXPECT_SAME(timerfd_settime(fd, 0, &value, &old), 0);
  EXPECT(old.it_value.tv_sec <= 100 && old.it_value.tv_sec > 60);
  close(fd);
  tell("an absolute one: %ld s left", old.it_value.tv_sec);
}

static void signals(void) {
  sigset_t set, old;
  sigemptyset(&set);
  sigaddset(&set, SIGUSR1), sigaddset(&set, SIGRTMIN), sigaddset(&set, SIGCHLD);
  EXPECT_SAME(sigprocmask(SIG_BLOCK, &set, &old), 0);
  int fd = signalfd(-1, &set, SFD_NONBLOCK);
  struct signalfd_siginfo infos[4];
  EXPECT_SAME(read(fd, infos, sizeof infos), -1);
  EXPECT_SAME(errno, EAGAIN);
  EXPECT_SAME(sigqueue(getpid(), SIGRTMIN, (union sigval){.sival_int = 42}), 0);
  EXPECT_SAME(kill(getpid(), SIGUSR1), 0);
  EXPECT_SAME(read(fd, infos, sizeof infos), 2 * sizeof *infos);
  EXPECT(infos[0].ssi_signo == SIGUSR1 && infos[0].ssi_pid == (uint32_t)getpid());
  EXPECT(infos[1].ssi_signo == (uint32_t)SIGRTMIN && infos[1].ssi_int == 42);
  pid_t pid = fork();
  if (pid == 0) _exit(9);
  struct pollfd entry = {.fd = fd, .events = POLLIN};
  EXPECT_SAME(poll(&entry, 1, -1), 1);
  EXPECT_SAME(read(fd, infos, sizeof infos), sizeof *infos);
  EXPECT(infos[0].ssi_signo == SIGCHLD && infos[0].ssi_pid == (uint32_t)pid && infos[0].ssi_status == 9);
  int status;
  EXPECT_SAME(waitpid(pid, &status, 0), pid);
  close(fd);
  EXPECT_SAME(sigprocmask(SIG_SETMASK, &old, NULL), 0);
  tell("signals as descriptors: %u", infos[0].ssi_pid);
}

static void processes(void) {
  int pipes[2];
  EXPECT_SAME(pipe(pipes), 0);
  pid_t pid = fork();
  if (pid == 0) {
    char byte;
    _exit(read(pipes[0], &byte, 1) == 1 ? 3 : 4);
  }
  int fd = syscall(SYS_pidfd_open, pid, 0);
  struct pollfd entry = {.fd = fd, .events = POLLIN};
  EXPECT_SAME(poll(&entry, 1, 0), 0);
  EXPECT_SAME(write(pipes[1], "x", 1), 1);
  EXPECT_SAME(poll(&entry, 1, -1), 1);
  siginfo_t info;
  EXPECT_SAME(waitid(P_PIDFD, fd, &info, WEXITED), 0);
  EXPECT(info.si_pid == pid && info.si_status == 3);
  close(fd), close(pipes[0]), close(pipes[1]);
  ok("a process as a descriptor");
}

static void folders(void) {
  char name[] = "/tmp/event-calls-XXXXXX", path[64], other[64];
  EXPECT(mkdtemp(name));
  snprintf(path, sizeof path, "%s/file", name);
  snprintf(other, sizeof other, "%s/renamed", name);
  int fd = inotify_init1(IN_NONBLOCK);
  int watch = inotify_add_watch(fd, name, IN_ALL_EVENTS);
  EXPECT(watch >= 0);
  pid_t pid = fork();
  if (pid == 0) {
    int file = open(path, O_CREAT | O_WRONLY, 0600);
    EXPECT_SAME(write(file, "x", 1), 1);
    close(file);
    EXPECT_SAME(rename(path, other), 0);
    EXPECT_SAME(chmod(other, 0400), 0);
    EXPECT_SAME(unlink(other), 0);
    _exit(0);
  }
  int status;
  EXPECT_SAME(waitpid(pid, &status, 0), pid);
  EXPECT_SAME(status, 0);
  EXPECT_SAME(rmdir(name), 0);
  char buffer[4096] __attribute__((aligned(8)));
  ssize_t length = read(fd, buffer, sizeof buffer);
  EXPECT(length > 0);
  unsigned seen = 0, cookies[2] = {0}, moves = 0;
  for (char *at = buffer; at < buffer + length;) {
    struct inotify_event *event = (void *)at;
    seen |= event->mask;
    if (event->mask & (IN_MOVED_FROM | IN_MOVED_TO)) cookies[moves++] = event->cookie;
    at += sizeof *event + event->len;
  }
  unsigned all = IN_CREATE | IN_OPEN | IN_MODIFY | IN_CLOSE_WRITE | IN_MOVED_FROM | IN_MOVED_TO | IN_ATTRIB | IN_DELETE | IN_DELETE_SELF | IN_IGNORED;
  EXPECT_SAME(seen & all, all);
  EXPECT(moves == 2 && cookies[0] == cookies[1]);
  EXPECT_SAME(inotify_rm_watch(fd, watch), -1);
  EXPECT_SAME(errno, EINVAL);
  close(fd);
  tell("inotify: %zd bytes, cookie %u", length, cookies[0]);
}

int main(void) {
  polls();
  counts();
  epolls();
  timers();
  signals();
  processes();
  folders();
  return 0;
}
