/*
 * Time and processor by the vsyscall page, as programs from before the vDSO ask for them: the kernel answers without a
 * system call. Prints what it was told.
 */
#include <sched.h>
#include <setjmp.h>
#include <signal.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <time.h>

#include "expect.h"

typedef long time_function(time_t *);
typedef long clock_function(struct timeval *, struct timezone *);
typedef long processor_function(unsigned *, unsigned *, void *);

/* asm/vsyscall.h */
#define VSYSCALL_GETTIMEOFDAY ((clock_function *)0xffffffffff600000)
#define VSYSCALL_TIME ((time_function *)0xffffffffff600400)
#define VSYSCALL_GETCPU ((processor_function *)0xffffffffff600800)

static sigjmp_buf back;

static void on_fault(int signal) { siglongjmp(back, signal); }

static int has_page(void) {
  char line[512];
  FILE *maps = fopen("/proc/self/maps", "r");
  EXPECT(maps != NULL);
  int found = 0;
  while (fgets(line, sizeof line, maps)) found |= strstr(line, "[vsyscall]") != NULL;
  fclose(maps);
  return found;
}

static void ask(const char *who) {
  time_t before = syscall(SYS_time, NULL), stored = 0;
  EXPECT(VSYSCALL_TIME(NULL) >= before);
  time_t told = VSYSCALL_TIME(&stored);
  EXPECT_SAME(told, stored);
  struct timeval now;
  struct timezone zone;
  EXPECT_SAME(VSYSCALL_GETTIMEOFDAY(&now, &zone), 0);
  EXPECT(now.tv_sec >= told);
  EXPECT_SAME(VSYSCALL_GETTIMEOFDAY(NULL, NULL), 0);
  unsigned cpu = 0, node = 0;
  EXPECT_SAME(VSYSCALL_GETCPU(&cpu, &node, NULL), 0);
  tell("%s: %ld.%06ld, processor %u, node %u", who, (long)now.tv_sec, (long)now.tv_usec, cpu, node);
}

int main(void) {
  if (!has_page()) {
    struct timespec now;
    EXPECT_SAME(clock_gettime(CLOCK_REALTIME, &now), 0);
    tell("no vsyscall page here, at %ld.%09ld", (long)now.tv_sec, now.tv_nsec);
    return 0;
  }
  ask("parent");
  /* An address that is kept in memory. */
  time_function *volatile kept = VSYSCALL_TIME;
  EXPECT(kept(NULL) > 0);
  pid_t child = fork();
  if (child == 0) {
    ask("child");
    _exit(0);
  }
  int status;
  EXPECT_SAME(waitpid(child, &status, 0), child);
  EXPECT_SAME(status, 0);

  /* Unlike the system call, it faults where it cannot write. */
  EXPECT(signal(SIGSEGV, on_fault) != SIG_ERR);
  int caught = sigsetjmp(back, 1);
  if (caught == 0) VSYSCALL_TIME((time_t *)8);
  EXPECT_SAME(caught, SIGSEGV);
  ok("a bad pointer faults");
  /* The processor is the one that the system call tells, whatever mask was set. */
  cpu_set_t may, chosen;
  EXPECT_SAME(sched_getaffinity(0, sizeof may, &may), 0);
  for (int processor = 0; processor < 2; processor++) {
    CPU_ZERO(&chosen);
    CPU_SET(processor, &chosen);
    if (sched_setaffinity(0, sizeof chosen, &chosen) != 0) continue;
    unsigned cpu = 99;
    EXPECT_SAME(VSYSCALL_GETCPU(&cpu, NULL, NULL), 0);
    EXPECT_SAME((int)cpu, processor);
  }
  EXPECT_SAME(sched_setaffinity(0, sizeof may, &may), 0);
  ok("the processor that was chosen");
  ask("afterwards");
  return 0;
}
