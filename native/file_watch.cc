#include "file_watch.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <sys/inotify.h>
#include <unistd.h>

namespace portrace {
namespace {

volatile sig_atomic_t news;

void on_news(int) { news = 1; }

// Has SIGIO sent to this thread for a descriptor.
int tell_by_signal(int watch) {
  struct sigaction action{};
  action.sa_handler = on_news;
  action.sa_flags = SA_RESTART;
  sigset_t wanted;
  sigemptyset(&wanted);
  sigaddset(&wanted, SIGIO);
  const f_owner_ex thread{F_OWNER_TID, gettid()};
  if (sigaction(SIGIO, &action, nullptr) < 0) return -1;
  if (pthread_sigmask(SIG_UNBLOCK, &wanted, nullptr) != 0) return -1;
  if (fcntl(watch, F_SETOWN_EX, &thread) < 0) return -1;
  return fcntl(watch, F_SETFL, O_NONBLOCK | O_ASYNC);
}

}  // namespace

static_assert(sizeof news == sizeof(int));

int* file_news() { return const_cast<int*>(&news); }

int watch_files() {
  int watch = inotify_init1(IN_NONBLOCK | IN_CLOEXEC);
  if (watch < 0) return -errno;
  if (tell_by_signal(watch) == 0) return watch;
  int error = errno;
  close(watch);
  return -error;
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
