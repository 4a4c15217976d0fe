#include "tracee.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/personality.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <unordered_map>
#include <unordered_set>

#include "time_stamps.h"

namespace portrace {
namespace {

// Tasks that have stopped under us. A child of the process that never did (a libuv child) is not
// ours to reap.
std::unordered_set<pid_t>& known() {
  static std::unordered_set<pid_t> tasks;
  return tasks;
}

// Ends that a call made in a task came upon, and that a wait has yet to report.
std::unordered_map<pid_t, int>& untold() {
  static std::unordered_map<pid_t, int> statuses;
  return statuses;
}

long trace(int request, pid_t tid, uint64_t address, uint64_t data) {
  // The raw call: glibc's wrapper hides errors of the PEEK requests.
  long result = syscall(SYS_ptrace, request, tid, address, data);
  return result < 0 ? -errno : result;
}

// /proc/PID/stat of tasks, kept open: it is read at each call that may sleep.
class States {
 public:
  ssize_t read(pid_t tid, char* into, size_t size) {
    auto known = files_.find(tid);
    if (known != files_.end()) {
      ssize_t got = pread(known->second, into, size, 0);
      if (got > 0) return got;
      // The number may be another task's by now.
      forget(tid);
    }
    char path[32];
    snprintf(path, sizeof path, "/proc/%d/stat", tid);
    int file = open(path, O_RDONLY | O_CLOEXEC);
    if (file < 0) return -errno;
    files_[tid] = file;
    return pread(file, into, size, 0);
  }
  void forget(pid_t tid) {
    auto known = files_.find(tid);
    if (known == files_.end()) return;
    close(known->second);
    files_.erase(known);
  }

 private:
  std::unordered_map<pid_t, int> files_;
};

States& states() {
  static States all;
  return all;
}

void on_alarm(int) {}

// A timer whose only effect is to interrupt waitpid. It is periodic, so that a tick which falls just
// before the wait begins is followed by another, and it stays armed between waits of the same length:
// arming costs more than a tick.
class Alarm {
 public:
  static void arm(int64_t microseconds) {
    static const bool ready = install();
    (void)ready;
    if (armed() == microseconds) return;
    armed() = microseconds;
    itimerspec when{};
    when.it_value.tv_sec = microseconds / 1000000;
    when.it_value.tv_nsec = (microseconds % 1000000) * 1000;
    when.it_interval = when.it_value;
    timer_settime(timer(), 0, &when, nullptr);
  }
  // Sees to it that there are ticks, of whatever length.
  static void keep(int64_t microseconds) {
    if (armed() == 0) arm(microseconds);
  }
  static void disarm() {
    if (armed() != 0) arm(0);
  }

