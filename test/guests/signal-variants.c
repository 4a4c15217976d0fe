/* Signals by the flags of their handlers, by number and order, to threads and processes, by every way to wait for them. */
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/select.h>
#include <sys/signalfd.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>

#include "expect.h"

static volatile int order[64], count;

static void note(int signal) {
  if (count < 64) order[count++] = signal;
}

static volatile siginfo_t last;
static void note_info(int signal, siginfo_t *info, void *context) {
  (void)context;
  last = *info;
  note(signal);
}

static void catch(int signal, void (*handler)(int), int flags) {
  struct sigaction action = {.sa_flags = flags};
  action.sa_handler = handler;
  sigemptyset(&action.sa_mask);
  EXPECT_SAME(sigaction(signal, &action, NULL), 0);
}

static void catch_info(int signal, int flags) {
  struct sigaction action = {.sa_flags = SA_SIGINFO | flags};
  action.sa_sigaction = note_info;
  sigemptyset(&action.sa_mask);
  EXPECT_SAME(sigaction(signal, &action, NULL), 0);
}

static sigset_t only(int signal) {
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, signal);
  return set;
}

/* Handlers */

static volatile int depth, deepest;
static void nests(int signal) {
  if (++depth > deepest) deepest = depth;
  if (depth < 5) raise(signal);
  depth--;
  note(signal);
}

static void flags(void) {
  catch(SIGUSR1, nests, SA_NODEFER);
  raise(SIGUSR1);
  EXPECT_SAME(deepest, 5);
  EXPECT_SAME(count, 5);
  deepest = count = 0;
  catch(SIGUSR1, note, SA_RESETHAND | SA_NODEFER);
  raise(SIGUSR1);
  EXPECT_SAME(count, 1);
  struct sigaction now;
  EXPECT_SAME(sigaction(SIGUSR1, NULL, &now), 0);
  EXPECT(now.sa_handler == SIG_DFL);
  EXPECT_SAME(now.sa_flags & (SA_RESETHAND | SA_NODEFER), SA_RESETHAND | SA_NODEFER);
  count = 0;
  ok("SA_NODEFER and SA_RESETHAND");
}

#ifndef SS_AUTODISARM
#define SS_AUTODISARM (1U << 31)
#endif

static char alternate[2][64 * 1024];
static int where(const void *at) {
  for (int i = 0; i < 2; i++) {
    if ((const char *)at >= alternate[i] && (const char *)at < alternate[i] + sizeof alternate[i]) return i;
  }
  return -1;
}

static void on_stack(int signal) {
  char here;
  stack_t now;
  EXPECT_SAME(sigaltstack(NULL, &now), 0);
  order[count++] = where(&here) * 10 + (now.ss_flags & SS_ONSTACK ? 1 : 0);
  if (signal == SIGUSR1) raise(SIGUSR2);
  stack_t other = {.ss_sp = alternate[1], .ss_size = sizeof alternate[1]};
  if (now.ss_flags & SS_ONSTACK && !(now.ss_flags & (int)SS_AUTODISARM)) {
    EXPECT_SAME(sigaltstack(&other, NULL), -1);
    EXPECT_SAME(errno, EPERM);
  }
}

static void stacks(void) {
  stack_t stack = {.ss_sp = alternate[0], .ss_size = sizeof alternate[0]};
  EXPECT_SAME(sigaltstack(&stack, NULL), 0);
  catch(SIGUSR1, on_stack, SA_ONSTACK);
  catch(SIGUSR2, on_stack, SA_ONSTACK);
  raise(SIGUSR1);
  EXPECT_SAME(count, 2);
  EXPECT_SAME(order[0], 1);
  EXPECT_SAME(order[1], 1);
  count = 0;
  stack.ss_flags = SS_AUTODISARM;
  EXPECT_SAME(sigaltstack(&stack, NULL), 0);
  catch(SIGUSR2, note, SA_ONSTACK);
  raise(SIGUSR2);
  EXPECT_SAME(count, 1);
  stack.ss_flags = SS_DISABLE;
  EXPECT_SAME(sigaltstack(&stack, NULL), 0);
  count = 0;
  catch(SIGUSR1, on_stack, SA_ONSTACK);
  catch(SIGUSR2, on_stack, 0);
  raise(SIGUSR1);
  EXPECT_SAME(order[0], -10);
  count = 0;
  ok("stacks of handlers");
}

