/* Timers of every clock and every kind of notification: timer_create(2), setitimer(2), timerfd_create(2). */
#include <poll.h>
#include <pthread.h>
#include <semaphore.h>
#include <signal.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/timerfd.h>
#include <time.h>

#include "expect.h"

#ifndef sigev_notify_thread_id
#define sigev_notify_thread_id _sigev_un._tid
#endif

static volatile int ticks, ticked_in;
static volatile siginfo_t last;

static void note(int signal, siginfo_t *info, void *context) {
  (void)signal;
  (void)context;
  last = *info;
  ticked_in = (int)syscall(SYS_gettid);
  ticks++;
}

static void catch(int signal) {
  struct sigaction action = {.sa_flags = SA_SIGINFO};
  action.sa_sigaction = note;
  sigemptyset(&action.sa_mask);
  EXPECT_SAME(sigaction(signal, &action, NULL), 0);
}

static void start(timer_t timer, long first, long next) {
  struct itimerspec times = {{0, next}, {0, first}};
  EXPECT_SAME(timer_settime(timer, 0, &times, NULL), 0);
}

static const struct {
  const char *name;
  clockid_t clock;
  /* Advances only while the program runs. */
  int runs;
} clocks[] = {
    {"CLOCK_REALTIME", CLOCK_REALTIME, 0},
    {"CLOCK_MONOTONIC", CLOCK_MONOTONIC, 0},
    {"CLOCK_BOOTTIME", CLOCK_BOOTTIME, 0},
    {"CLOCK_TAI", CLOCK_TAI, 0},
    {"CLOCK_PROCESS_CPUTIME_ID", CLOCK_PROCESS_CPUTIME_ID, 1},
    {"CLOCK_THREAD_CPUTIME_ID", CLOCK_THREAD_CPUTIME_ID, 1},
};
#define CLOCKS (sizeof clocks / sizeof *clocks)

static void await_ticks(int number, int runs) {
  sigset_t blocked, old;
  sigemptyset(&blocked);
  sigaddset(&blocked, SIGRTMIN);
  if (runs) {
    for (volatile long spins = 0; ticks < number; spins++) continue;
    return;
  }
  EXPECT_SAME(sigprocmask(SIG_BLOCK, &blocked, &old), 0);
  while (ticks < number) sigsuspend(&old);
  EXPECT_SAME(sigprocmask(SIG_SETMASK, &old, NULL), 0);
}

static void by_signal(void) {
  catch(SIGRTMIN);
  for (size_t i = 0; i < CLOCKS; i++) {
    timer_t timer;
    struct sigevent event = {.sigev_notify = SIGEV_SIGNAL, .sigev_signo = SIGRTMIN};
    event.sigev_value.sival_int = 100 + (int)i;
    EXPECT_SAME(timer_create(clocks[i].clock, &event, &timer), 0);
    ticks = 0;
    start(timer, 5000000, 5000000);
    await_ticks(3, clocks[i].runs);
    struct itimerspec rest;
    EXPECT_SAME(timer_gettime(timer, &rest), 0);
    EXPECT_SAME(rest.it_interval.tv_nsec, 5000000);
    EXPECT_SAME(timer_delete(timer), 0);
    EXPECT_SAME(last.si_code, SI_TIMER);
    EXPECT_SAME(last.si_value.sival_int, 100 + (int)i);
    ok("SIGEV_SIGNAL, %s", clocks[i].name);
  }
}

static void *spins_in_thread(void *argument) {
  timer_t timer;
  struct sigevent event = {.sigev_notify = SIGEV_THREAD_ID, .sigev_signo = SIGRTMIN};
  event.sigev_notify_thread_id = (int)syscall(SYS_gettid);
  EXPECT_SAME(timer_create(CLOCK_MONOTONIC, &event, &timer), 0);
  ticks = 0;
  start(timer, 3000000, 3000000);
  while (ticks < 4) EXPECT(nanosleep(&(struct timespec){0, 1000000}, NULL) == 0 || errno == EINTR);
  EXPECT_SAME(timer_delete(timer), 0);
  EXPECT_SAME(ticked_in, (int)syscall(SYS_gettid));
  return argument;
}

