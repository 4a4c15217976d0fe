/*
 * A timer's signal during every kind of call that blocks: with a handler that lets calls be restarted or not
 * (signal(7), "Interruption of system calls and library functions by signal handlers").
 */
#include <fcntl.h>
#include <linux/futex.h>
#include <poll.h>
#include <signal.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/file.h>
#include <sys/ipc.h>
#include <sys/msg.h>
#include <sys/select.h>
#include <sys/sem.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/timerfd.h>
#include <sys/uio.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <time.h>

#include "expect.h"

/* The timer goes on until the call has returned: a slow machine may take the first before it. */
#define FIRST 4000
#define NEXT 20000

static volatile int alarms;
static void (*volatile on_alarm)(void);
static void note(int signal) {
  (void)signal;
  alarms++;
  if (on_alarm) on_alarm();
}

static void catch(int flags) {
  struct sigaction action = {.sa_flags = flags};
  action.sa_handler = note;
  sigemptyset(&action.sa_mask);
  EXPECT_SAME(sigaction(SIGALRM, &action, NULL), 0);
}

static void set_timer(long first, long next) {
  struct itimerval timer = {{0, next}, {0, first}};
  EXPECT_SAME(setitimer(ITIMER_REAL, &timer, NULL), 0);
}

/* What the calls wait for: nobody ever writes, connects or unlocks unless a handler does. */
static int ends[2], full[2], sockets[2], listener, event, queue, timer, messages, semaphores, word, lock_file;
static pid_t sleeper;
static char byte;

static long reading(void) { return read(ends[0], &byte, 1); }
static long reading_vector(void) {
  struct iovec part = {&byte, 1};
  return readv(ends[0], &part, 1);
}
static long writing(void) { return write(full[1], &byte, 1); }
static long receiving(void) { return recv(sockets[0], &byte, 1, 0); }
static long receiving_message(void) {
  struct iovec part = {&byte, 1};
  struct msghdr message = {.msg_iov = &part, .msg_iovlen = 1};
  return recvmsg(sockets[0], &message, 0);
}
static long accepting(void) { return accept(listener, NULL, NULL); }
static long waiting(void) { return waitpid(sleeper, NULL, 0); }
static long waiting_by_id(void) {
  siginfo_t info;
  return waitid(P_PID, sleeper, &info, WEXITED);
}
static long locking(void) { return flock(lock_file, LOCK_EX); }
static long locking_range(void) {
  struct flock range = {.l_type = F_WRLCK, .l_whence = SEEK_SET, .l_start = 0, .l_len = 1};
  return fcntl(lock_file, F_SETLKW, &range);
}
static long reading_event(void) {
  uint64_t value;
  return read(event, &value, sizeof value);
}
static long reading_timer(void) {
  uint64_t value;
  return read(timer, &value, sizeof value);
}
static long waiting_for_word(void) { return syscall(SYS_futex, &word, FUTEX_WAIT_PRIVATE, 0, NULL, NULL, 0); }
static long waiting_for_word_until(void) {
  struct timespec then = {50, 0};
  return syscall(SYS_futex, &word, FUTEX_WAIT_PRIVATE, 0, &then, NULL, 0);
}

static long sleeping(void) { return nanosleep(&(struct timespec){50, 0}, NULL); }
static long sleeping_by_clock(void) {
  long result = clock_nanosleep(CLOCK_MONOTONIC, 0, &(struct timespec){50, 0}, NULL);
  errno = (int)result;
  return result ? -1 : 0;
}
static long polling(void) {
  struct pollfd one = {.fd = ends[0], .events = POLLIN};
  return poll(&one, 1, -1);
}
static long polling_with_mask(void) {
  struct pollfd one = {.fd = ends[0], .events = POLLIN};
  return ppoll(&one, 1, &(struct timespec){50, 0}, NULL);
}
static long selecting(void) {
  fd_set set;
  FD_ZERO(&set);
  FD_SET(ends[0], &set);
  return select(ends[0] + 1, &set, NULL, NULL, NULL);
}
static long waiting_for_events(void) {
  struct epoll_event got;
  return epoll_wait(queue, &got, 1, -1);
}
static long receiving_from_queue(void) {
  struct {
    long type;
    char text[8];
  } message;
  return msgrcv(messages, &message, sizeof message.text, 0, 0);
}
static long taking(void) {
  struct sembuf operation = {0, -1, 0};
  return semop(semaphores, &operation, 1);
}
static long taking_until(void) {
  struct sembuf operation = {0, -1, 0};
  return semtimedop(semaphores, &operation, 1, &(struct timespec){50, 0});
}
static long pausing(void) { return pause(); }
static long suspending(void) {
  sigset_t none;
  sigemptyset(&none);
  return sigsuspend(&none);
}
static long waiting_for_signal(void) {
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, SIGUSR2);
  return sigwaitinfo(&set, NULL);
}

struct kind {
  const char *name;
  long (*call)(void);
};

/* Interrupted without SA_RESTART, restarted with it. */
static const struct kind restartable[] = {
    {"read", reading},         {"readv", reading_vector},     {"write", writing},
    {"recv", receiving},       {"recvmsg", receiving_message}, {"accept", accepting},
    {"waitpid", waiting},      {"waitid", waiting_by_id},     {"flock", locking},
    {"fcntl", locking_range},  {"eventfd", reading_event},    {"timerfd", reading_timer},
    {"futex", waiting_for_word}, {"futex with a time", waiting_for_word_until},
};

