/* Who handles, ignores or dies of a signal: through clone, exec, one-shot handlers and forced faults. */
#include <linux/sched.h>
#include <sched.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include "expect.h"

static volatile int handled;
static void handler(int signal) { handled += signal; }
static void other(int signal) { handled += 1000 * signal; }

static void set(int signal, void (*to)(int), int flags) {
  struct sigaction action = {.sa_flags = flags};
  action.sa_handler = to;
  EXPECT_SAME(sigaction(signal, &action, NULL), 0);
}

static void fault(void) { asm volatile("xor %%eax,%%eax; mov (%%rax),%%eax" ::: "rax"); }

static void mask(int signal) {
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, signal);
  sigprocmask(SIG_BLOCK, &set, NULL);
}

static int status_of(pid_t pid) {
  int status;
  EXPECT_SAME(waitpid(pid, &status, __WALL), pid);
  return status;
}

/* A child does something with its own handlers; how it ends is told. */
static void child(const char *name, int wanted, void (*act)(void)) {
  struct rlimit none = {0, 0};
  fflush(stdout);
  pid_t pid = fork();
  if (pid == 0) {
    setrlimit(RLIMIT_CORE, &none);
    act();
    _exit(7);
  }
  EXPECT_SAME(status_of(pid), wanted);
  ok("%s", name);
}

static void caught_but_masked(void) { set(SIGSEGV, handler, 0); mask(SIGSEGV); fault(); }
static void ignored_fault(void) { set(SIGSEGV, SIG_IGN, 0); fault(); }
static void one_shot(void) {
  set(SIGUSR1, handler, SA_RESETHAND);
  raise(SIGUSR1);
  if (handled != SIGUSR1) _exit(1);
  raise(SIGUSR1);
}
static void replaced(void) {
  set(SIGUSR1, handler, SA_RESETHAND);
  set(SIGUSR1, other, 0);
  raise(SIGUSR1);
  raise(SIGUSR1);
  _exit(handled == 2000 * SIGUSR1 ? 7 : 1);
}
static void back_to_default(void) {
  set(SIGUSR1, handler, 0);
  set(SIGUSR1, SIG_DFL, 0);
  raise(SIGUSR1);
}
static void refused_change(void) {
  struct sigaction action = {.sa_handler = handler};
  set(SIGUSR1, SIG_IGN, 0);
  if (sigaction(SIGKILL, &action, NULL) == 0 || sigaction(200, &action, NULL) == 0) _exit(1);
  if (syscall(SYS_rt_sigaction, SIGUSR1, (void *)16, NULL, 8) == 0) _exit(2);
  raise(SIGUSR1);
}
/* The new action is read before the old one is written over it. */
static void same_place(void) {
  struct { unsigned long handler, flags, restorer, mask; } action = {1, 0, 0, 0};
  if (syscall(SYS_rt_sigaction, SIGUSR1, &action, &action, 8) != 0 || action.handler != 0) _exit(1);
  raise(SIGUSR1);
}

static char stack[2][16384] __attribute__((aligned(16)));
static int sets_handler(void *unused) { (void)unused; set(SIGUSR1, handler, 0); return 0; }

/* With CLONE_SIGHAND a child's change is its parent's, without it is not. */
static void shared(void) {
  set(SIGUSR1, SIG_IGN, 0);
  status_of(clone(sets_handler, stack[0] + sizeof stack[0], CLONE_VM | CLONE_SIGHAND | SIGCHLD, NULL));
  raise(SIGUSR1);
  _exit(handled == SIGUSR1 ? 7 : 1);
}
static void unshared(void) {
  set(SIGUSR1, SIG_DFL, 0);
  status_of(clone(sets_handler, stack[1] + sizeof stack[1], CLONE_VM | SIGCHLD, NULL));
  raise(SIGUSR1);
}
static void cleared(void) {
  struct clone_args args = {.flags = CLONE_CLEAR_SIGHAND, .exit_signal = SIGCHLD};
  set(SIGUSR1, handler, 0);
  set(SIGUSR2, SIG_IGN, 0);
  pid_t pid = (pid_t)syscall(SYS_clone3, &args, sizeof args);
  if (pid == 0) {
    raise(SIGUSR2);
    raise(SIGUSR1);
    _exit(3);
  }
  _exit(WTERMSIG(status_of(pid)) == SIGUSR1 ? 7 : 1);
}
static void after_exec(void) {
  char *words[] = {"sh", "-c", "kill -USR2 $$; kill -USR1 $$; exit 3", NULL};
  set(SIGUSR1, handler, 0);
  set(SIGUSR2, SIG_IGN, 0);
  execv("/bin/sh", words);
}

/*
 * A signal that a task sends to itself comes before its next instruction, whatever a recorder does to it
 * meanwhile, once in each address space.
 */
static void at_once(void) {
  for (int child = 0; child < 12; child++) {
    pid_t pid = fork();
    if (pid == 0) {
      pid_t self = getpid();
      set(SIGUSR1, handler, 0);
      for (int i = 1; i <= 250; i++) {
        kill(self, SIGUSR1);
        if (handled != i * SIGUSR1) _exit(1);
      }
      _exit(0);
    }
    if (status_of(pid) != 0) _exit(1);
  }
  _exit(7);
}

int main(void) {
  child("a masked fault kills in spite of its handler", SIGSEGV, caught_but_masked);
  child("an ignored fault kills", SIGSEGV, ignored_fault);
  child("a one-shot handler runs once", SIGUSR1, one_shot);
  child("a handler takes the place of a one-shot one", 7 << 8, replaced);
  child("a handler is taken back", SIGUSR1, back_to_default);
  child("a refused change changes nothing", 7 << 8, refused_change);
  child("old and new action in one place", 7 << 8, same_place);
  child("shared handlers", 7 << 8, shared);
  child("handlers of one's own", SIGUSR1, unshared);
  child("cleared handlers", 7 << 8, cleared);
  child("each of many raised signals is handled at once", 7 << 8, at_once);
  child("an exec drops handlers and keeps what is ignored", SIGUSR1, after_exec);
  return 0;
}
