/* A child that does nothing until a signal ends it. */
#ifndef SLEEPER_H
#define SLEEPER_H

#include "expect.h"

static pid_t sleeper(void) {
  pid_t pid = fork();
  EXPECT(pid >= 0);
  if (pid == 0) {
    for (;;) pause();
  }
  return pid;
}

#endif