 private:
  static int64_t& armed() {
    static int64_t microseconds = 0;
    return microseconds;
  }
  static timer_t& timer() {
    static timer_t id;
    return id;
  }
  static bool install() {
    struct sigaction action{};
    action.sa_handler = on_alarm;
    sigaction(SIGRTMAX - 3, &action, nullptr);
    sigevent event{};
    event.sigev_notify = SIGEV_THREAD_ID;
    event.sigev_signo = SIGRTMAX - 3;
    event._sigev_un._tid = static_cast<int>(syscall(SYS_gettid));
    timer_create(CLOCK_MONOTONIC, &event, &timer());
    return true;
  }
};

// Waits for a probe of portrace's own, whatever ticks come meanwhile. Whether it is stopped.
bool stops(pid_t probe, int* status) {
  pid_t got = 0;
  do got = waitpid(probe, status, __WALL);
  while (got < 0 && errno == EINTR);
  return got == probe && WIFSTOPPED(*status);
}

int64_t now_us() { return static_cast<int64_t>(milliseconds_now() * 1e3); }

// One look: the tid, 0 for nothing yet, or -errno. Children that are not ours are left alone.
long look(pid_t tid, int flags, int* status) {
  auto told = tid > 0 ? untold().find(tid) : untold().begin();
  if (told != untold().end()) {
    pid_t ended = told->first;
    *status = told->second;
    untold().erase(told);
    return ended;
  }
  if (tid > 0) {
    pid_t got = waitpid(tid, status, __WALL | __WNOTHREAD | flags);
    return got < 0 ? -errno : got;
  }
  siginfo_t info{};
  if (syscall(SYS_waitid, P_ALL, 0, &info, WEXITED | WSTOPPED | WNOWAIT | __WALL | __WNOTHREAD | flags,
              nullptr) < 0) {
    return -errno;
  }
  if (info.si_pid == 0) return 0;
  bool stopped = info.si_code == CLD_TRAPPED || info.si_code == CLD_STOPPED;
  if (stopped || known().count(info.si_pid)) return look(info.si_pid, WNOHANG, status);
  // Somebody else's zombie is in front: ask for each of ours instead.
  for (pid_t task : known()) {
    long got = look(task, WNOHANG, status);
    if (got > 0) return got;
  }
  return 0;
}

long fill(pid_t tid, int status, StopBlock* stop) {
  stop->tid = tid;
  stop->status = status;
  stop->milliseconds = milliseconds_now();
  if (!WIFSTOPPED(status)) {
    known().erase(tid);
    states().forget(tid);
    if (known().empty()) end_time_stamp_trap();
    return tid;
  }
  known().insert(tid);
  // A task that SIGKILL hits while we look is gone: its exit is the next thing that we hear of.
  if (trace(PTRACE_GETREGS, tid, 0, reinterpret_cast<uint64_t>(&stop->registers)) < 0) {
    memset(&stop->registers, 0, sizeof stop->registers);
  }
  bool call = WSTOPSIG(status) == (SIGTRAP | 0x80);
  if (!call && (status >> 16) == 0) {
    memset(stop->siginfo, 0, sizeof stop->siginfo);
    trace(PTRACE_GETSIGINFO, tid, 0, reinterpret_cast<uint64_t>(stop->siginfo));
  }
  return tid;
}

[[noreturn]] void become_guest(const SpawnPlan& plan, int go, int failed) {
  char byte;
  if (read(go, &byte, 1) != 1) _exit(127);
  for (int signal = 1; signal < NSIG; signal++) {
    struct sigaction action{};
    action.sa_handler = SIG_DFL;
    sigaction(signal, &action, nullptr);
  }
  sigset_t none;
  sigemptyset(&none);
  sigprocmask(SIG_SETMASK, &none, nullptr);
  // Node marks the standard streams close-on-exec at its start, and pipes, sockets and terminals O_NONBLOCK
  // when it first looks at them, which is shared with the guest: as to any child of Node, they block again.
  for (int stream = 0; stream < 3; stream++) {
    fcntl(stream, F_SETFD, 0);
    int flags = fcntl(stream, F_GETFL);
    if (flags >= 0 && flags & O_NONBLOCK) fcntl(stream, F_SETFL, flags & ~O_NONBLOCK);
  }
  for (int descriptor : plan.inherited) fcntl(descriptor, F_SETFD, 0);
  if (plan.descriptors >= 0) {
    rlimit limit;
    getrlimit(RLIMIT_NOFILE, &limit);
    limit.rlim_cur = std::min<rlim_t>(limit.rlim_max, static_cast<rlim_t>(plan.descriptors));
    setrlimit(RLIMIT_NOFILE, &limit);
  }
  // A replayed guest is out of reach of the terminal's signals.
  if (plan.new_session) {
    setsid();
    // Stacks grow in replay as they did, whatever the caller's limit is.
    rlimit limit;
    getrlimit(RLIMIT_STACK, &limit);
    limit.rlim_cur = std::max<rlim_t>(limit.rlim_cur, std::min<rlim_t>(limit.rlim_max, 8 << 20));
    setrlimit(RLIMIT_STACK, &limit);
  }
  personality(personality(0xffffffff) | ADDR_NO_RANDOMIZE);
  if (plan.trap_tsc) prctl(PR_SET_TSC, PR_TSC_SIGSEGV);
  std::vector<char*> arguments, environment;
  for (auto& text : plan.arguments) arguments.push_back(const_cast<char*>(text.c_str()));
  for (auto& text : plan.environment) environment.push_back(const_cast<char*>(text.c_str()));
  arguments.push_back(nullptr);
  environment.push_back(nullptr);
  if (plan.image_fd >= 0) {
    syscall(SYS_execveat, plan.image_fd, "", arguments.data(), environment.data(), AT_EMPTY_PATH);
  } else {
    execve(plan.file.c_str(), arguments.data(), environment.data());
  }
  int error = errno;
  if (write(failed, &error, sizeof error) < 0) _exit(126);
  _exit(127);
}

}  // namespace

long spawn(const SpawnPlan& plan) {
  int go[2], failed[2];
  if (pipe2(go, O_CLOEXEC) < 0) return -errno;
  if (pipe2(failed, O_CLOEXEC) < 0) {
    int error = errno;
    close(go[0]);
    close(go[1]);
    return -error;
  }
  pid_t pid = fork();
  if (pid == 0) {
    close(go[1]);
    become_guest(plan, go[0], failed[1]);
  }
  close(go[0]);
  close(failed[1]);
  long outcome = pid < 0 ? -errno : trace(PTRACE_SEIZE, pid, 0, static_cast<uint64_t>(plan.options));
  if (outcome >= 0 && write(go[1], "g", 1) != 1) outcome = -errno;
  close(go[1]);
  if (pid > 0) {
    int error = 0;
    // The pipe closes when the program runs; before that, its reader is stopped at the exec event or
    // has told its errno.
    if (outcome >= 0 && read(failed[0], &error, sizeof error) == sizeof error) outcome = -error;
    if (outcome < 0) {
      kill(pid, SIGKILL);
      int status;
      while (stops(pid, &status)) trace(PTRACE_CONT, pid, 0, 0);
    }
  }
  close(failed[0]);
  if (outcome < 0) return outcome;
  known().insert(pid);
  if (plan.trap_tsc) share_time_stamp_trap();
  return pid;
}

bool traps_tsc() {
  pid_t child = fork();
  if (child < 0) return false;
  if (child == 0) {
    signal(SIGSEGV, SIG_DFL);
    rlimit no_core{0, 0};
    setrlimit(RLIMIT_CORE, &no_core);
    if (prctl(PR_SET_TSC, PR_TSC_SIGSEGV) == 0) __builtin_ia32_rdtsc();
    _exit(0);
  }
  int status = 0;
  stops(child, &status);
  return WIFSIGNALED(status) && WTERMSIG(status) == SIGSEGV;
}

// Whether a group's first thread has died while others of the group live: nothing reports that before they
// have ended, too (wait(2)), and its exit stop is passed over where SIGKILL took it there out of another
// stop and it was let go on from that one.
bool died_unreported(pid_t tid, int* status) {
  char text[1024];
  ssize_t size = states().read(tid, text, sizeof text - 1);
  if (size <= 0) return false;
  text[size] = 0;
  const char* name_end = strrchr(text, ')');
  if (!name_end || name_end[1] == 0 || name_end[2] != 'Z') return false;
  // Field 52, the last one: exit_code, as a wait status (proc(5)).
  *status = atoi(strrchr(text, ' '));
  return true;
}

double milliseconds_now() {
  timespec now;
  syscall(SYS_clock_gettime, CLOCK_MONOTONIC, &now);
  return static_cast<double>(now.tv_sec) * 1e3 + static_cast<double>(now.tv_nsec) / 1e6;
}

// How long a wait for one task lasts before it is looked whether there is anything to wait for.
constexpr int64_t kLookAgain = 100000;
// So many ticks of a shorter wait are borne before the timer is set anew.
constexpr int kShortTicks = 4;

long wait(pid_t tid, int64_t timeout_us, StopBlock* stop) {
  int status = 0;
  if (timeout_us == 0) {
    long got = look(tid, WNOHANG, &status);
    return got > 0 ? fill(static_cast<pid_t>(got), status, stop) : got;
  }
  bool forever = timeout_us < 0;
  if (!forever) {
    Alarm::arm(timeout_us);
  } else if (tid < 0) {
    Alarm::disarm();
  } else {
    Alarm::keep(kLookAgain);
  }
  give_up_time_stamps();
  // The clock is asked at the first tick only: most waits end before that. Ticks may come a little early.
  const int64_t patience = forever ? kLookAgain : timeout_us;
  int64_t start = 0;
  for (int looks = 1;; looks++) {
    long got = look(tid, 0, &status);
    if (got > 0) return fill(static_cast<pid_t>(got), status, stop);
    // Ticks of an earlier, shorter wait. On a processor that others want, too, a task that we wake up for so often may
    // never get it (Linux 6.18, where it is in a session of its own).
    if (forever && tid > 0 && looks == kShortTicks) Alarm::arm(kLookAgain);
    if (got < 0 && got != -EINTR) return got;
    if (got == 0) sched_yield();
    if (start == 0) start = now_us();
    if (now_us() - start < patience - patience / 8) continue;
    int exit_status = 0;
    if (tid > 0 && died_unreported(tid, &exit_status)) {
      // Unless all have ended meanwhile, and it is reported.
      got = look(tid, WNOHANG, &status);
      if (got > 0) return fill(tid, status, stop);
      // It stays known: the report comes yet, and must be taken for its parent to hear of it.
      stop->tid = tid;
      stop->status = exit_status;
      return tid;
    }
    if (!forever) return 0;
    start = now_us();
  }
}

constexpr int kShortSleep = 100;

long wait_or_sleep(pid_t tid, StopBlock* stop) {
  char text[512];
  long answer = 0;
  for (int round = 0;; round++) {
    // It shares our processor, and has done nothing yet.
    if (round < 2) sched_yield();
    int status = 0;
    // Its own stop is what comes as a rule, and the cheapest to look for.
    long got = look(tid, WNOHANG, &status);
    if ((got == 0 && round >= 2) || got == -ECHILD) got = look(-1, WNOHANG, &status);
    if (got != 0) {
      answer = got < 0 ? got : (fill(static_cast<pid_t>(got), status, stop), 1);
      break;
    }
    if (round < 2) continue;
    ssize_t size = states().read(tid, text, sizeof text - 1);
    if (size <= 0) break;
    text[size] = 0;
    const char* name_end = strrchr(text, ')');
    char state = name_end && name_end[1] ? name_end[2] : 'X';
    // D is a short sleep as a rule, but an execve that waits for its threads to end is in it, too.
    bool settled = state == 'S' || state == 'Z' || state == 'X' || (state == 'D' && round > kShortSleep);
    if (settled) {
      // It may have gone to sleep after a stop of another task came: look once more.
      got = look(-1, WNOHANG, &status);
      if (got > 0) {
        fill(static_cast<pid_t>(got), status, stop);
        answer = 1;
      }
      break;
    }
    if (round < 50) {
      sched_yield();
    } else {
      timespec moment{0, 50000};
      nanosleep(&moment, nullptr);
    }
  }
  return answer;
}

long resume(pid_t tid, long request, int signal) {
  give_up_time_stamps();
  return trace(static_cast<int>(request), tid, 0, static_cast<uint64_t>(signal));
}

long set_registers(pid_t tid, const user_regs_struct& registers) {
  long error = trace(PTRACE_SETREGS, tid, 0, reinterpret_cast<uint64_t>(&registers));
  if (error != -EIO) return error;
  // The kernel sets one after the other, up to the first that it takes from no tracer. A task comes to such values by
  // its own instructions (wrgsbase, a null selector that is not 0) and keeps them.
  user_regs_struct now;
  error = trace(PTRACE_GETREGS, tid, 0, reinterpret_cast<uint64_t>(&now));
  for (size_t at = 0; error >= 0 && at < sizeof now; at += sizeof(uint64_t)) {
    uint64_t has, value;
    memcpy(&has, reinterpret_cast<const unsigned char*>(&now) + at, sizeof has);
    memcpy(&value, reinterpret_cast<const unsigned char*>(&registers) + at, sizeof value);
    if (has != value) error = trace(PTRACE_POKEUSER, tid, at, value);
  }
  return error;
}

long get_register_set(pid_t tid, uint64_t type, unsigned char* into, size_t size) {
  iovec area{into, size};
  long result = trace(PTRACE_GETREGSET, tid, type, reinterpret_cast<uint64_t>(&area));
  return result < 0 ? result : static_cast<long>(area.iov_len);
}

long set_register_set(pid_t tid, uint64_t type, const unsigned char* from, size_t size) {
  iovec area{const_cast<unsigned char*>(from), size};
  return trace(PTRACE_SETREGSET, tid, type, reinterpret_cast<uint64_t>(&area));
}

ssize_t read_memory(pid_t tid, uint64_t address, unsigned char* into, size_t length) {
  size_t done = 0;
  while (done < length) {
    iovec local{into + done, length - done};
    iovec remote{reinterpret_cast<void*>(address + done), length - done};
    ssize_t got = process_vm_readv(tid, &local, 1, &remote, 1, 0);
    if (got > 0) {
      done += static_cast<size_t>(got);
      continue;
    }
    if (got < 0 && errno == ESRCH) return -ESRCH;
    // Memory that the task itself may not read (PROT_NONE) is still there to look at. A host without
    // process_vm_readv gets all of its answers here.
    size_t most = got < 0 && errno == ENOSYS ? length : 4096 - ((address + done) & 4095);
    char path[32];
    snprintf(path, sizeof path, "/proc/%d/mem", tid);
    int file = open(path, O_RDONLY | O_CLOEXEC);
    if (file < 0) break;
    got = pread(file, into + done, std::min(length - done, most), static_cast<off_t>(address + done));
    close(file);
    if (got <= 0) break;
    done += static_cast<size_t>(got);
  }
  return static_cast<ssize_t>(done);
}

// Word by word, for hosts whose /proc/PID/mem cannot be written.
ssize_t poke_memory(pid_t tid, uint64_t address, const unsigned char* from, size_t length) {
  size_t done = 0;
  while (done < length) {
    uint64_t word_at = (address + done) & ~uint64_t{7}, word = 0;
    size_t offset = (address + done) - word_at, part = std::min(length - done, sizeof word - offset);
    if (part < sizeof word) {
      long error = trace(PTRACE_PEEKDATA, tid, word_at, reinterpret_cast<uint64_t>(&word));
      if (error < 0) return error;
    }
    memcpy(reinterpret_cast<unsigned char*>(&word) + offset, from + done, part);
    long error = trace(PTRACE_POKEDATA, tid, word_at, word);
    if (error < 0) return error;
    done += part;
  }
  return static_cast<ssize_t>(done);
}

ssize_t write_memory(pid_t tid, uint64_t address, const unsigned char* from, size_t length) {
  size_t done = 0;
  while (done < length) {
    iovec local{const_cast<unsigned char*>(from) + done, length - done};
    iovec remote{reinterpret_cast<void*>(address + done), length - done};
    ssize_t put = process_vm_writev(tid, &local, 1, &remote, 1, 0);
    if (put > 0) {
      done += static_cast<size_t>(put);
      continue;
    }
    if (put < 0 && errno == ESRCH) return -ESRCH;
    char path[32];
    snprintf(path, sizeof path, "/proc/%d/mem", tid);
    int file = open(path, O_RDWR | O_CLOEXEC);
    if (file < 0) return -errno;
    size_t page_rest = 4096 - ((address + done) & 4095);
    put = pwrite(file, from + done, std::min(length - done, page_rest), static_cast<off_t>(address + done));
    int error = errno;
    close(file);
    if (put < 0 && error == EINVAL) {
      put = poke_memory(tid, address + done, from + done, length - done);
      if (put < 0) return put;
    }
    if (put <= 0) return -error;
    done += static_cast<size_t>(put);
  }
  return static_cast<ssize_t>(done);
}

ssize_t copy_out(pid_t tid, uint64_t address, const unsigned char* from, size_t length) {
  iovec local{const_cast<unsigned char*>(from), length};
  iovec remote{reinterpret_cast<void*>(address), length};
  ssize_t put = process_vm_writev(tid, &local, 1, &remote, 1, 0);
  if (put >= 0) return put;
  if (errno == ENOSYS) return write_memory(tid, address, from, length);
  return errno == EFAULT ? 0 : -errno;
}

long inject(pid_t tid, const Injection& call, std::vector<HeldSignal>* held, int64_t* result) {
  user_regs_struct saved;
  long error = trace(PTRACE_GETREGS, tid, 0, reinterpret_cast<uint64_t>(&saved));
  if (error < 0) return error;
  user_regs_struct changed = saved;
  changed.rip = call.site;
  changed.rax = static_cast<uint64_t>(call.number);
  changed.orig_rax = static_cast<uint64_t>(-1);  // no system call to restart
  changed.rdi = static_cast<uint64_t>(call.arguments[0]);
  changed.rsi = static_cast<uint64_t>(call.arguments[1]);
  changed.rdx = static_cast<uint64_t>(call.arguments[2]);
  changed.r10 = static_cast<uint64_t>(call.arguments[3]);
  changed.r8 = static_cast<uint64_t>(call.arguments[4]);
  changed.r9 = static_cast<uint64_t>(call.arguments[5]);
  changed.eflags &= ~0x100ull;
  error = set_registers(tid, changed);
  if (error < 0) return error;
  for (int stops = 0; stops < 2;) {
    error = resume(tid, PTRACE_SYSCALL, 0);
    if (error < 0) return error;
    int status;
    while (waitpid(tid, &status, __WALL | __WNOTHREAD) != tid) {
      if (errno != EINTR) return -errno;
    }
    if (!WIFSTOPPED(status) || (status >> 16) == PTRACE_EVENT_EXIT) {
      // A seccomp filter killed it for the call, or somebody did meanwhile.
      untold()[tid] = status;
      return -ESRCH;
    }
    if (WSTOPSIG(status) == (SIGTRAP | 0x80)) {
      // A task that stood at the entry of a void call (PTRACE_SYSEMU) first reports that call's exit.
      user_regs_struct now;
      if (stops == 0 && trace(PTRACE_GETREGS, tid, 0, reinterpret_cast<uint64_t>(&now)) == 0 &&
          static_cast<int64_t>(now.orig_rax) != call.number) {
        continue;
      }
      stops++;
    } else if ((status >> 16) == 0) {
      HeldSignal signal;
      if (trace(PTRACE_GETSIGINFO, tid, 0, reinterpret_cast<uint64_t>(signal.siginfo)) < 0) return -ESRCH;
      held->push_back(signal);
      if (stops == 0) {
        // The signal stopped it before the call: the registers are as we set them, go on.
        continue;
      }
    }
  }
  user_regs_struct after;
  error = trace(PTRACE_GETREGS, tid, 0, reinterpret_cast<uint64_t>(&after));
  if (error < 0) return error;
  *result = static_cast<int64_t>(after.rax);
  saved.orig_rax = static_cast<uint64_t>(-1);
  return set_registers(tid, saved);
}

long signal_masks(pid_t tid, uint64_t masks[4]) {
  char path[32], text[16384];
  snprintf(path, sizeof path, "/proc/%d/status", tid);
  int file = open(path, O_RDONLY | O_CLOEXEC);
  // A task that is gone has no such file.
  if (file < 0) return errno == ENOENT ? -ESRCH : -errno;
  ssize_t size = read(file, text, sizeof text - 1);
  int error = errno;
  close(file);
  if (size < 0) return -error;
  text[size] = 0;
  constexpr struct {
    const char* name;
    int mask;
  } kFields[] = {{"\nSigPnd:", 0}, {"\nShdPnd:", 0}, {"\nSigBlk:", 1}, {"\nSigIgn:", 2}, {"\nSigCgt:", 3}};
  std::fill(masks, masks + 4, 0);
  for (const auto& field : kFields) {
    const char* found = strstr(text, field.name);
    if (!found) return -EIO;
    masks[field.mask] |= strtoull(found + strlen(field.name), nullptr, 16);
  }
  return 0;
}

long pending_signals(pid_t tid, unsigned char* numbers, size_t room) {
  constexpr int kAtOnce = 16;
  siginfo_t found[kAtOnce];
  size_t count = 0;
  for (uint32_t queue : {0u, static_cast<uint32_t>(PTRACE_PEEKSIGINFO_SHARED)}) {
    __ptrace_peeksiginfo_args range{0, queue, kAtOnce};
    for (;;) {
      long got = trace(PTRACE_PEEKSIGINFO, tid, reinterpret_cast<uint64_t>(&range), reinterpret_cast<uint64_t>(found));
      if (got < 0) return got;
      for (long i = 0; i < got && count < room; i++) numbers[count++] = static_cast<unsigned char>(found[i].si_signo);
      if (got < kAtOnce || count == room) break;
      range.off += static_cast<uint64_t>(got);
    }
  }
  return static_cast<long>(count);
}

long set_breakpoint(pid_t tid, int slot, uint64_t address) {
  // Debug registers (Intel SDM 17.2): DR0-3 addresses, DR7 bit 2n enables slot n for this task, the
  // four bits at 16+4n are its length and kind; all zero means "on execution".
  const uint64_t base = offsetof(user, u_debugreg);
  uint64_t control = 0;
  long error = trace(PTRACE_PEEKUSER, tid, base + 7 * 8, reinterpret_cast<uint64_t>(&control));
  if (error < 0) return error;
  uint64_t without = control & ~((3ull << (slot * 2)) | (15ull << (16 + slot * 4)));
  if (without != control) {
    error = trace(PTRACE_POKEUSER, tid, base + 7 * 8, without);
    if (error < 0) return error;
  }
  if (address == 0) return 0;
  error = trace(PTRACE_POKEUSER, tid, base + static_cast<uint64_t>(slot) * 8, address);
  if (error < 0) return error;
  return trace(PTRACE_POKEUSER, tid, base + 7 * 8, without | (1ull << (slot * 2)));
}

namespace {

// Passes that must all be seen.
constexpr int kProbePasses = 64;
constexpr unsigned kProbeSeconds = 2;

__attribute__((noinline, noclone)) void probe_place() { __asm__ volatile("nop"); }

// The next stop of the probe is by the breakpoint.
bool probe_hits(pid_t probe) {
  int status = 0;
  user_regs_struct registers;
  return trace(PTRACE_CONT, probe, 0, 0) >= 0 && stops(probe, &status) && WSTOPSIG(status) == SIGTRAP &&
         trace(PTRACE_GETREGS, probe, 0, reinterpret_cast<uint64_t>(&registers)) >= 0 &&
         registers.rip == reinterpret_cast<uint64_t>(&probe_place);
}

}  // namespace

bool breakpoints_work() {
  pid_t probe = fork();
  if (probe < 0) return false;
  if (probe == 0) {
    // One that is lost ends by itself.
    signal(SIGALRM, SIG_DFL);
    alarm(kProbeSeconds);
    if (trace(PTRACE_TRACEME, 0, 0, 0) < 0) _exit(1);
    raise(SIGSTOP);
    for (int i = 0; i < kProbePasses; i++) probe_place();
    _exit(0);
  }
  int status = 0;
  bool works = stops(probe, &status) && set_breakpoint(probe, 0, reinterpret_cast<uint64_t>(&probe_place)) >= 0;
  for (int i = 0; works && i < kProbePasses; i++) works = probe_hits(probe);
  kill(probe, SIGKILL);
  while (stops(probe, &status)) {
  }
  return works;
}

}  // namespace portrace
