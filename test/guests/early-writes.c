/*
 * A thread looks at memory that another thread's sleeping call is to fill, and counts how often it looks until it
 * sees what the call wrote: the kernel writes at whatever moment the call is through, among the looker's instructions.
 */
#include <poll.h>
#include <pthread.h>
#include <sys/prctl.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/msg.h>
#include <sys/select.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/timerfd.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <stddef.h>
#include <unistd.h>

#include "memory.h"

static union {
  char bytes[64];
  struct pollfd polled;
  struct epoll_event event;
  fd_set set;
  struct {
    long type;
    char text[8];
  } message;
  siginfo_t info;
} buffer;

/* A byte that the call changes. */
static volatile char *watched;

/* Becomes readable by itself, a while after it was started. */
static int timer;

static void make_timer(void) {
  timer = timerfd_create(CLOCK_MONOTONIC, 0);
  EXPECT(timer >= 0);
}

static int start_timer(void) {
  struct itimerspec soon = {{0, 0}, {0, 3000000}};
  EXPECT_SAME(timerfd_settime(timer, 0, &soon, NULL), 0);
  return timer;
}

/* In memory: instructions that are long enough for a replay to count them quickly at a low address, too. */
static volatile uint64_t looks;

static void look(void) {
  char before = *watched;
  looks = 0;
  while (*watched == before) looks++;
}

static void *make_call(void *argument) {
  ((void (*)(void))argument)();
  return NULL;
}

static void watch(const char *name, void (*call)(void), char *byte) {
  pthread_t thread;
  watched = byte;
  EXPECT_SAME(pthread_create(&thread, NULL, make_call, (void *)call), 0);
  look();
  EXPECT_SAME(pthread_join(thread, NULL), 0);
  ok("%s", name);
  tell("after %lu looks", (unsigned long)looks);
}

static void read_timer(void) {
  EXPECT_SAME(read(start_timer(), buffer.bytes, sizeof buffer.bytes), 8);
  EXPECT_SAME(buffer.bytes[0], 1);
}

static void poll_timer(void) {
  start_timer();
  EXPECT_SAME(poll(&buffer.polled, 1, -1), 1);
  EXPECT_SAME(buffer.polled.revents, POLLIN);
}

static void epoll_timer(void) {
  int epoll = epoll_create1(0);
  struct epoll_event wanted = {.events = EPOLLIN, .data.u32 = 7};
  EXPECT_SAME(epoll_ctl(epoll, EPOLL_CTL_ADD, start_timer(), &wanted), 0);
  EXPECT_SAME(epoll_wait(epoll, &buffer.event, 1, -1), 1);
  EXPECT_SAME(buffer.event.data.u32, 7);
}

/* Of its set, all but the timer never get ready. */
static void select_timer(void) {
  start_timer();
  EXPECT_SAME(select(timer + 1, &buffer.set, NULL, NULL, NULL), 1);
  EXPECT(!FD_ISSET(0, &buffer.set));
  EXPECT(FD_ISSET(timer, &buffer.set));
}

static void wait_for_signal(void) {
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, SIGALRM);
  struct sigevent alarm = {.sigev_notify = SIGEV_SIGNAL, .sigev_signo = SIGALRM};
  struct itimerspec soon = {{0, 0}, {0, 3000000}};
  timer_t timer;
  EXPECT_SAME(timer_create(CLOCK_MONOTONIC, &alarm, &timer), 0);
  EXPECT_SAME(timer_settime(timer, 0, &soon, NULL), 0);
  EXPECT_SAME(sigwaitinfo(&set, &buffer.info), SIGALRM);
}

static pid_t exit_soon(void) {
  pid_t child = fork();
  EXPECT(child >= 0);
  if (child == 0) {
    usleep(3000);
    _exit(1);
  }
  return child;
}

static void wait_for_status(void) {
  pid_t child = exit_soon();
  EXPECT_SAME(waitpid(child, (int *)buffer.bytes, 0), child);
}

static void wait_for_info(void) {
  EXPECT_SAME(waitid(P_PID, (id_t)exit_soon(), &buffer.info, WEXITED), 0);
}

