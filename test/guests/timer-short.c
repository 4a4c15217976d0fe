/*
 * Timer ticks in loops of instructions so short that a jump replaces several, the jumped-to one among them or not: what a replay
 * puts there may be entered in its middle. Statically linked, at an address below which there is no room.
 */
#include "ticks.h"

static uintptr_t running;

/* A first tick may come before the loop, where the register has something else. */
static uint64_t read_counter(const greg_t *registers) {
  return (uintptr_t)registers[REG_RIP] - running < 256 ? (uint64_t)registers[REG_R12] : 0;
}

/* Each loop counts in a register until there were ticks enough. */
static void run(const char *name, uint64_t (*loop)(void)) {
  ticks = enough = 0;
  running = (uintptr_t)loop;
  start_interval();
  uint64_t end = loop();
  ok("%s", name);
  print_ticks(end);
}

#define LOOP(name, body)                                                                                          \
  static uint64_t name(void) {                                                                                    \
    register uint64_t counter asm("r12") = 0;                                                                     \
    uint64_t passes = 0;                                                                                          \
    asm volatile(body : "+r"(counter), "+a"(passes) : "c"(&enough), "d"(0) : "cc", "memory");                     \
    return counter;                                                                                               \
  }

/* 3, 2, 2 bytes. */
LOOP(three_two_two, "1: inc %0\n cmp %%edx,(%%rcx)\n je 1b\n")
/* One byte, then 3, 2, 2. */
LOOP(one_three_two, "1: nop\n inc %0\n cmp %%edx,(%%rcx)\n je 1b\n")
/* 2, 3, 2, 2: entered behind its first instruction. */
LOOP(entered_inside, "mov %%edx,%%eax\n jmp 1f\n 2: inc %%eax\n 1: inc %0\n cmp %%edx,(%%rcx)\n je 2b\n")
/* Many of one byte. */
LOOP(ones, "1: inc %0\n stc\n clc\n cmc\n cld\n cmp %%edx,(%%rcx)\n je 1b\n")
/* What the program keeps far from its code. */
static char far_away[16 << 20] __attribute__((used));
/* A moved instruction names it, too. */
LOOP(names_far, "1: inc %0\n lea far_away + (15 << 20)(%%rip),%%rax\n cmp %%edx,(%%rcx)\n je 1b\n")
/* Flags are pushed and popped, and left when the trap flag is among them, which a recorder steps by. */
LOOP(flags,
     "sub $128,%%rsp\n 1: pushfq\n pop %%rax\n test $0x100,%%eax\n jnz 2f\n pushfq\n popfq\n"
     " inc %0\n cmp %%edx,(%%rcx)\n je 1b\n 2: add $128,%%rsp\n")

/* Flags alone, in a function that does not return before there were ticks enough, and they come fast. */
static void quick_ticks(void) {
  struct itimerval two_ms = {{0, 2000}, {0, 2000}}, none = {{0, 0}, {0, 0}};
  ticks = enough = 0;
  catch_ticks();
  EXPECT_SAME(setitimer(ITIMER_REAL, &two_ms, NULL), 0);
  while (!enough)
    for (int i = 0; i < 100; i++) asm volatile("sub $128,%%rsp\n pushfq\n popfq\n pushfq\n popfq\n add $128,%%rsp" ::: "cc", "memory");
  EXPECT_SAME(setitimer(ITIMER_REAL, &none, NULL), 0);
  ok("quick ticks");
}

int main(void) {
  run("three, two, two", three_two_two);
  run("far data", names_far);
  run("one, three, two, two", one_three_two);
  run("entered inside", entered_inside);
  run("ones", ones);
  run("flags", flags);
  quick_ticks();
  return 0;
}
