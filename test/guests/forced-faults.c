/*
 * SIGSEGV that the kernel sends of its own accord: a frame that it cannot read or cannot build, a program that it cannot
 * map. No instruction of the task raises it.
 */
#include <fcntl.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/wait.h>

#include "expect.h"

enum { CUT = 5000 };

static volatile sig_atomic_t handled;

static void handler(int signal) {
  (void)signal;
  handled++;
}

/* How a child ends: a status of wait. */
static int end_of(void (*work)(void)) {
  fflush(stdout);
  pid_t child = fork();
  if (child == 0) {
    work();
    _exit(1);
  }
  int status;
  EXPECT_SAME(waitpid(child, &status, 0), child);
  return status;
}

static void return_without_frame(void) { asm volatile("mov $8, %%rsp\n\tmov $15, %%eax\n\tsyscall" ::: "memory"); }

static void handle(int signal, int flags) {
  struct sigaction action = {.sa_handler = handler, .sa_flags = flags};
  EXPECT_SAME(sigaction(signal, &action, NULL), 0);
}

static void tick_without_stack(void) {
  handle(SIGALRM, 0);
  const struct itimerval soon = {.it_value = {.tv_usec = 20000}};
  EXPECT_SAME(setitimer(ITIMER_REAL, &soon, NULL), 0);
  asm volatile("mov $16, %%rsp\n1:\tjmp 1b" ::: "memory");
}

/* An alternate stack that is not there any more. */
static void lose_stack(void) {
  void *stack = mmap(NULL, SIGSTKSZ, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  EXPECT(stack != MAP_FAILED);
  const stack_t alternate = {.ss_sp = stack, .ss_size = (size_t)SIGSTKSZ};
  EXPECT_SAME(sigaltstack(&alternate, NULL), 0);
  EXPECT_SAME(munmap(stack, (size_t)SIGSTKSZ), 0);
  handle(SIGUSR1, SA_ONSTACK);
}

static void signal_without_stack(void) {
  lose_stack();
  raise(SIGUSR1);
}

static void signal_that_becomes_another(void) {
  lose_stack();
  handle(SIGSEGV, 0);
  raise(SIGUSR1);
  _exit(handled == 1 ? 5 : 6);
}

static char cut[] = "/tmp/forced-faults-XXXXXX";

static void execute_cut(void) {
  char *const words[] = {cut, NULL};
  execv(cut, words);
}

static void make_cut(void) {
  char bytes[CUT];
  int from = open("/bin/true", O_RDONLY), to = mkstemp(cut);
  EXPECT(from >= 0 && to >= 0);
  EXPECT_SAME(read(from, bytes, CUT), CUT);
  EXPECT_SAME(write(to, bytes, CUT), CUT);
  EXPECT_SAME(fchmod(to, 0700), 0);
  close(to);
  close(from);
}

int main(void) {
  EXPECT_SAME(WTERMSIG(end_of(return_without_frame)), SIGSEGV);
  ok("a frame that is not there");
  EXPECT_SAME(WTERMSIG(end_of(tick_without_stack)), SIGSEGV);
  EXPECT_SAME(WTERMSIG(end_of(signal_without_stack)), SIGSEGV);
  ok("no place for a frame");
  EXPECT_SAME(WEXITSTATUS(end_of(signal_that_becomes_another)), 5);
  ok("another signal's handler");
  make_cut();
  int status = end_of(execute_cut);
  unlink(cut);
  EXPECT(WIFSIGNALED(status));
  ok("a program that is cut short");
  return 0;
}