/* The lowest number first, and each number in the order of sending. */
static void real_time(void) {
  sigset_t all, old;
  sigfillset(&all);
  EXPECT_SAME(sigprocmask(SIG_BLOCK, &all, &old), 0);
  for (int i = 0; i < 3; i++) {
    for (int number = 3; number >= 0; number--) {
      EXPECT_SAME(sigqueue(getpid(), SIGRTMIN + number, (union sigval){.sival_int = i * 10 + number}), 0);
    }
  }
  EXPECT_SAME(kill(getpid(), SIGTERM), 0);
  siginfo_t info;
  EXPECT_SAME(sigwaitinfo(&all, &info), SIGTERM);
  for (int number = 0; number < 4; number++) {
    for (int i = 0; i < 3; i++) {
      EXPECT_SAME(sigtimedwait(&all, &info, &(struct timespec){0, 0}), SIGRTMIN + number);
      EXPECT_SAME(info.si_value.sival_int, i * 10 + number);
      EXPECT_SAME(info.si_code, SI_QUEUE);
    }
  }
  EXPECT_SAME(sigtimedwait(&all, &info, &(struct timespec){0, 1000000}), -1);
  EXPECT_SAME(errno, EAGAIN);
  EXPECT_SAME(sigprocmask(SIG_SETMASK, &old, NULL), 0);
  ok("the order of real-time signals");

  /* Handlers of those that are let in together: frames are stacked, so the highest number runs first. */
  for (int i = 0; i < 4; i++) catch_info(SIGRTMIN + i, 0);
  EXPECT_SAME(sigprocmask(SIG_BLOCK, &all, &old), 0);
  for (int i = 0; i < 4; i++) {
    for (int round = 0; round < 2; round++) EXPECT_SAME(sigqueue(getpid(), SIGRTMIN + i, (union sigval){.sival_int = round}), 0);
  }
  count = 0;
  EXPECT_SAME(sigprocmask(SIG_SETMASK, &old, NULL), 0);
  EXPECT_SAME(count, 8);
  for (int i = 0; i < 4; i++) {
    EXPECT_SAME(order[2 * i], SIGRTMIN + 3 - i);
    EXPECT_SAME(order[2 * i + 1], SIGRTMIN + 3 - i);
  }
  count = 0;
  ok("many let in at once");
}

static void queue_limit(void) {
  sigset_t blocked = only(SIGRTMIN + 5), old;
  EXPECT_SAME(sigprocmask(SIG_BLOCK, &blocked, &old), 0);
  struct rlimit before, low;
  EXPECT_SAME(getrlimit(RLIMIT_SIGPENDING, &before), 0);
  low = before;
  low.rlim_cur = 0;
  EXPECT_SAME(setrlimit(RLIMIT_SIGPENDING, &low), 0);
  EXPECT_SAME(sigqueue(getpid(), SIGRTMIN + 5, (union sigval){.sival_int = 1}), -1);
  EXPECT_SAME(errno, EAGAIN);
  EXPECT_SAME(setrlimit(RLIMIT_SIGPENDING, &before), 0);
  EXPECT_SAME(sigprocmask(SIG_SETMASK, &old, NULL), 0);
  ok("a full queue");
}

/* Ways to wait */

static void suspend(void) {
  sigset_t blocked = only(SIGUSR1), none, old;
  sigemptyset(&none);
  catch(SIGUSR1, note, 0);
  EXPECT_SAME(sigprocmask(SIG_BLOCK, &blocked, &old), 0);
  raise(SIGUSR1);
  EXPECT_SAME(count, 0);
  EXPECT_SAME(sigsuspend(&none), -1);
  EXPECT_SAME(errno, EINTR);
  EXPECT_SAME(count, 1);
  raise(SIGUSR1);
  EXPECT_SAME(ppoll(NULL, 0, NULL, &none), -1);
  EXPECT_SAME(errno, EINTR);
  EXPECT_SAME(count, 2);
  raise(SIGUSR1);
  EXPECT_SAME(pselect(0, NULL, NULL, NULL, NULL, &none), -1);
  EXPECT_SAME(errno, EINTR);
  EXPECT_SAME(count, 3);
  int queue = epoll_create1(0);
  struct epoll_event event;
  raise(SIGUSR1);
  EXPECT_SAME(epoll_pwait(queue, &event, 1, -1, &none), -1);
  EXPECT_SAME(errno, EINTR);
  EXPECT_SAME(count, 4);
  raise(SIGUSR1);
  EXPECT_SAME(epoll_pwait2(queue, &event, 1, &(struct timespec){50, 0}, &none), -1);
  EXPECT_SAME(errno, EINTR);
  EXPECT_SAME(count, 5);
  /* With a mask that keeps it out they wait for their time. */
  raise(SIGUSR1);
  EXPECT_SAME(ppoll(NULL, 0, &(struct timespec){0, 1000000}, &blocked), 0);
  EXPECT_SAME(epoll_pwait(queue, &event, 1, 1, &blocked), 0);
  EXPECT_SAME(count, 5);
  sigset_t now;
  EXPECT_SAME(sigprocmask(SIG_SETMASK, &old, &now), 0);
  EXPECT(sigismember(&now, SIGUSR1));
  EXPECT_SAME(count, 6);
  count = 0;
  close(queue);
  ok("masks of waiting calls");
}