static void by_thread_id(void) {
  pthread_t thread;
  EXPECT_SAME(pthread_create(&thread, NULL, spins_in_thread, NULL), 0);
  EXPECT_SAME(pthread_join(thread, NULL), 0);
  EXPECT(ticked_in != getpid());
  ok("SIGEV_THREAD_ID");
}

static sem_t called;
static void in_thread(union sigval value) {
  if (value.sival_int == 55) sem_post(&called);
}

static void by_thread(void) {
  timer_t timer;
  struct sigevent event = {.sigev_notify = SIGEV_THREAD, .sigev_notify_function = in_thread};
  event.sigev_value.sival_int = 55;
  sem_init(&called, 0, 0);
  EXPECT_SAME(timer_create(CLOCK_MONOTONIC, &event, &timer), 0);
  for (int i = 0; i < 4; i++) {
    start(timer, 4000000, 0);
    while (sem_wait(&called) != 0) EXPECT_SAME(errno, EINTR);
  }
  EXPECT_SAME(timer_delete(timer), 0);
  ok("SIGEV_THREAD");
}

static void by_nothing(void) {
  timer_t timer;
  struct sigevent event = {.sigev_notify = SIGEV_NONE};
  struct itimerspec rest;
  EXPECT_SAME(timer_create(CLOCK_MONOTONIC, &event, &timer), 0);
  start(timer, 2000000, 0);
  do EXPECT_SAME(timer_gettime(timer, &rest), 0);
  while (rest.it_value.tv_nsec != 0);
  EXPECT_SAME(timer_delete(timer), 0);
  EXPECT_SAME(timer_delete(timer), -1);
  EXPECT_SAME(errno, EINVAL);
  ok("SIGEV_NONE");
}

static void overrun(void) {
  timer_t timer;
  sigset_t set, old;
  siginfo_t info;
  struct sigevent event = {.sigev_notify = SIGEV_SIGNAL, .sigev_signo = SIGRTMIN + 1};
  sigemptyset(&set);
  sigaddset(&set, SIGRTMIN + 1);
  EXPECT_SAME(sigprocmask(SIG_BLOCK, &set, &old), 0);
  EXPECT_SAME(timer_create(CLOCK_MONOTONIC, &event, &timer), 0);
  start(timer, 1000000, 1000000);
  EXPECT_SAME(nanosleep(&(struct timespec){0, 20000000}, NULL), 0);
  EXPECT_SAME(sigwaitinfo(&set, &info), SIGRTMIN + 1);
  EXPECT(timer_getoverrun(timer) >= 10);
  EXPECT_SAME(info.si_overrun, timer_getoverrun(timer));
  EXPECT_SAME(timer_delete(timer), 0);
  struct timespec none = {0, 0};
  while (sigtimedwait(&set, &info, &none) > 0) continue;
  EXPECT_SAME(sigprocmask(SIG_SETMASK, &old, NULL), 0);
  ok("timer_getoverrun");
}

static void intervals(void) {
  const struct {
    const char *name;
    int which, signal;
  } kinds[] = {{"ITIMER_REAL", ITIMER_REAL, SIGALRM}, {"ITIMER_VIRTUAL", ITIMER_VIRTUAL, SIGVTALRM}, {"ITIMER_PROF", ITIMER_PROF, SIGPROF}};
  for (int i = 0; i < 3; i++) {
    struct itimerval times = {{0, 8000}, {0, 8000}}, off = {{0, 0}, {0, 0}}, old;
    catch(kinds[i].signal);
    ticks = 0;
    EXPECT_SAME(setitimer(kinds[i].which, &times, NULL), 0);
    for (volatile long spins = 0; ticks < 3; spins++) continue;
    EXPECT_SAME(setitimer(kinds[i].which, &off, &old), 0);
    EXPECT_SAME(old.it_interval.tv_usec, 8000);
    ok("%s", kinds[i].name);
  }
}

