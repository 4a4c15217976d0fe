/* Timer ticks in a loop that the program rewrites every 200,000 passes: its step, and what stands behind it. */
#include <string.h>
#include <sys/mman.h>

#include "ticks.h"

static uint64_t read_counter(const greg_t *registers) { return registers[REG_R12]; }

/* 1: add $step,%r12; sub $1,%rcx; jnz 1b; ret */
static const unsigned char loop[] = {0x49, 0x81, 0xc4, 1, 0, 0, 0, 0x48, 0x83, 0xe9, 1, 0x75, 0xf3, 0xc3};
enum { STEP_AT = 3, PASSES = 200000, BEHIND = 64 };

int main(void) {
  unsigned char *code = mmap(NULL, 4096, PROT_READ | PROT_WRITE | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  EXPECT(code != MAP_FAILED);
  memcpy(code, loop, sizeof loop);
  register uint64_t counter asm("r12") = 0;
  start_interval();
  for (uint32_t turn = 0; !enough; turn++) {
    uint32_t step = 1 + turn % 7;
    memcpy(code + STEP_AT, &step, sizeof step);
    uint64_t left = PASSES;
    asm volatile("call *%2" : "+r"(counter), "+c"(left) : "r"(code) : "cc", "memory");
    code[BEHIND] = (unsigned char)turn;
  }
  uint64_t end = counter;
  print_ticks(end);
  return 0;
}
