/* What portrace answers as a kernel without it does (docs/determinism.md): prints each call's errno. */
#include <linux/perf_event.h>
#include <sys/prctl.h>
#include <sys/syscall.h>

#include "expect.h"

#ifndef PR_SET_SYSCALL_USER_DISPATCH
#define PR_SET_SYSCALL_USER_DISPATCH 59
#endif
#define DISPATCH_OFF 0
#define DISPATCH_ON 1

static void show(const char *name, long result) { ok("%s: %s", name, result < 0 ? strerrorname_np(errno) : "done"); }

int main(void) {
  static char selector, parameters[120];
  show("userfaultfd", syscall(SYS_userfaultfd, 0));
  show("io_uring_setup", syscall(SYS_io_uring_setup, 1, parameters));
  show("memfd_secret", syscall(447, 0));
  show("pkey_alloc", syscall(330, 0, 0));
  show("dispatch on", prctl(PR_SET_SYSCALL_USER_DISPATCH, DISPATCH_ON, 0, 0, &selector));
  show("dispatch off", prctl(PR_SET_SYSCALL_USER_DISPATCH, DISPATCH_OFF, 0, 0, 0));
  struct perf_event_attr traps = {.type = PERF_TYPE_SOFTWARE, .size = sizeof traps, .sample_period = 1, .remove_on_exec = 1, .sigtrap = 1};
  show("perf event with sigtrap", syscall(SYS_perf_event_open, &traps, 0, -1, -1, 0));
  show("another prctl", prctl(PR_SET_NAME, "named", 0, 0, 0));
  return 0;
}
