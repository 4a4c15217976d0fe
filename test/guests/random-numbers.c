/* rdrand and rdseed into registers of every size, until there is a number, as compilers and libraries write it. */
#include <cpuid.h>

#include "expect.h"

/* One into a register of a size, with the flags behind it. */
#define DRAWS(name, type, instruction, to)                                    \
  static int name(type *number) {                                             \
    unsigned long flags;                                                      \
    unsigned char there;                                                      \
    register type into asm(to) = (type)-1;                                    \
    asm volatile(instruction "\n\tsetc %1\n\tpushf\n\tpop %2"                 \
                 : "+r"(into), "=&q"(there), "=&r"(flags)::"cc", "memory");   \
    EXPECT_SAME(flags & 0x8d4, 0);                                            \
    EXPECT_SAME(flags & 1, there);                                            \
    *number = into;                                                           \
    return there;                                                             \
  }

DRAWS(rdrand_short, uint16_t, "rdrand %w0", "rcx")
DRAWS(rdrand_int, uint32_t, "rdrand %k0", "rsi")
DRAWS(rdrand_long, uint64_t, "rdrand %q0", "r11")
DRAWS(rdseed_short, uint16_t, "rdseed %w0", "r9")
DRAWS(rdseed_int, uint32_t, "rdseed %k0", "r14")
DRAWS(rdseed_long, uint64_t, "rdseed %q0", "rdi")

#define COUNT 40
#define DRAW_ALL(draw, type)                                                  \
  do {                                                                        \
    type numbers[COUNT], any = 0;                                             \
    for (int i = 0; i < COUNT; i++) {                                         \
      while (!draw(&numbers[i]));                                             \
      any |= numbers[i];                                                      \
    }                                                                         \
    EXPECT(any >> (8 * sizeof any - 4));                                      \
    tell(#draw " 0x%lx", (unsigned long)fnv(FNV_START, numbers, sizeof numbers)); \
  } while (0)

/* A number of four bytes clears those above them, one of two leaves them alone. */
static void widths(void) {
  uint64_t wide = -1;
  unsigned char there;
  do asm volatile("rdrand %k0\n\tsetc %1" : "+r"(wide), "=q"(there)::"cc");
  while (!there);
  EXPECT_SAME(wide >> 32, 0);
  wide = 0x123456789abcdefULL;
  do asm volatile("rdrand %w0\n\tsetc %1" : "+r"(wide), "=q"(there)::"cc");
  while (!there);
  EXPECT_SAME(wide >> 16, 0x123456789abULL);
}

int main(void) {
  unsigned a, b, c, d;
  EXPECT(__get_cpuid(1, &a, &b, &c, &d));
  if (c & bit_RDRND) {
    DRAW_ALL(rdrand_short, uint16_t);
    DRAW_ALL(rdrand_int, uint32_t);
    DRAW_ALL(rdrand_long, uint64_t);
    widths();
  }
  if (__get_cpuid_count(7, 0, &a, &b, &c, &d) && b & bit_RDSEED) {
    DRAW_ALL(rdseed_short, uint16_t);
    DRAW_ALL(rdseed_int, uint32_t);
    DRAW_ALL(rdseed_long, uint64_t);
  }
  ok("numbers of the processor");
  return 0;
}