/* What the kernel leaves between the members is as it was. */
static void leave_gaps(void) {
  const size_t gap = offsetof(siginfo_t, si_code) + sizeof(int);
  memset(&buffer, 7, sizeof buffer);
  wait_for_info();
  EXPECT_SAME(buffer.bytes[gap], 7);
  ok("waitid leaves gaps");
}

static int sockets[2];

static void receive(void) {
  EXPECT_SAME(recv(sockets[1], buffer.bytes, sizeof buffer.bytes, 0), 5);
}

static void *send_later(void *argument) {
  (void)argument;
  usleep(3000);
  EXPECT_SAME(send(sockets[0], "hello", 5, 0), 5);
  return NULL;
}

static int queue;

static void receive_message(void) {
  EXPECT_SAME(msgrcv(queue, &buffer.message, sizeof buffer.message.text, 0, 0), 2);
  EXPECT_SAME(buffer.message.type, 9);
}

static void *queue_later(void *argument) {
  struct {
    long type;
    char text[2];
  } message = {9, "x"};
  (void)argument;
  usleep(3000);
  EXPECT_SAME(msgsnd(queue, &message, 2, 0), 0);
  return NULL;
}

static void with_helper(void *(*help)(void *), const char *name, void (*call)(void), char *byte) {
  pthread_t helper;
  EXPECT_SAME(pthread_create(&helper, NULL, help, NULL), 0);
  watch(name, call, byte);
  EXPECT_SAME(pthread_join(helper, NULL), 0);
}

/* What poll reads but never writes may be changed meanwhile. */
static void poll_and_change(void) {
  pthread_t thread;
  buffer.polled = (struct pollfd){.fd = timer, .events = POLLIN};
  EXPECT_SAME(pthread_create(&thread, NULL, make_call, (void *)poll_timer), 0);
  usleep(1000);
  buffer.polled.events |= POLLPRI;
  EXPECT_SAME(pthread_join(thread, NULL), 0);
  EXPECT_SAME(buffer.polled.events, POLLIN | POLLPRI);
  ok("poll leaves the rest");
}

/* Where the guest may not write, the kernel refuses and nothing is lost. */
static void refuse(void) {
  int fds[2];
  char *page = anonymous(1), byte;
  EXPECT_SAME(pipe(fds), 0);
  EXPECT_SAME(write(fds[1], "a", 1), 1);
  EXPECT_SAME(mprotect(page, PAGE, PROT_READ), 0);
  EXPECT_SAME(read(fds[0], page, 1), -1);
  EXPECT_SAME(errno, EFAULT);
  EXPECT_SAME(munmap(page, PAGE), 0);
  EXPECT_SAME(read(fds[0], page, 1), -1);
  EXPECT_SAME(errno, EFAULT);
  EXPECT_SAME(read(fds[0], &byte, 1), 1);
  EXPECT_SAME(byte, 'a');
  EXPECT_SAME(close(fds[0]), 0);
  EXPECT_SAME(close(fds[1]), 0);
  ok("refused");
}

/* Up to where it may not write the kernel does. */
static void refuse_the_middle(void) {
  int fds[2];
  static char sent[3 * PAGE];
  char *pages = anonymous(3);
  memset(sent, 'b', sizeof sent);
  EXPECT_SAME(pipe(fds), 0);
  EXPECT_SAME(write(fds[1], sent, sizeof sent), sizeof sent);
  EXPECT_SAME(mprotect(pages + PAGE, PAGE, PROT_READ), 0);
  EXPECT_SAME(read(fds[0], pages, 3 * PAGE), PAGE);
  EXPECT_SAME(mprotect(pages + PAGE, PAGE, PROT_READ | PROT_WRITE), 0);
  EXPECT_SAME(read(fds[0], pages, 3 * PAGE), 2 * PAGE);
  EXPECT(memcmp(pages, sent, 2 * PAGE) == 0);
  EXPECT_SAME(munmap(pages, 3 * PAGE), 0);
  EXPECT_SAME(close(fds[0]), 0);
  EXPECT_SAME(close(fds[1]), 0);
  ok("refused in the middle");
}

