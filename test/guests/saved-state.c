/*
 * Saves extended state where all of it is zero, again and again: whether the processor takes a part for unused then
 * may depend on interrupts, and with it what XSAVEC writes. The area lies across a page boundary, and is copied.
 */
#include <cpuid.h>
#include <sys/mman.h>

#include "expect.h"

enum { PAGE = 4096, LEGACY = 512, ROUNDS = 4000 };

static int has_xsavec(void) {
  unsigned a, b, c, d;
  return __get_cpuid_count(0xd, 1, &a, &b, &c, &d) && (a & 2);
}

__attribute__((target("xsavec,avx"))) static void save(unsigned char *area, int avx) {
  if (avx) asm volatile("vzeroall" ::: "memory");
  for (volatile int i = 0; i < 2000; i++) {
  }
  /* The parts that glibc's _dl_runtime_resolve asks for, which memset and the like may use. */
  asm volatile("xsavec %0" : "+m"(*(unsigned char(*)[PAGE])area) : "a"(0xee), "d"(0) : "memory");
}

int main(void) {
  if (!has_xsavec()) {
    ok("no XSAVEC here");
    return 0;
  }
  unsigned char *pages = mmap(NULL, 4 * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  EXPECT(pages != MAP_FAILED);
  unsigned char *area = pages + PAGE - LEGACY - 64;
  int avx = __builtin_cpu_supports("avx") != 0;
  for (int round = 0; round < ROUNDS; round++) {
    save(area, avx);
    memcpy(pages + 3 * PAGE, pages + PAGE, PAGE);
    EXPECT(getppid() > 0);
    EXPECT((area[LEGACY + 15] & 0x80) != 0);
  }
  ok("saved");
  return 0;
}
