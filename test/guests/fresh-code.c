/*
 * Code that was not there when the program made its last call: a signal arrives in a loop that is written into
 * executable memory after its timer was set, over the one before it.
 */
#include <signal.h>
#include <sys/mman.h>
#include <sys/time.h>

#include "expect.h"

#define ROUNDS 12
#define SIZE 4096

/* incq (%rdi); cmpl $0, (%rsi); je back; ret */
static const unsigned char loop[] = {0x48, 0xff, 0x07, 0x83, 0x3e, 0x00, 0x74, 0xf8, 0xc3};
static const unsigned char nop = 0x90;

static volatile int stopped;
static void stop(int signal) {
  (void)signal;
  stopped = 1;
}

int main(void) {
  unsigned char *code = mmap(NULL, 2 * SIZE, PROT_READ | PROT_WRITE | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  EXPECT(code != MAP_FAILED);
  signal(SIGALRM, stop);
  uint64_t all = FNV_START;
  for (int round = 0; round < ROUNDS; round++) {
    struct itimerval once = {{0, 0}, {0, 3000}};
    uint64_t count = 0;
    stopped = 0;
    /* The loop begins elsewhere each time, once across the end of a page. */
    int start = round == 5 ? SIZE - 4 : round * 3;
    EXPECT_SAME(setitimer(ITIMER_REAL, &once, NULL), 0);
    for (int i = 0; i < start; i++) ((volatile unsigned char *)code)[i] = nop;
    for (size_t i = 0; i < sizeof loop; i++) ((volatile unsigned char *)code)[start + i] = loop[i];
    ((void (*)(uint64_t *, volatile int *))code)(&count, &stopped);
    EXPECT(count > 0);
    all = fnv(all, &count, sizeof count);
  }
  ok("%d loops, counted %016lx", ROUNDS, (unsigned long)all);
  return 0;
}