/* A page of a file that a call could have written to, and has not, still is the file's. */
static void leave_the_file(void) {
  int file = memfd_create("file", 0), never = eventfd(0, EFD_NONBLOCK);
  EXPECT(file >= 0 && never >= 0);
  EXPECT_SAME(ftruncate(file, PAGE), 0);
  volatile char *page = mmap(NULL, 2 * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE, file, 0);
  EXPECT(page != MAP_FAILED);
  EXPECT_SAME(page[0], 0);
  EXPECT_SAME(read(never, (char *)page, 8), -1);
  EXPECT_SAME(errno, EAGAIN);
  EXPECT_SAME(pwrite(file, "c", 1, 0), 1);
  EXPECT_SAME(page[0], 'c');
  EXPECT_SAME(pread(file, (char *)page + PAGE, 8, 0), -1);
  EXPECT_SAME(errno, EFAULT);
  EXPECT_SAME(munmap((char *)page, 2 * PAGE), 0);
  EXPECT_SAME(close(file), 0);
  EXPECT_SAME(close(never), 0);
  ok("a file's page");
}

static void *read_end(void *argument) {
  char byte;
  EXPECT_SAME(read(*(int *)argument, &byte, 1), 0);
  return NULL;
}

/* Calls of a thread that has another beside it. */
static void beside_another(void) {
  pthread_t thread;
  int fds[2];
  EXPECT_SAME(pipe(fds), 0);
  EXPECT_SAME(pthread_create(&thread, NULL, read_end, &fds[0]), 0);
  refuse();
  refuse_the_middle();
  leave_the_file();
  leave_gaps();
  EXPECT_SAME(close(fds[1]), 0);
  EXPECT_SAME(pthread_join(thread, NULL), 0);
  EXPECT_SAME(close(fds[0]), 0);
}

static volatile sig_atomic_t signals;

static void count_signal(int number) {
  (void)number;
  signals++;
}

static void *poll_nothing(void *argument) {
  struct pollfd polled = {.fd = -1, .events = POLLIN, .revents = 0x77};
  *(long *)argument = poll(&polled, 1, 200);
  ((long *)argument)[1] = polled.revents;
  return NULL;
}

/* A signal without a handler lets poll go on by restart_syscall; one with a handler ends it. */
static void interrupted(void) {
  for (int handled = 0; handled < 2; handled++) {
    pthread_t thread;
    long outcome[2];
    EXPECT(signal(SIGUSR1, handled ? count_signal : SIG_IGN) != SIG_ERR);
    EXPECT_SAME(pthread_create(&thread, NULL, poll_nothing, outcome), 0);
    usleep(20000);
    if (handled) {
      EXPECT_SAME(pthread_kill(thread, SIGUSR1), 0);
    } else {
      pid_t self = getpid(), child = fork(); /* stopped and continued */
      EXPECT(child >= 0);
      if (child == 0) {
        kill(self, SIGSTOP);
        usleep(20000);
        kill(self, SIGCONT);
        _exit(0);
      }
      reap(child);
    }
    EXPECT_SAME(pthread_join(thread, NULL), 0);
    EXPECT_SAME(outcome[0], handled ? -1 : 0);
    EXPECT_SAME(outcome[1], 0);
  }
  EXPECT_SAME(signals, 1);
  ok("interrupted");
}

static int pipes[2];

static void *read_parts(void *argument) {
  struct iovec part = {buffer.bytes, sizeof buffer.bytes};
  (void)argument;
  EXPECT_SAME(readv(pipes[0], &part, 1), 5);
  return NULL;
}

/* Arguments for a child of which the kernel can read the beginning only. */
static void refuse_child(void) {
  char *pages = anonymous(2);
  EXPECT_SAME(munmap(pages + PAGE, PAGE), 0);
  EXPECT_SAME(syscall(SYS_clone3, pages + PAGE - 4, 64), -1);
  EXPECT_SAME(errno, EFAULT);
  EXPECT_SAME(munmap(pages, PAGE), 0);
}

/* A child has what a call of another thread has written, though that thread has not come back from it. */
static void copy_memory(void) {
  pthread_t thread;
  memset(&buffer, 0, sizeof buffer);
  EXPECT_SAME(pipe(pipes), 0);
  EXPECT_SAME(pthread_create(&thread, NULL, read_parts, NULL), 0);
  usleep(3000);
  refuse_child();
  EXPECT_SAME(write(pipes[1], "hello", 5), 5);
  for (looks = 0; looks < 1000000; looks++) continue;
  pid_t child = fork();
  EXPECT(child >= 0);
  if (child == 0) {
    const char *seen = buffer.bytes;
    _exit(seen[0]);
  }
  int status;
  EXPECT_SAME(waitpid(child, &status, 0), child);
  EXPECT(WIFEXITED(status));
  EXPECT_SAME(pthread_join(thread, NULL), 0);
  ok("a copy");
  tell("of %d", WEXITSTATUS(status));
}

