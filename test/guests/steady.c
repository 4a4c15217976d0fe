/*
 * A guest that goes on for a number of rounds or until it is killed: a process tree that computes,
 * makes system calls, maps memory and takes ticks. Prints one line a round, so that whoever kills
 * its recorder knows how far it came.
 */
#include <signal.h>
#include <sys/mman.h>
#include <sys/time.h>
#include <sys/wait.h>

#include "expect.h"

static volatile unsigned long ticks;

static void on_tick(int signal) {
  (void)signal;
  ticks++;
}

static void child(int in, int out) {
  long value;
  while (read(in, &value, sizeof value) == sizeof value) {
    value++;
    if (write(out, &value, sizeof value) != sizeof value) break;
  }
  _exit(0);
}

int main(int count, char **arguments) {
  int rounds = count > 1 ? atoi(arguments[1]) : 1000000, to[2], from[2];
  struct sigaction action = {.sa_handler = on_tick, .sa_flags = SA_RESTART};
  struct itimerval ten_ms = {{0, 10000}, {0, 10000}};
  EXPECT_SAME(pipe(to), 0);
  EXPECT_SAME(pipe(from), 0);
  pid_t pid = fork();
  if (pid == 0) {
    close(to[1]);
    child(to[0], from[1]);
  }
  EXPECT_SAME(sigaction(SIGALRM, &action, NULL), 0);
  EXPECT_SAME(setitimer(ITIMER_REAL, &ten_ms, NULL), 0);
  long value = 0;
  for (int round = 1; round <= rounds; round++) {
    for (int i = 0; i < 20; i++) {
      EXPECT_SAME(write(to[1], &value, sizeof value), sizeof value);
      EXPECT_SAME(read(from[0], &value, sizeof value), sizeof value);
    }
    char *memory = mmap(NULL, 16 * 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    EXPECT(memory != MAP_FAILED);
    for (int i = 0; i < 16; i++) memory[i * 4096] = round;
    unsigned long now = ticks;
    while (ticks == now) value += 0;
    EXPECT_SAME(munmap(memory, 16 * 4096), 0);
    ok("round %d, value %ld", round, value);
  }
  close(to[1]);
  int status;
  EXPECT_SAME(waitpid(pid, &status, 0), pid);
  EXPECT_SAME(status, 0);
  return 0;
}
