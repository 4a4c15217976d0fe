/* Calls that not every host allows: whether they were done is printed, and the same under record as natively. */
#ifndef ANSWERS_H
#define ANSWERS_H

#include "expect.h"

/* Prints "done", or the name of the error; true where it was done. */
__attribute__((unused)) static int answer(const char *name, long result) {
  ok("%s: %s", name, result < 0 ? strerrorname_np(errno) : "done");
  return result >= 0;
}

#endif