#define CROWD 100

static struct pollfd crowd[CROWD];

static void *poll_one(void *argument) { return (void *)(intptr_t)poll(argument, 1, -1); }

/* So many sleep at once; some of those that came last are looked after until what their calls wrote is seen. */
static void watch_crowd(void) {
  pthread_t threads[CROWD];
  int ends[CROWD];
  for (size_t i = 0; i < CROWD; i++) {
    int fds[2];
    EXPECT_SAME(pipe(fds), 0);
    crowd[i] = (struct pollfd){.fd = fds[0], .events = POLLIN};
    ends[i] = fds[1];
    EXPECT_SAME(pthread_create(&threads[i], NULL, poll_one, &crowd[i]), 0);
  }
  usleep(20000);
  looks = 0;
  for (size_t i = CROWD; i-- > 0;) {
    EXPECT_SAME(write(ends[i], "x", 1), 1);
    while (i >= CROWD - 4 && *(volatile short *)&crowd[i].revents == 0) looks++;
  }
  for (size_t i = 0; i < CROWD; i++) {
    void *polled;
    EXPECT_SAME(pthread_join(threads[i], &polled), 0);
    EXPECT_SAME((intptr_t)polled, 1);
    EXPECT_SAME(close(ends[i]), 0);
    EXPECT_SAME(close(crowd[i].fd), 0);
  }
  ok("a crowd");
  tell("after %lu looks", (unsigned long)looks);
}

/* Whether the kernel has filters, as libseccomp asks: the task gets none. */
static void ask_for_filters(void) {
  EXPECT(prctl(PR_SET_SECCOMP, 2, NULL) < 0 && errno == EFAULT);
  EXPECT(syscall(SYS_seccomp, 1, 0, NULL) < 0 && errno == EFAULT);
}

int main(void) {
  catch_faults();
  ask_for_filters();
  sigset_t blocked;
  sigemptyset(&blocked);
  sigaddset(&blocked, SIGALRM);
  EXPECT_SAME(sigprocmask(SIG_BLOCK, &blocked, NULL), 0);
  make_timer();
  watch("read", read_timer, buffer.bytes);
  memset(&buffer, 0, sizeof buffer);
  watch("epoll", epoll_timer, (char *)&buffer.event.data);
  buffer.polled = (struct pollfd){.fd = timer, .events = POLLIN};
  watch("poll", poll_timer, (char *)&buffer.polled.revents);
  int never[2];
  EXPECT_SAME(pipe(never), 0);
  EXPECT_SAME(dup2(never[0], 0), 0);
  memset(&buffer, 0, sizeof buffer);
  FD_SET(0, &buffer.set);
  FD_SET(timer, &buffer.set);
  watch("select", select_timer, (char *)&buffer.set);
  memset(&buffer, 0, sizeof buffer);
  watch("sigwaitinfo", wait_for_signal, (char *)&buffer.info);
  EXPECT_SAME(socketpair(AF_UNIX, SOCK_STREAM, 0, sockets), 0);
  memset(&buffer, 0, sizeof buffer);
  with_helper(send_later, "recv", receive, buffer.bytes);
  queue = msgget(IPC_PRIVATE, 0600);
  memset(&buffer, 0, sizeof buffer);
  with_helper(queue_later, "msgrcv", receive_message, buffer.bytes);
  EXPECT_SAME(msgctl(queue, IPC_RMID, NULL), 0);
  memset(&buffer, 0, sizeof buffer);
  watch("wait4", wait_for_status, buffer.bytes + 1);
  memset(&buffer, 0, sizeof buffer);
  watch("waitid", wait_for_info, (char *)&buffer.info.si_pid);
  poll_and_change();
  beside_another();
  copy_memory();
  watch_crowd();
  interrupted();
  return 0;
}
