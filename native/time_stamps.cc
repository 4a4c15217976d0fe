#include "time_stamps.h"

#include <pthread.h>
#include <signal.h>
#include <sys/prctl.h>

namespace portrace {
namespace {

enum class Counter : unsigned char { kept, returned, given_up };

// The handler writes it, so it must not be one that is allocated at the first use.
[[gnu::tls_model("initial-exec")]] thread_local volatile Counter counter = Counter::kept;

struct sigaction before{};

void hand_on(int signal, siginfo_t* info, void* context) {
  if (before.sa_flags & SA_SIGINFO) {
    before.sa_sigaction(signal, info, context);
  } else if (before.sa_handler != SIG_DFL && before.sa_handler != SIG_IGN) {
    before.sa_handler(signal);
  } else {
    // The instruction faults again, and this time it ends the process.
    struct sigaction plain{};
    plain.sa_handler = SIG_DFL;
    sigaction(signal, &plain, nullptr);
  }
}

// A thread that was made by one without the counter is without it, too, whatever its own variable says.
bool bring_back() {
  int mode = 0;
  if (prctl(PR_GET_TSC, &mode) < 0 || mode != PR_TSC_SIGSEGV) return false;
  if (counter == Counter::given_up) counter = Counter::returned;
  return prctl(PR_SET_TSC, PR_TSC_ENABLE) == 0;
}

void on_fault(int signal, siginfo_t* info, void* context) {
  if (info->si_code == SI_KERNEL && bring_back()) return;
  hand_on(signal, info, context);
}

// A program that a child of this thread executes knows nothing of the trap.
void in_child() { take_back_time_stamps(); }

bool install() {
  struct sigaction action{};
  action.sa_sigaction = on_fault;
  action.sa_flags = SA_SIGINFO | SA_ONSTACK;
  // The handler of another signal that comes now may read a clock, too (a profiler's does): it waits until it can.
  sigfillset(&action.sa_mask);
  return sigaction(SIGSEGV, &action, &before) == 0 && pthread_atfork(nullptr, nullptr, in_child) == 0;
}

}  // namespace

void share_time_stamp_trap() {
  static const bool ready = install();
  if (ready && counter == Counter::kept) counter = Counter::returned;
}

void end_time_stamp_trap() {
  take_back_time_stamps();
  counter = Counter::kept;
}

void take_back_time_stamps() {
  if (counter == Counter::given_up) bring_back();
}

void give_up_time_stamps() {
  if (counter != Counter::returned) return;
  counter = prctl(PR_SET_TSC, PR_TSC_SIGSEGV) == 0 ? Counter::given_up : Counter::kept;
}

}  // namespace portrace