/* Interrupted whatever the handler's flags. */
static const struct kind interrupted[] = {
    {"nanosleep", sleeping},       {"clock_nanosleep", sleeping_by_clock}, {"poll", polling},
    {"ppoll", polling_with_mask},  {"select", selecting},                  {"epoll_wait", waiting_for_events},
    {"msgrcv", receiving_from_queue}, {"semop", taking},                   {"semtimedop", taking_until},
    {"pause", pausing},            {"sigsuspend", suspending},             {"sigwaitinfo", waiting_for_signal},
};

#define EACH(kinds, name) for (const struct kind *name = kinds; name < kinds + sizeof kinds / sizeof *kinds; name++)

static void expect_interrupted(const struct kind *kind, const char *how) {
  alarms = 0;
  set_timer(FIRST, NEXT);
  errno = 0;
  long result = kind->call();
  int error = errno;
  set_timer(0, 0);
  if (result != -1 || error != EINTR) printf("%s\n", kind->name);
  EXPECT_SAME(result, -1);
  EXPECT_SAME(error, EINTR);
  EXPECT(alarms >= 1);
  ok("%s interrupted%s", kind->name, how);
}

static void gives_byte(void) {
  if (alarms == 3 && write(ends[1], "b", 1) != 1) _exit(9);
}
static void gives_message(void) {
  if (alarms == 3 && write(sockets[1], "b", 1) != 1) _exit(9);
}
static void gives_event(void) {
  uint64_t one = 1;
  if (alarms == 3 && write(event, &one, sizeof one) != sizeof one) _exit(9);
}
static void ends_sleeper(void) {
  if (alarms == 3) kill(sleeper, SIGKILL);
}
static void changes_word(void) {
  if (alarms == 3) word = 1;
}

static void expect_restarted(const char *name, long (*call)(void), void (*third)(void), long result, int error) {
  alarms = 0;
  on_alarm = third;
  set_timer(FIRST, FIRST);
  errno = 0;
  EXPECT_SAME(call(), result);
  int was = errno;
  set_timer(0, 0);
  on_alarm = NULL;
  EXPECT(alarms >= 3);
  if (result < 0) EXPECT_SAME(was, error);
  ok("%s restarted", name);
}

static void prepare(void) {
  EXPECT_SAME(pipe(ends), 0);
  EXPECT_SAME(pipe(full), 0);
  EXPECT_SAME(fcntl(full[1], F_SETFL, O_NONBLOCK), 0);
  char block[4096] = "";
  while (write(full[1], block, sizeof block) > 0) continue;
  EXPECT_SAME(errno, EAGAIN);
  EXPECT_SAME(fcntl(full[1], F_SETFL, 0), 0);
  EXPECT_SAME(socketpair(AF_UNIX, SOCK_STREAM, 0, sockets), 0);
  listener = socket(AF_UNIX, SOCK_STREAM, 0);
  struct sockaddr_un name = {.sun_family = AF_UNIX};
  EXPECT_SAME(bind(listener, (struct sockaddr *)&name, sizeof(sa_family_t)), 0);
  EXPECT_SAME(listen(listener, 1), 0);
  event = eventfd(0, 0);
  timer = timerfd_create(CLOCK_MONOTONIC, 0);
  queue = epoll_create1(0);
  messages = msgget(IPC_PRIVATE, 0600);
  semaphores = semget(IPC_PRIVATE, 1, 0600);
  EXPECT(event >= 0 && timer >= 0 && queue >= 0 && messages >= 0 && semaphores >= 0);
  /* The child has both kinds of lock of a file. */
  char file[] = "/tmp/portrace-lock-XXXXXX";
  lock_file = mkstemp(file);
  EXPECT(lock_file >= 0);
  int ready[2];
  EXPECT_SAME(pipe(ready), 0);
  sleeper = fork();
  if (sleeper == 0) {
    int own = open(file, O_RDWR);
    struct flock range = {.l_type = F_WRLCK, .l_whence = SEEK_SET, .l_start = 0, .l_len = 1};
    if (flock(own, LOCK_EX) != 0 || fcntl(own, F_SETLK, &range) != 0) _exit(1);
    if (write(ready[1], "r", 1) != 1) _exit(1);
    for (;;) pause();
  }
  EXPECT_SAME(read(ready[0], &byte, 1), 1);
  EXPECT_SAME(unlink(file), 0);
}

int main(void) {
  prepare();
  catch(0);
  EACH(restartable, kind) expect_interrupted(kind, "");
  EACH(interrupted, kind) expect_interrupted(kind, "");
  catch(SA_RESTART);
  EACH(interrupted, kind) expect_interrupted(kind, " in spite of SA_RESTART");
  expect_restarted("read", reading, gives_byte, 1, 0);
  expect_restarted("readv", reading_vector, gives_byte, 1, 0);
  expect_restarted("recv", receiving, gives_message, 1, 0);
  expect_restarted("eventfd", reading_event, gives_event, 8, 0);
  expect_restarted("futex", waiting_for_word, changes_word, -1, EAGAIN);
  expect_restarted("waitpid", waiting, ends_sleeper, sleeper, 0);
  EXPECT_SAME(msgctl(messages, IPC_RMID, NULL), 0);
  EXPECT_SAME(semctl(semaphores, 0, IPC_RMID), 0);
  return 0;
}
