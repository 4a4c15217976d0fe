/*
 * The guest of version-4.trace, which the last portrace of that format recorded: children that spin, so that there
 * are exact points, one that a fault kills, one that a signal kills, a call that others run beside.
 * gcc -O1 -nostdlib -static -ffreestanding -mgeneral-regs-only -fcf-protection=none -fno-stack-protector -fno-builtin
 */
#include "../../traces/guest.h"
#include <asm/signal.h>

static volatile int *turn;

/* Its place among its own instructions is known by memory and registers only. */
static void take_turns(int own) {
  volatile unsigned long rounds = 0;
  for (int count = 0; count < 4; count++) {
    while (*turn % 2 != own) rounds++;
    (*turn)++;
  }
}

static long child(void) { return CALL(fork, 0, 0, 0, 0, 0, 0); }

static int ended(long pid) {
  int status = -1;
  EXPECT(CALL(wait4, pid, &status, 0, 0, 0, 0) == pid);
  return status;
}

int run(void) {
  turn = (volatile int *)CALL(mmap, 0, 4096, 3, 0x21, -1, 0);
  long pid = child();
  take_turns(pid == 0);
  if (pid == 0) finish(0);
  EXPECT(ended(pid) == 0 && *turn == 8);
  pid = child();
  if (pid == 0) {
    *(volatile int *)16 = 1;
    finish(1);
  }
  EXPECT((ended(pid) & 0x7f) == SIGSEGV);
  pid = child();
  if (pid == 0) {
    CALL(kill, CALL(getpid, 0, 0, 0, 0, 0, 0), SIGUSR1, 0, 0, 0, 0);
    finish(1);
  }
  EXPECT(ended(pid) == SIGUSR1);
  say("as it was in version 4\n");
  return 0;
}
