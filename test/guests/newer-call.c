/*
 * A call of a kernel that is newer than portrace, with a number that nobody has: it writes to the memory
 * behind its last argument, and behind a pointer in the structure that its first one points to.
 */
#include <sys/syscall.h>

#include "expect.h"
#include "newer-call.h"

int main(void) {
  char there[64] = "as it was", direct[64] = "as it was";
  struct newer asked = {1, there};
  long result = syscall(SYS_newer, &asked, sizeof asked, direct);
  ok("%s: %s, %s", result < 0 ? strerrorname_np(errno) : "done", there, direct);
  ok("%ld", result);
  return 0;
}
