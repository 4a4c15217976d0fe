#include "file_watch.h"

#include <errno.h>
#include <stdio.h>
#include <sys/inotify.h>
#include <unistd.h>

namespace portrace {

int watch_files() {
  int watch = inotify_init1(IN_NONBLOCK | IN_CLOEXEC);
  return watch < 0 ? -errno : watch;
}

int watch_file(int watch, int descriptor) {
  char path[32];
  snprintf(path, sizeof path, "/proc/self/fd/%d", descriptor);
  int number = inotify_add_watch(watch, path, IN_MODIFY);
  return number < 0 ? -errno : number;
}

size_t written_files(int watch, int* numbers, size_t room) {
  // Events of files have no name behind them.
  inotify_event events[64];
  constexpr size_t kMost = sizeof events / sizeof *events;
  size_t found = 0;
  while (found < room) {
    size_t wanted = room - found < kMost ? room - found : kMost;
    ssize_t got = read(watch, events, wanted * sizeof *events);
    if (got <= 0) break;
    for (size_t i = 0; i < static_cast<size_t>(got) / sizeof *events; i++) {
      if (events[i].mask & (IN_MODIFY | IN_Q_OVERFLOW)) numbers[found++] = events[i].wd;
    }
  }
  return found;
}

}  // namespace portrace
