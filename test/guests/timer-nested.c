/*
 * A benchmark loop as a kernel runs it while it boots: for each of five algorithms, wait for a tick
 * to begin, then count how many passes over 64 KiB fit into sixteen ticks. 85 ticks in all, no
 * system calls, and the counts are printed.
 */
#include <signal.h>
#include <sys/time.h>

#include "expect.h"

#define SIZE (64 * 1024)
#define SPAN 16

static volatile unsigned long jiffies;
static uint64_t source[SIZE / 8], target[SIZE / 8];

static void on_tick(int signal) {
  (void)signal;
  jiffies++;
}

typedef void algorithm(uint64_t *to, const uint64_t *from, size_t words);

__attribute__((noinline)) static void by_one(uint64_t *to, const uint64_t *from, size_t words) {
  for (size_t i = 0; i < words; i++) to[i] ^= from[i];
}

__attribute__((noinline)) static void by_four(uint64_t *to, const uint64_t *from, size_t words) {
  for (size_t i = 0; i < words; i += 4) {
    to[i] ^= from[i];
    to[i + 1] ^= from[i + 1];
    to[i + 2] ^= from[i + 2];
    to[i + 3] ^= from[i + 3];
  }
}

/* Doubling in GF(2^8), eight bytes at a time, as a RAID 6 syndrome does it. */
__attribute__((noinline)) static void doubling(uint64_t *to, const uint64_t *from, size_t words) {
  for (size_t i = 0; i < words; i++) {
    uint64_t high = to[i] & 0x8080808080808080ULL;
    high = (high << 1) - (high >> 7);
    to[i] = (((to[i] << 1) & 0xfefefefefefefefeULL) ^ (high & 0x1d1d1d1d1d1d1d1dULL)) ^ from[i];
  }
}

__attribute__((noinline)) static void backwards(uint64_t *to, const uint64_t *from, size_t words) {
  for (size_t i = words; i-- > 0;) to[i] ^= from[i] + i;
}

__attribute__((noinline)) static void rotating(uint64_t *to, const uint64_t *from, size_t words) {
  uint64_t carry = 0;
  for (size_t i = 0; i < words; i++) {
    carry = (carry << 7 | carry >> 57) ^ from[i];
    to[i] += carry;
  }
}

static void measure(const char *name, algorithm *run) {
  unsigned long passes = 0, start = jiffies, begin;
  while ((begin = jiffies) == start) asm volatile("pause");
  while (jiffies - begin < SPAN) {
    run(target, source, SIZE / 8);
    passes++;
  }
  uint64_t hash = fnv(FNV_START, target, SIZE);
  EXPECT(passes > 0);
  ok("%-9s %lu passes, hash %016lx", name, passes, (unsigned long)hash);
}

int main(void) {
  struct sigaction action = {.sa_handler = on_tick, .sa_flags = SA_RESTART};
  struct itimerval ten_ms = {{0, 10000}, {0, 10000}};
  for (size_t i = 0; i < SIZE / 8; i++) source[i] = i * 0x9e3779b97f4a7c15ULL;
  EXPECT_SAME(sigaction(SIGALRM, &action, NULL), 0);
  EXPECT_SAME(setitimer(ITIMER_REAL, &ten_ms, NULL), 0);
  measure("by one", by_one);
  measure("by four", by_four);
  measure("doubling", doubling);
  measure("backwards", backwards);
  measure("rotating", rotating);
  return 0;
}