static void descriptors(void) {
  sigset_t set = only(SIGRTMIN), old;
  sigaddset(&set, SIGCHLD);
  EXPECT_SAME(sigprocmask(SIG_BLOCK, &set, &old), 0);
  int fd = signalfd(-1, &set, SFD_NONBLOCK | SFD_CLOEXEC);
  struct signalfd_siginfo infos[4];
  EXPECT_SAME(read(fd, infos, sizeof infos), -1);
  EXPECT_SAME(errno, EAGAIN);
  for (int i = 0; i < 3; i++) EXPECT_SAME(sigqueue(getpid(), SIGRTMIN, (union sigval){.sival_int = i}), 0);
  struct pollfd poll_fd = {.fd = fd, .events = POLLIN};
  EXPECT_SAME(poll(&poll_fd, 1, -1), 1);
  EXPECT_SAME(read(fd, infos, sizeof infos), 3 * (ssize_t)sizeof *infos);
  for (int i = 0; i < 3; i++) EXPECT_SAME(infos[i].ssi_int, i);
  pid_t pid = fork();
  if (pid == 0) _exit(44);
  EXPECT_SAME(poll(&poll_fd, 1, -1), 1);
  EXPECT_SAME(read(fd, infos, sizeof infos), sizeof *infos);
  EXPECT_SAME(infos[0].ssi_signo, SIGCHLD);
  EXPECT_SAME(infos[0].ssi_pid, pid);
  EXPECT_SAME(infos[0].ssi_status, 44);
  int status;
  EXPECT_SAME(waitpid(pid, &status, 0), pid);
  close(fd);
  EXPECT_SAME(sigprocmask(SIG_SETMASK, &old, NULL), 0);
  ok("signalfd");

  /* SIGIO of a pipe, with the descriptor in siginfo. */
  int ends[2];
  char byte;
  EXPECT_SAME(pipe(ends), 0);
  catch_info(SIGRTMIN + 1, 0);
  EXPECT_SAME(fcntl(ends[0], F_SETOWN, getpid()), 0);
  EXPECT_SAME(fcntl(ends[0], F_SETSIG, SIGRTMIN + 1), 0);
  EXPECT_SAME(fcntl(ends[0], F_SETFL, O_ASYNC | O_NONBLOCK), 0);
  EXPECT_SAME(write(ends[1], "x", 1), 1);
  EXPECT_SAME(count, 1);
  EXPECT_SAME(last.si_fd, ends[0]);
  EXPECT_SAME(last.si_band & POLLIN, POLLIN);
  EXPECT_SAME(read(ends[0], &byte, 1), 1);
  close(ends[0]);
  close(ends[1]);
  count = 0;
  ok("a descriptor's signal");
}

/* Threads */

static pthread_barrier_t barrier;
static __thread volatile int mine;
static volatile int total;
static void note_thread(int signal) {
  (void)signal;
  mine++;
}

static void *takes_signals(void *argument) {
  sigset_t none;
  sigemptyset(&none);
  pthread_barrier_wait(&barrier);
  while (mine < 5) sigsuspend(&none);
  __atomic_add_fetch(&total, mine, __ATOMIC_SEQ_CST);
  return argument;
}

static void threads(void) {
  pthread_t threads[4];
  sigset_t blocked = only(SIGRTMIN + 2), old;
  catch(SIGRTMIN + 2, note_thread, 0);
  EXPECT_SAME(sigprocmask(SIG_BLOCK, &blocked, &old), 0);
  pthread_barrier_init(&barrier, NULL, 5);
  for (int i = 0; i < 4; i++) EXPECT_SAME(pthread_create(&threads[i], NULL, takes_signals, NULL), 0);
  pthread_barrier_wait(&barrier);
  for (int i = 0; i < 20; i++) EXPECT_SAME(pthread_kill(threads[i % 4], SIGRTMIN + 2), 0);
  for (int i = 0; i < 4; i++) EXPECT_SAME(pthread_join(threads[i], NULL), 0);
  EXPECT_SAME(total, 20);
  EXPECT_SAME(sigprocmask(SIG_SETMASK, &old, NULL), 0);
  ok("signals of threads");
}