static void descriptors(void) {
  for (size_t i = 0; i < 3; i++) {
    int fd = timerfd_create(clocks[i].clock, TFD_NONBLOCK | TFD_CLOEXEC);
    uint64_t expirations;
    EXPECT(fd >= 0);
    EXPECT_SAME(read(fd, &expirations, sizeof expirations), -1);
    EXPECT_SAME(errno, EAGAIN);
    struct itimerspec times = {{0, 2000000}, {0, 2000000}};
    if (i == 1) {
      /* At a time that is over. */
      times = (struct itimerspec){{0, 0}, {0, 1}};
    }
    EXPECT_SAME(timerfd_settime(fd, i == 1 ? TFD_TIMER_ABSTIME : 0, &times, NULL), 0);
    struct pollfd wait_for = {.fd = fd, .events = POLLIN};
    EXPECT_SAME(poll(&wait_for, 1, -1), 1);
    EXPECT_SAME(read(fd, &expirations, sizeof expirations), sizeof expirations);
    EXPECT(expirations >= 1);
    close(fd);
    ok("timerfd, %s", clocks[i].name);
  }
}

static void sleeps(void) {
  struct timespec now, before;
  EXPECT_SAME(clock_gettime(CLOCK_MONOTONIC, &before), 0);
  now = before;
  now.tv_nsec += 5000000;
  if (now.tv_nsec >= 1000000000) now.tv_sec++, now.tv_nsec -= 1000000000;
  EXPECT_SAME(clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &now, NULL), 0);
  struct timespec after;
  EXPECT_SAME(clock_gettime(CLOCK_MONOTONIC, &after), 0);
  EXPECT(after.tv_sec > now.tv_sec || (after.tv_sec == now.tv_sec && after.tv_nsec >= now.tv_nsec));
  EXPECT_SAME(clock_nanosleep(CLOCK_THREAD_CPUTIME_ID, 0, &now, NULL), EINVAL);
  ok("sleep until a time");
}

/* More often than a recorder could follow: the program goes on in between, and its own request stays as it is. */
static void rapid(void) {
  const struct itimerspec ten_us = {{0, 10000}, {0, 10000}}, off = {{0, 0}, {0, 0}};
  struct sigevent event = {.sigev_notify = SIGEV_SIGNAL, .sigev_signo = SIGRTMIN};
  timer_t timer;
  catch(SIGRTMIN);
  EXPECT_SAME(timer_create(CLOCK_MONOTONIC, &event, &timer), 0);
  ticks = 0;
  struct itimerspec request = ten_us;
  EXPECT_SAME(timer_settime(timer, 0, &request, NULL), 0);
  EXPECT_SAME(request.it_interval.tv_nsec, ten_us.it_interval.tv_nsec);
  while (ticks < 20) continue;
  EXPECT_SAME(timer_settime(timer, 0, &off, &request), 0);
  EXPECT_SAME(timer_delete(timer), 0);
  struct itimerval rapidly = {{0, 10}, {0, 10}}, stop = {{0, 0}, {0, 0}};
  catch(SIGALRM);
  ticks = 0;
  EXPECT_SAME(setitimer(ITIMER_REAL, &rapidly, NULL), 0);
  EXPECT_SAME(rapidly.it_interval.tv_usec, 10);
  while (ticks < 20) continue;
  EXPECT_SAME(setitimer(ITIMER_REAL, &stop, &rapidly), 0);
  EXPECT(rapidly.it_interval.tv_usec > 0);
  ok("rapid");
}

int main(void) {
  by_signal();
  by_thread_id();
  by_thread();
  by_nothing();
  overrun();
  intervals();
  rapid();
  descriptors();
  sleeps();
  return 0;
}
