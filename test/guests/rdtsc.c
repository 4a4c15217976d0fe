/* The time stamp counter in a loop, by both instructions; the hash covers every value. */
#include "expect.h"

#define READS 2000

static uint64_t rdtsc(void) {
  uint32_t low, high;
  asm volatile("rdtsc" : "=a"(low), "=d"(high));
  return (uint64_t)high << 32 | low;
}

static uint64_t rdtscp(uint32_t *processor) {
  uint32_t low, high;
  asm volatile("rdtscp" : "=a"(low), "=d"(high), "=c"(*processor));
  return (uint64_t)high << 32 | low;
}

int main(void) {
  uint64_t hash = FNV_START, first = rdtsc(), last = first, now;
  uint32_t processor;
  for (int i = 0; i < READS; i++) {
    now = i % 2 ? rdtsc() : rdtscp(&processor);
    EXPECT(now >= last);
    last = now;
    hash = fnv(hash, &now, sizeof now);
    if (i % 2 == 0) hash = fnv(hash, &processor, sizeof processor);
  }
  EXPECT(last > first);
  ok("%d reads, %lu cycles, hash %016lx", READS, (unsigned long)(last - first), (unsigned long)hash);
  return 0;
}
