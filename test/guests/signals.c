/* Signals of every origin: sent, queued, nested, on another stack, interrupting calls, deadly. */
#include <poll.h>
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <sys/signalfd.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <time.h>

#include "expect.h"

static volatile sig_atomic_t order[16], count;
static siginfo_t last;
static char alternate[64 * 1024];
static volatile int on_alternate;

static void note(int signal, siginfo_t *info, void *context) {
  char here;
  (void)context;
  if (count < 16) order[count++] = signal;
  last = *info;
  on_alternate = &here >= alternate && &here < alternate + sizeof alternate;
}

static void nest(int signal, siginfo_t *info, void *context) {
  note(signal, info, context);
  raise(SIGUSR2); /* runs inside this handler */
  if (count < 16) order[count++] = -signal;
}

static void catch(int signal, void (*handler)(int, siginfo_t *, void *), int flags, int masked) {
  struct sigaction action = {.sa_flags = SA_SIGINFO | flags};
  action.sa_sigaction = handler;
  sigemptyset(&action.sa_mask);
  if (masked) sigaddset(&action.sa_mask, masked);
  EXPECT_SAME(sigaction(signal, &action, NULL), 0);
}

static void expect_order(const char *name, int size, const int *expected) {
  EXPECT_SAME(count, size);
  for (int i = 0; i < size; i++) EXPECT_SAME(order[i], expected[i]);
  count = 0;
  ok("%s", name);
}
#define EXPECT_ORDER(name, ...)                                                             \
  expect_order(name, sizeof((int[]){__VA_ARGS__}) / sizeof(int), (int[]){__VA_ARGS__})

static void sent(void) {
  stack_t stack = {.ss_sp = alternate, .ss_size = sizeof alternate};
  EXPECT_SAME(sigaltstack(&stack, NULL), 0);
  catch(SIGUSR1, note, SA_ONSTACK, 0);
  EXPECT_SAME(kill(getpid(), SIGUSR1), 0);
  EXPECT_SAME(last.si_pid, getpid());
  EXPECT_SAME(last.si_code, SI_USER);
  EXPECT(on_alternate);
  EXPECT_ORDER("handler on the alternate stack", SIGUSR1);

  catch(SIGUSR2, note, 0, 0);
  catch(SIGUSR1, nest, 0, 0);
  raise(SIGUSR1);
  EXPECT(!on_alternate);
  EXPECT_ORDER("nested", SIGUSR1, SIGUSR2, -SIGUSR1);
  catch(SIGUSR1, nest, 0, SIGUSR2);
  raise(SIGUSR1);
  EXPECT_ORDER("masked in the handler", SIGUSR1, -SIGUSR1, SIGUSR2);
  catch(SIGUSR1, note, SA_RESETHAND, 0);
  raise(SIGUSR1);
  struct sigaction now;
  EXPECT_SAME(sigaction(SIGUSR1, NULL, &now), 0);
  EXPECT(now.sa_handler == SIG_DFL);
  EXPECT_ORDER("handler taken off", SIGUSR1);
}

static void queued(void) {
  sigset_t set, old, waiting;
  catch(SIGRTMIN, note, 0, 0);
  catch(SIGUSR1, note, 0, 0);
  sigemptyset(&set);
  sigaddset(&set, SIGRTMIN);
  sigaddset(&set, SIGUSR1);
  EXPECT_SAME(sigprocmask(SIG_BLOCK, &set, &old), 0);
  for (int i = 0; i < 3; i++) {
    EXPECT_SAME(sigqueue(getpid(), SIGRTMIN, (union sigval){.sival_int = 100 + i}), 0);
    EXPECT_SAME(kill(getpid(), SIGUSR1), 0);
  }
  EXPECT_SAME(sigpending(&waiting), 0);
  EXPECT(sigismember(&waiting, SIGRTMIN) && sigismember(&waiting, SIGUSR1));
  EXPECT_SAME(sigtimedwait(&set, &last, &(struct timespec){1, 0}), SIGUSR1);
  EXPECT_SAME(sigwaitinfo(&set, &last), SIGRTMIN);
  EXPECT_SAME(last.si_value.sival_int, 100);
  EXPECT_SAME(sigprocmask(SIG_SETMASK, &old, NULL), 0);
  EXPECT_SAME(last.si_value.sival_int, 102);
  EXPECT_ORDER("queued", SIGRTMIN, SIGRTMIN);

  sigprocmask(SIG_BLOCK, &set, NULL);
  int fd = signalfd(-1, &set, SFD_CLOEXEC);
  struct signalfd_siginfo info;
  EXPECT_SAME(sigqueue(getpid(), SIGRTMIN, (union sigval){.sival_int = 7}), 0);
  EXPECT_SAME(read(fd, &info, sizeof info), sizeof info);
  EXPECT_SAME(info.ssi_int, 7);
  close(fd);
  sigprocmask(SIG_SETMASK, &old, NULL);
  ok("read from a signalfd");
}

