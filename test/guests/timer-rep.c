/*
 * Timer ticks inside rep movsb and rep stosb over large buffers: the instruction is interrupted
 * half-way, and the handler notes how many bytes were left.
 */
#include "ticks.h"

#define SIZE (8UL << 20)

static volatile uint64_t passes;
static uint64_t left[TICKS];

static uint64_t read_counter(const greg_t *registers) {
  left[ticks] = registers[REG_RCX];
  return passes;
}

static void copy(char *to, const char *from, size_t size) {
  asm volatile("rep movsb" : "+D"(to), "+S"(from), "+c"(size) : : "memory");
}

static void fill(char *to, size_t size, char value) {
  asm volatile("rep stosb" : "+D"(to), "+c"(size) : "a"(value) : "memory");
}

int main(void) {
  char *from = malloc(SIZE), *to = malloc(SIZE);
  EXPECT(from && to);
  for (size_t i = 0; i < SIZE; i++) from[i] = i * 31 >> 3;
  start_interval();
  while (!enough) {
    fill(to, SIZE, passes);
    copy(to, from, SIZE);
    passes++;
  }
  EXPECT_SAME(memcmp(from, to, SIZE), 0);
  for (int i = 0; i < TICKS; i++) ok("tick %d with rcx %lu", i + 1, (unsigned long)left[i]);
  print_ticks(passes);
  return 0;
}
