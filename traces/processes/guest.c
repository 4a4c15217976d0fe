/* Children that exit, that are killed, that become another program; threads with a futex. */
#include "../guest.h"
#include <linux/futex.h>
#include <linux/sched.h>

#define SIGKILL 9
#define SIGCHLD 17
#define THREAD (CLONE_VM | CLONE_FS | CLONE_FILES | CLONE_SIGHAND | CLONE_THREAD | CLONE_SYSVSEM)

static volatile int word;
static char stack[16384] __attribute__((aligned(16)));

static void thread(void) {
  say("a thread\n");
  word = 1;
  CALL(futex, &word, FUTEX_WAKE, 1, 0, 0, 0);
  CALL(exit, 0, 0, 0, 0, 0, 0);
}

/* clone with a stack of its own returns on it: the function to call lies on top. */
static long start(void (*function)(void)) {
  long *top = (long *)(stack + sizeof stack) - 2;
  *top = (long)function;
  long result;
  register long none10 __asm__("r10") = 0;
  register long none8 __asm__("r8") = 0;
  __asm__ volatile(
      "syscall\n test %%rax, %%rax\n jnz 1f\n xor %%ebp, %%ebp\n call *(%%rsp)\n hlt\n 1:"
      : "=a"(result)
      : "a"(__NR_clone), "D"((long)THREAD), "S"(top), "d"(0), "r"(none10), "r"(none8)
      : "rcx", "r11", "memory");
  return result;
}

static int ended(long pid) {
  int status = -1;
  EXPECT(CALL(wait4, pid, &status, 0, 0, 0, 0) == pid);
  return status;
}

int run(void) {
  long pid = CALL(fork, 0, 0, 0, 0, 0, 0);
  if (pid == 0) {
    say("a child\n");
    finish(3);
  }
  EXPECT(ended(pid) == 3 << 8);
  pid = CALL(fork, 0, 0, 0, 0, 0, 0);
  if (pid == 0) {
    CALL(kill, CALL(getpid, 0, 0, 0, 0, 0, 0), SIGKILL, 0, 0, 0, 0);
    finish(1);
  }
  EXPECT(ended(pid) == SIGKILL);
  EXPECT(start(thread) > 0);
  while (word == 0) CALL(futex, &word, FUTEX_WAIT, 0, 0, 0, 0);
  pid = CALL(fork, 0, 0, 0, 0, 0, 0);
  if (pid == 0) {
    char *none[] = {0};
    EXPECT(CALL(execve, "/nothing/of/this/name", none, none, 0, 0, 0) == -2);
    finish(4);
  }
  EXPECT(ended(pid) == 4 << 8);
  EXPECT(CALL(wait4, -1, 0, 0, 0, 0, 0) == -10);
  say("processes done\n");
  return 0;
}