static void start_alarm(long microseconds) {
  struct itimerval once = {{0, 0}, {0, microseconds}};
  EXPECT_SAME(setitimer(ITIMER_REAL, &once, NULL), 0);
}

/* Waits through the signals that may still come. */
static void reap(pid_t pid) {
  int status;
  pid_t got;
  while ((got = waitpid(pid, &status, 0)) < 0 && errno == EINTR) continue;
  EXPECT_SAME(got, pid);
  EXPECT_SAME(status, 0);
}

struct signaller {
  pid_t pid;
  int stop, sent;
};

/* A child that signals its parent every 10 ms until it is told to stop, and says each time that it did. */
static struct signaller signal_parent(int signal) {
  int stop[2], sent[2];
  EXPECT_SAME(pipe(stop), 0);
  EXPECT_SAME(pipe(sent), 0);
  pid_t pid = fork();
  if (pid == 0) {
    struct pollfd end = {.fd = stop[0], .events = POLLIN};
    while (poll(&end, 1, 10) == 0) {
      kill(getppid(), signal);
      if (write(sent[1], ".", 1) != 1) _exit(1);
    }
    _exit(0);
  }
  close(stop[0]);
  close(sent[1]);
  return (struct signaller){pid, stop[1], sent[0]};
}

/* The first signal is awaited: a child that got no time yet would have sent none. The signal restarts calls by now. */
static void stop_signalling(struct signaller child) {
  char byte;
  EXPECT_SAME(read(child.sent, &byte, 1), 1);
  EXPECT_SAME(write(child.stop, "s", 1), 1);
  close(child.stop);
  reap(child.pid);
  close(child.sent);
}

static void interrupting(void) {
  int data[2], status;
  char byte;
  EXPECT_SAME(pipe(data), 0);
  catch(SIGUSR1, note, 0, 0);
  struct signaller child = signal_parent(SIGUSR1);
  errno = 0;
  EXPECT_SAME(read(data[0], &byte, 1), -1);
  EXPECT_SAME(errno, EINTR);
  EXPECT_SAME(last.si_pid, child.pid);
  catch(SIGUSR1, note, SA_RESTART, 0);
  stop_signalling(child);
  EXPECT(count >= 1);
  count = 0;
  ok("read interrupted");

  pid_t pid = fork();
  if (pid == 0) {
    struct timespec short_time = {0, 30000000};
    for (int i = 0; i < 3; i++) {
      nanosleep(&short_time, NULL);
      kill(getppid(), SIGUSR1);
    }
    nanosleep(&short_time, NULL);
    _exit(write(data[1], "!", 1) == 1 ? 0 : 1);
  }
  EXPECT_SAME(read(data[0], &byte, 1), 1);
  EXPECT_SAME(byte, '!');
  reap(pid);
  EXPECT(count >= 1);
  count = 0;
  ok("read restarted");

  struct timespec long_time = {20, 0}, rest;
  catch(SIGALRM, note, 0, 0);
  start_alarm(300000); /* a busy host may need a while until the sleep begins */
  errno = 0;
  EXPECT_SAME(nanosleep(&long_time, &rest), -1);
  EXPECT_SAME(errno, EINTR);
  EXPECT(rest.tv_sec >= 1);
  EXPECT_ORDER("sleep interrupted", SIGALRM);
  /* An ignored signal restarts the sleep through restart_syscall. */
  signal(SIGUSR2, SIG_IGN);
  struct timespec hundred_ms = {0, 100000000};
  child = signal_parent(SIGUSR2);
  EXPECT_SAME(nanosleep(&hundred_ms, NULL), 0);
  stop_signalling(child);
  /* So does a stop: the child sleeps through it. */
  pid = fork();
  if (pid == 0) _exit(nanosleep(&hundred_ms, NULL) == 0 ? 0 : 1);
  kill(pid, SIGSTOP);
  EXPECT_SAME(waitpid(pid, &status, WUNTRACED), pid);
  EXPECT(WIFSTOPPED(status));
  kill(pid, SIGCONT);
  reap(pid);
  ok("sleep restarted");
  close(data[0]);
  close(data[1]);
}

