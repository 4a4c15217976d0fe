/* What a program can learn about time and chance without asking for a file. */
#include <sched.h>
#include <sys/auxv.h>
#include <sys/random.h>
#include <sys/resource.h>
#include <sys/sysinfo.h>
#include <sys/time.h>
#include <sys/times.h>
#include <sys/utsname.h>
#include <time.h>

#include "expect.h"

int main(void) {
  static const clockid_t clocks[] = {CLOCK_REALTIME,        CLOCK_MONOTONIC,     CLOCK_PROCESS_CPUTIME_ID,
                                     CLOCK_THREAD_CPUTIME_ID, CLOCK_MONOTONIC_RAW, CLOCK_REALTIME_COARSE,
                                     CLOCK_MONOTONIC_COARSE,  CLOCK_BOOTTIME};
  struct timespec now, later, resolution;
  for (size_t i = 0; i < sizeof clocks / sizeof *clocks; i++) {
    EXPECT_SAME(clock_gettime(clocks[i], &now), 0);
    EXPECT_SAME(clock_getres(clocks[i], &resolution), 0);
    ok("clock %d: %ld.%09ld, resolution %ld", clocks[i], now.tv_sec, now.tv_nsec, resolution.tv_nsec);
  }
  EXPECT_SAME(clock_gettime(CLOCK_MONOTONIC, &now), 0);
  uint64_t hash = FNV_START;
  for (int i = 0; i < 1000; i++) {
    EXPECT_SAME(clock_gettime(CLOCK_MONOTONIC, &later), 0);
    EXPECT(later.tv_sec > now.tv_sec || (later.tv_sec == now.tv_sec && later.tv_nsec >= now.tv_nsec));
    now = later;
    hash = fnv(hash, &now, sizeof now);
  }
  ok("1000 readings, hash %016lx", (unsigned long)hash);

  struct timeval day;
  EXPECT_SAME(gettimeofday(&day, NULL), 0);
  time_t seconds = time(NULL);
  EXPECT(seconds - day.tv_sec >= -1 && seconds - day.tv_sec <= 60);
  ok("time %ld, of day %ld.%06ld", (long)seconds, day.tv_sec, day.tv_usec);

  struct timespec pause = {0, 20000000};
  EXPECT_SAME(clock_gettime(CLOCK_MONOTONIC, &now), 0);
  EXPECT_SAME(nanosleep(&pause, NULL), 0);
  EXPECT_SAME(clock_gettime(CLOCK_MONOTONIC, &later), 0);
  long slept = (later.tv_sec - now.tv_sec) * 1000000000 + later.tv_nsec - now.tv_nsec;
  EXPECT(slept >= pause.tv_nsec);
  ok("slept %ld ns", slept);

  uint64_t chance[4];
  EXPECT_SAME(getrandom(chance, sizeof chance, 0), sizeof chance);
  ok("random %016lx %016lx", (unsigned long)chance[0], (unsigned long)fnv(FNV_START, chance, sizeof chance));
  const unsigned char *seed = (const unsigned char *)getauxval(AT_RANDOM);
  EXPECT(seed);
  ok("seed %016lx", (unsigned long)fnv(FNV_START, seed, 16));

  struct rusage usage;
  struct tms spent;
  struct sysinfo machine;
  struct utsname name;
  EXPECT_SAME(getrusage(RUSAGE_SELF, &usage), 0);
  EXPECT_SAME(sysinfo(&machine), 0);
  EXPECT_SAME(uname(&name), 0);
  EXPECT(times(&spent) != (clock_t)-1);
  ok("faults %ld, uptime %ld, kernel %s", usage.ru_minflt, machine.uptime, name.release);
  unsigned processor = 0, node = 0;
  EXPECT_SAME(getcpu(&processor, &node), 0);
  ok("pid %d, parent %d, processor %u", getpid(), getppid(), processor);
  int here;
  ok("stack at %p, heap at %p", (void *)&here, malloc(1));
  return 0;
}
