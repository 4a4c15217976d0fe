/* Ends as it is told: exits code N, or exits signal N. */
#include <signal.h>
#include <sys/resource.h>

#include "expect.h"

int main(int count, char **arguments) {
  struct rlimit none = {0, 0};
  EXPECT_SAME(count, 3);
  int number = atoi(arguments[2]);
  if (strcmp(arguments[1], "code") == 0) return number;
  setrlimit(RLIMIT_CORE, &none);
  signal(number, SIG_DFL);
  raise(number);
  return 1;
}
