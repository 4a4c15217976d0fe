// Takes replayed tasks through a run of events without going back to JavaScript. Mechanism only: what
// is compared and what is put back was decided by whoever made the plan (src/replayer/plan.ts).
#pragma once

#include <sys/types.h>
#include <sys/user.h>

#include <cstddef>
#include <cstdint>
#include <unordered_map>
#include <vector>

#include "tracee.h"

namespace portrace {

// A plan is a sequence of records, each in this layout (little-endian, everything on 8 bytes):
// header; registers, with kArrives or kStands; inputs; effects. Bytes of any length are followed by
// zeroes up to the next multiple of 8.
struct PlanHeader {
  uint32_t size;  // of the whole record
  uint32_t flags;
  uint32_t task;
  uint32_t stop;  // what the arrival must be: 0 a system call, else the number of a signal
  int64_t patience_us;
  uint64_t result;  // with kResult: rax from then on
  uint32_t inputs, effects;
};
static_assert(sizeof(PlanHeader) == 40);

struct PlanInput {
  uint64_t address;
  uint64_t length;
};

struct PlanEffect {
  uint32_t type;  // kMemory, kRegisters, kXstate
  uint32_t of;    // an address space, or a task
  uint64_t address;
  uint64_t length;
};

enum PlanFlag : uint32_t {
  kArrives = 1,   // the task runs to its next stop; registers and inputs are compared
  kSteps = 2,     // it runs by single step
  kStands = 4,    // the task has not moved: its registers are compared
  kApplies = 8,   // the effects are put back here
  kResult = 16,   // there is a result
  kPuts = 32,     // the task's registers are set afterwards
  kReports = 64,  // go back to JavaScript afterwards
  kWhole = 128,   // not to be followed here at all
};

enum PlanEffectType : uint32_t { kMemory = 0, kRegisters = 1, kXstate = 2 };

// Where following stopped.
enum class Stage : int {
  kEnd = 0,       // behind the last record, or behind as many events as were asked for
  kUntouched = 1, // before a record of which nothing was done
  kStopped = 2,   // in a record whose arrival is not as planned; `code` is what the wait answered
  kArrived = 3,   // in a record whose arrival was as planned; effects are to be made, from the first
  kReported = 4,  // behind a record with kReports
};

struct Followed {
  size_t offset;  // of the record, or behind the last that was done
  long events;    // records that were done
  Stage stage;
  long code;
};

class Follower {
 public:
  // `registers`: what the replay knows of them; shared, and kept up to date.
  void keep(uint32_t task, pid_t tid, uint32_t space, user_regs_struct* registers);
  void forget(uint32_t task);

  Followed follow(const unsigned char* plan, size_t size, size_t offset, long limit, StopBlock* stop);

 private:
  struct Task {
    pid_t tid;
    uint32_t space;
    user_regs_struct* registers;
  };
  struct Record;

  bool arrives(const Task& task, const Record& record, StopBlock* stop, long* code);
  bool reads(pid_t tid, const Record& record);
  bool apply(const Task& task, const Record& record);
  bool apply(const Task& task, const PlanEffect& effect, const unsigned char* bytes);
  const Task* find(uint32_t task) const;
  const Task* in_space(uint32_t space, const Task& preferred) const;

  std::unordered_map<uint32_t, Task> tasks_;
  std::vector<unsigned char> read_;
};

// As inject() (tracee.h), for a replayed task, which gets no signals: by single steps, of which the
// kernel reports one a call, where tracing calls would report entry and exit. Answers -ENOEXEC where
// there is no syscall instruction at the site, and -EFAULT where it cannot be run.
long call_by_step(pid_t tid, const Injection& call, int64_t* result);

}  // namespace portrace
