/*
 * Ends as it is told: exits code N, signal N, from-thread N when its first thread has ended, exec-from-thread N by a program that
 * another thread than the first starts.
 */
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <sys/resource.h>
#include <unistd.h>

#include "expect.h"

static int number;

static void *exit_later(void *argument) {
  (void)argument;
  usleep(20000);
  _exit(number);
}

static void *start_program(void *argument) {
  char digits[16];
  snprintf(digits, sizeof digits, "%d", number);
  execl("/proc/self/exe", argument, "code", digits, NULL);
  _exit(1);
}

static void start_thread(void *(*run)(void *), void *argument) {
  pthread_t thread;
  EXPECT_SAME(pthread_create(&thread, NULL, run, argument), 0);
}

int main(int count, char **arguments) {
  struct rlimit none = {0, 0};
  EXPECT_SAME(count, 3);
  number = atoi(arguments[2]);
  if (strcmp(arguments[1], "code") == 0) return number;
  if (strcmp(arguments[1], "from-thread") == 0) {
    start_thread(exit_later, NULL);
    pthread_exit(NULL);
  }
  if (strcmp(arguments[1], "exec-from-thread") == 0) {
    start_thread(start_program, arguments[0]);
    for (;;) pause();
  }
  setrlimit(RLIMIT_CORE, &none);
  signal(number, SIG_DFL);
  raise(number);
  return 1;
}
