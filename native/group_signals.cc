#include "group_signals.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

namespace portrace {
namespace {

constexpr int kOfTerminal[] = {SIGINT, SIGQUIT, SIGTSTP, SIGTTOU, SIGTTIN};

// Those whose default is to end the process, but for what faults, aborts and portrace's own timers raise.
constexpr int kDeadly[] = {SIGHUP, SIGTERM, SIGUSR1, SIGUSR2, SIGALRM, SIGVTALRM, SIGSTKFLT, SIGPWR};

// Whether /proc/PID/status says that this process traces the process. Only calls that a handler may make.
bool is_traced(pid_t pid) {
  char path[32], text[1024];
  snprintf(path, sizeof path, "/proc/%d/status", pid);
  int file = open(path, O_RDONLY | O_CLOEXEC);
  if (file < 0) return false;
  ssize_t size = read(file, text, sizeof text - 1);
  close(file);
  if (size <= 0) return false;
  text[size] = 0;
  constexpr char kTracer[] = "\nTracerPid:";
  const char* found = strstr(text, kTracer);
  return found && atoi(found + strlen(kTracer)) == getpid();
}

void on_deadly(int signal, siginfo_t* info, void*) {
  int error = errno;
  if (info->si_code <= 0 && is_traced(info->si_pid)) {
    errno = error;
    return;
  }
  struct sigaction action{};
  action.sa_handler = SIG_DFL;
  sigaction(signal, &action, nullptr);
  // It is blocked as long as this runs.
  raise(signal);
  errno = error;
}

}  // namespace

void leave_signals_to_guest() {
  for (int name : kOfTerminal) signal(name, SIG_IGN);
  struct sigaction action{};
  action.sa_sigaction = on_deadly;
  action.sa_flags = SA_SIGINFO | SA_RESTART;
  for (int name : kDeadly) sigaction(name, &action, nullptr);
}

}  // namespace portrace