static void suspending(void) {
  sigset_t alarm_only, old, none;
  sigemptyset(&none);
  sigemptyset(&alarm_only);
  sigaddset(&alarm_only, SIGALRM);
  catch(SIGALRM, note, SA_RESTART, 0);
  for (int i = 0; i < 5; i++) {
    sigprocmask(SIG_BLOCK, &alarm_only, &old);
    start_alarm(2000);
    errno = 0;
    EXPECT_SAME(sigsuspend(&none), -1);
    EXPECT_SAME(errno, EINTR);
    sigprocmask(SIG_SETMASK, &old, NULL);
  }
  EXPECT_ORDER("suspended five times", SIGALRM, SIGALRM, SIGALRM, SIGALRM, SIGALRM);
  alarm(1);
  EXPECT_SAME(pause(), -1);
  EXPECT_ORDER("alarm", SIGALRM);
}

static void children(void) {
  int status;
  catch(SIGCHLD, note, SA_RESTART, 0);
  pid_t pid = fork();
  if (pid == 0) _exit(33);
  EXPECT_SAME(waitpid(pid, &status, 0), pid);
  EXPECT_SAME(status, 33 << 8);
  EXPECT_SAME(last.si_pid, pid);
  EXPECT_SAME(last.si_status, 33);
  EXPECT_ORDER("SIGCHLD", SIGCHLD);
  signal(SIGCHLD, SIG_DFL);

  const int deadly[] = {SIGABRT, SIGTERM, SIGKILL, SIGSEGV, SIGUSR2, SIGRTMIN};
  for (size_t i = 0; i < sizeof deadly / sizeof *deadly; i++) {
    pid = fork();
    if (pid == 0) {
      signal(deadly[i], SIG_DFL);
      if (deadly[i] == SIGABRT) abort();
      kill(getpid(), deadly[i]);
      _exit(1);
    }
    EXPECT_SAME(waitpid(pid, &status, 0), pid);
    EXPECT(WIFSIGNALED(status));
    EXPECT_SAME(WTERMSIG(status), deadly[i]);
  }
  ok("children killed");

  pid = fork();
  if (pid == 0) {
    for (;;) pause();
  }
  kill(pid, SIGSTOP);
  EXPECT_SAME(waitpid(pid, &status, WUNTRACED), pid);
  EXPECT(WIFSTOPPED(status) && WSTOPSIG(status) == SIGSTOP);
  kill(pid, SIGCONT);
  EXPECT_SAME(waitpid(pid, &status, WCONTINUED), pid);
  EXPECT(WIFCONTINUED(status));
  kill(pid, SIGTERM);
  EXPECT_SAME(waitpid(pid, &status, 0), pid);
  EXPECT_SAME(WTERMSIG(status), SIGTERM);
  ok("child stopped and continued");
}

static sigjmp_buf back;
static void jump(int signal, siginfo_t *info, void *context) {
  (void)info;
  (void)context;
  siglongjmp(back, signal);
}

static void jumping(void) {
  catch(SIGFPE, jump, 0, 0);
  catch(SIGILL, jump, 0, 0);
  for (int i = 0; i < 4; i++) {
    int signal = sigsetjmp(back, 1);
    if (signal == 0 && i % 2 == 0) asm volatile("xor %%eax,%%eax; cltd; idiv %%eax" ::: "eax", "edx");
    if (signal == 0 && i % 2 == 1) asm volatile("ud2");
    EXPECT_SAME(signal, i % 2 ? SIGILL : SIGFPE);
  }
  ok("jumped out of handlers");
}

static void *wait_there(void *argument) {
  sigset_t *set = argument;
  int signal;
  EXPECT_SAME(sigwait(set, &signal), 0);
  return (void *)(long)signal;
}

static void threads(void) {
  sigset_t set;
  pthread_t thread;
  void *result;
  sigemptyset(&set);
  sigaddset(&set, SIGUSR1);
  pthread_sigmask(SIG_BLOCK, &set, NULL);
  EXPECT_SAME(pthread_create(&thread, NULL, wait_there, &set), 0);
  EXPECT_SAME(pthread_kill(thread, SIGUSR1), 0);
  EXPECT_SAME(pthread_join(thread, &result), 0);
  EXPECT_SAME((long)result, SIGUSR1);
  ok("thread signalled");
}

int main(void) {
  sent();
  queued();
  interrupting();
  suspending();
  children();
  jumping();
  threads();
  return 0;
}
