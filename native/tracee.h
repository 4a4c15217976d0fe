// What the addon does to one traced task. Mechanism only: no system call is known by name here and
// no decision is taken. Every function answers 0 or a count, or a negative errno.
#pragma once

#include <sys/types.h>
#include <sys/user.h>

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace portrace {

// A stop, as JavaScript sees it: one block that both sides share, so that a stop costs one crossing.
// Layout (little-endian): tid i32, status i32, then registers, siginfo, and the time.
struct StopBlock {
  int32_t tid;
  int32_t status;
  user_regs_struct registers;
  unsigned char siginfo[128];
  double milliseconds;  // when it was told: CLOCK_MONOTONIC
};
static_assert(offsetof(StopBlock, registers) == 8);
static_assert(offsetof(StopBlock, siginfo) == 224);
static_assert(offsetof(StopBlock, milliseconds) == 352);

struct SpawnPlan {
  int image_fd = -1;  // execute this descriptor, or, when -1, the file by name
  std::string file;
  std::vector<std::string> arguments;
  std::vector<std::string> environment;
  long options = 0;       // PTRACE_O_*
  long descriptors = -1;  // soft RLIMIT_NOFILE of the guest; -1 leaves it
  std::vector<int> inherited;  // descriptors that it gets besides the standard streams
  bool trap_tsc = false;
  bool new_session = false;
};

// Starts a program under ptrace, address layout not randomised, and returns its pid. The first stop
// that wait() reports for it is PTRACE_EVENT_EXEC.
long spawn(const SpawnPlan& plan);

// Whether PR_SET_TSC has an effect here: some virtual machines accept it and let rdtsc pass all the same.
bool traps_tsc();

// CLOCK_MONOTONIC, by a real call: the vDSO reads the time stamp counter, see time_stamps.h.
double milliseconds_now();

// Waits for a stop of one task (or any, -1) for at most `timeout_us` (negative: for ever; 0: looks
// once). Answers the tid with the block filled, 0 when the time is up. A first thread of a group that has
// died counts as ended, although the kernel reports it only after the others.
long wait(pid_t tid, int64_t timeout_us, StopBlock* stop);

// Waits until `tid` stops or sleeps in the kernel. Answers 1 when a stop (of any task) is in the block, 0 when it sleeps.
long wait_or_sleep(pid_t tid, StopBlock* stop);

long resume(pid_t tid, long request, int signal);
// Sets the general registers; values that no tracer may set must be what the task has already.
long set_registers(pid_t tid, const user_regs_struct& registers);
// Register sets by their ELF note type; the answer of get is the set's real size.
long get_register_set(pid_t tid, uint64_t type, unsigned char* into, size_t size);
long set_register_set(pid_t tid, uint64_t type, const unsigned char* from, size_t size);

ssize_t read_memory(pid_t tid, uint64_t address, unsigned char* into, size_t length);
// Writes as the kernel's own copies to a task do: not to memory that the task may not write to. Answers
// how many bytes were written.
ssize_t copy_out(pid_t tid, uint64_t address, const unsigned char* from, size_t length);
// Writes whatever the protection, as a debugger does.
ssize_t write_memory(pid_t tid, uint64_t address, const unsigned char* from, size_t length);

// Runs one system call in a stopped task, at an address that holds a syscall instruction, and puts
// the registers back. Signals that come in between are put into `held` and stay undelivered.
struct HeldSignal {
  unsigned char siginfo[128];
};
struct Injection {
  uint64_t site;
  int64_t number;
  int64_t arguments[6];
};
long inject(pid_t tid, const Injection& call, std::vector<HeldSignal>* held, int64_t* result);

// Signal masks of a task, from /proc/PID/status (proc(5)): pending (its own and its group's), blocked,
// ignored, caught.
long signal_masks(pid_t tid, uint64_t masks[4]);

// The numbers of the signals that wait for the task: its own first, then those of its group. At most
// `room` are told; answers how many.
long pending_signals(pid_t tid, unsigned char* numbers, size_t room);

// Whether breakpoints of the processor stop a task here: some virtual machines accept them and do not heed them.
bool breakpoints_work();

// Hardware breakpoints on instructions, slots 0 to 3. Address 0 clears the slot.
long set_breakpoint(pid_t tid, int slot, uint64_t address);

}  // namespace portrace