/* Jumps out of handlers, many times, with what they mask. */
static sigjmp_buf back;
static void jumps(int signal) { siglongjmp(back, signal); }

static void jumping(void) {
  catch(SIGUSR1, jumps, 0);
  for (volatile int i = 0; i < 20; i++) {
    if (sigsetjmp(back, 1) == 0) {
      raise(SIGUSR1);
      EXPECT(!"behind the jump");
    }
  }
  sigset_t now;
  EXPECT_SAME(sigprocmask(SIG_BLOCK, NULL, &now), 0);
  EXPECT(!sigismember(&now, SIGUSR1));
  ok("jumped out of twenty handlers");
}

/* Death and stops */

static pid_t child_that(void (*body)(void)) {
  pid_t pid = fork();
  EXPECT(pid >= 0);
  if (pid == 0) {
    body();
    for (;;) pause();
  }
  return pid;
}

static void nothing(void) {}
static void spins(void) {
  for (;;) continue;
}

static void death(void) {
  const int deadly[] = {SIGHUP, SIGINT, SIGPIPE, SIGALRM, SIGTERM, SIGUSR1, SIGPOLL, SIGPROF, SIGVTALRM, SIGSTKFLT, SIGPWR, SIGRTMAX,
                        SIGQUIT, SIGILL, SIGTRAP, SIGABRT, SIGBUS, SIGFPE, SIGSEGV, SIGXCPU, SIGXFSZ, SIGSYS, SIGKILL};
  struct rlimit none = {0, 0};
  EXPECT_SAME(setrlimit(RLIMIT_CORE, &none), 0);
  for (size_t i = 0; i < sizeof deadly / sizeof *deadly; i++) {
    signal(deadly[i], SIG_DFL);
    pid_t pid = child_that(i % 3 ? nothing : spins);
    EXPECT_SAME(kill(pid, deadly[i]), 0);
    siginfo_t info;
    EXPECT_SAME(waitid(P_PID, pid, &info, WEXITED | WNOWAIT), 0);
    EXPECT_SAME(info.si_status, deadly[i]);
    EXPECT(info.si_code == CLD_KILLED || info.si_code == CLD_DUMPED);
    int status;
    EXPECT_SAME(waitpid(pid, &status, 0), pid);
    EXPECT_SAME(status & 0x7f, deadly[i]);
    EXPECT_SAME(WCOREDUMP(status) != 0, info.si_code == CLD_DUMPED);
  }
  ok("death by each signal");
}

static void stops(void) {
  int status;
  siginfo_t info;
  void (*const bodies[])(void) = {nothing, spins};
  for (int i = 0; i < 2; i++) {
    pid_t pid = child_that(bodies[i]);
    for (int round = 0; round < 2; round++) {
      EXPECT_SAME(kill(pid, SIGSTOP), 0);
      EXPECT_SAME(waitpid(pid, &status, WUNTRACED), pid);
      EXPECT(WIFSTOPPED(status));
      EXPECT_SAME(kill(pid, SIGCONT), 0);
      EXPECT_SAME(waitpid(pid, &status, WCONTINUED), pid);
      EXPECT(WIFCONTINUED(status));
    }
    EXPECT_SAME(kill(pid, SIGSTOP), 0);
    EXPECT_SAME(waitid(P_PID, pid, &info, WSTOPPED), 0);
    /* A signal waits for the stop's end; SIGKILL does not. */
    EXPECT_SAME(kill(pid, i ? SIGKILL : SIGTERM), 0);
    if (i == 0) EXPECT_SAME(waitpid(pid, &status, WNOHANG), 0);
    if (i == 0) EXPECT_SAME(kill(pid, SIGCONT), 0);
    EXPECT_SAME(waitpid(pid, &status, 0), pid);
    EXPECT_SAME(status, i ? SIGKILL : SIGTERM);
  }
  ok("stopped and continued, and ended while stopped");
}

int main(void) {
  flags();
  stacks();
  real_time();
  queue_limit();
  suspend();
  descriptors();
  threads();
  jumping();
  death();
  stops();
  return 0;
}
