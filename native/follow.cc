#include "follow.h"

#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "points.h"

namespace portrace {
namespace {

constexpr uint64_t kDebugFlags = 0x10100;  // trap and resume
constexpr uint64_t kExtendedState = 0x202;  // NT_X86_XSTATE, elf.h
// asm/ptrace-abi.h
constexpr long kSysemu = 31, kSysemuSingleStep = 32;

size_t padded(uint64_t length) { return (length + 7) & ~uint64_t{7}; }

// The stop is the expected one, and every register too: orig_rax counts at calls, debugging's flags never.
bool as_expected(const StopBlock& stop, uint32_t signal, const user_regs_struct& expected) {
  uint32_t status = static_cast<uint32_t>(stop.status);
  if ((status & 0xff) != 0x7f || status >> 16 != 0) return false;
  uint32_t found = (status >> 8) & 0xff;
  constexpr uint32_t kCall = 5 | 0x80;
  if (found != (signal == 0 ? kCall : signal)) return false;
  user_regs_struct a = expected, b = stop.registers;
  if (signal != 0) a.orig_rax = b.orig_rax = 0;
  a.eflags &= ~kDebugFlags;
  b.eflags &= ~kDebugFlags;
  return memcmp(&a, &b, sizeof a) == 0;
}

long request(pid_t tid, int name, user_regs_struct* registers) {
  return syscall(SYS_ptrace, name, tid, 0, registers);
}

long put_registers(pid_t tid, const user_regs_struct& known) {
  user_regs_struct registers = known;
  registers.orig_rax = static_cast<uint64_t>(-1);  // no system call to restart
  return set_registers(tid, registers);
}

}  // namespace

// A record, taken apart. The plan is portrace's own; sizes are checked all the same.
struct Follower::Record {
  const PlanHeader* header = nullptr;
  const user_regs_struct* registers = nullptr;
  const unsigned char* inputs = nullptr;

  bool has(uint32_t flag) const { return (header->flags & flag) != 0; }
};

void Follower::keep(uint32_t task, pid_t tid, uint32_t space, user_regs_struct* registers) {
  tasks_[task] = {tid, space, registers};
}

void Follower::forget(uint32_t task) { tasks_.erase(task); }

const Follower::Task* Follower::find(uint32_t task) const {
  auto found = tasks_.find(task);
  return found == tasks_.end() ? nullptr : &found->second;
}

const Follower::Task* Follower::in_space(uint32_t space, const Task& preferred) const {
  if (preferred.space == space) return &preferred;
  for (const auto& [id, task] : tasks_) {
    if (task.space == space) return &task;
  }
  return nullptr;
}

Followed Follower::follow(const unsigned char* plan, size_t size, size_t offset, long limit, StopBlock* stop) {
  Followed done{offset, 0, Stage::kEnd, 0};
  auto at = [&done](Stage stage) {
    done.stage = stage;
    return done;
  };
  while (done.offset + sizeof(PlanHeader) <= size && done.events < limit) {
    Record record;
    record.header = reinterpret_cast<const PlanHeader*>(plan + done.offset);
    if (record.header->size < sizeof(PlanHeader) || record.header->size > size - done.offset) break;
    const unsigned char* rest = plan + done.offset + sizeof(PlanHeader);
    record.inputs = rest;
    if (record.has(kArrives | kStands)) {
      record.registers = reinterpret_cast<const user_regs_struct*>(rest);
      record.inputs += sizeof(user_regs_struct);
    }
    const Task* task = find(record.header->task);
    if (record.has(kWhole) || !task) return at(Stage::kUntouched);
    if (record.registers && !arrives(*task, record, stop, &done.code)) {
      // A task that stands may be looked at once more.
      return at(record.has(kStands) ? Stage::kUntouched : Stage::kStopped);
    }
    if (!record.has(kApplies) || !apply(*task, record)) return at(Stage::kArrived);
    done.offset += record.header->size;
    done.events++;
    if (record.has(kReports)) return at(Stage::kReported);
  }
  return done;
}

bool Follower::arrives(const Task& task, const Record& record, StopBlock* stop, long* code) {
  const user_regs_struct& expected = *record.registers;
  if (record.has(kStands)) {
    if (request(task.tid, PTRACE_GETREGS, &stop->registers) < 0) return false;
    if (!same_registers(stop->registers, expected)) return false;
  } else {
    *code = resume(task.tid, record.has(kSteps) ? kSysemuSingleStep : kSysemu, 0);
    if (*code < 0) return false;
    *code = wait(task.tid, record.header->patience_us, stop);
    if (*code <= 0) return false;
    if (!as_expected(*stop, record.header->stop, expected)) return false;
  }
  if (!reads(task.tid, record)) return false;
  *task.registers = expected;
  return true;
}

// What the call is about to read is what it read.
bool Follower::reads(pid_t tid, const Record& record) {
  const unsigned char* at = record.inputs;
  for (uint32_t i = 0; i < record.header->inputs; i++) {
    const auto* input = reinterpret_cast<const PlanInput*>(at);
    at += sizeof *input;
    if (read_.size() < input->length) read_.resize(input->length);
    ssize_t got = read_memory(tid, input->address, read_.data(), input->length);
    if (got != static_cast<ssize_t>(input->length)) return false;
    if (memcmp(read_.data(), at, input->length) != 0) return false;
    at += padded(input->length);
  }
  return true;
}

bool Follower::apply(const Task& task, const Record& record) {
  if (record.has(kResult)) task.registers->rax = record.header->result;
  const unsigned char* at = record.inputs;
  for (uint32_t i = 0; i < record.header->inputs; i++) {
    at += sizeof(PlanInput) + padded(reinterpret_cast<const PlanInput*>(at)->length);
  }
  for (uint32_t i = 0; i < record.header->effects; i++) {
    const auto* effect = reinterpret_cast<const PlanEffect*>(at);
    at += sizeof *effect;
    if (!apply(task, *effect, at)) return false;
    at += padded(effect->length);
  }
  return !record.has(kPuts) || put_registers(task.tid, *task.registers) >= 0;
}

bool Follower::apply(const Task& task, const PlanEffect& effect, const unsigned char* bytes) {
  if (effect.type == kMemory) {
    const Task* of = in_space(effect.of, task);
    return of && write_memory(of->tid, effect.address, bytes, effect.length) == static_cast<ssize_t>(effect.length);
  }
  const Task* of = find(effect.of);
  if (!of) return false;
  if (effect.type == kXstate) return set_register_set(of->tid, kExtendedState, bytes, effect.length) >= 0;
  memcpy(of->registers, bytes, sizeof *of->registers);
  // The event's own task gets them at its end.
  return of == &task || put_registers(of->tid, *of->registers) >= 0;
}

long call_by_step(pid_t tid, const Injection& call, int64_t* result) {
  constexpr unsigned char kSyscall[] = {0x0f, 0x05};
  unsigned char code[sizeof kSyscall];
  if (read_memory(tid, call.site, code, sizeof code) != sizeof code || memcmp(code, kSyscall, sizeof code) != 0) {
    return -ENOEXEC;
  }
  user_regs_struct saved;
  if (request(tid, PTRACE_GETREGS, &saved) < 0) return -errno;
  saved.orig_rax = static_cast<uint64_t>(-1);
  user_regs_struct changed = saved;
  changed.rip = call.site;
  changed.rax = static_cast<uint64_t>(call.number);
  changed.rdi = static_cast<uint64_t>(call.arguments[0]);
  changed.rsi = static_cast<uint64_t>(call.arguments[1]);
  changed.rdx = static_cast<uint64_t>(call.arguments[2]);
  changed.r10 = static_cast<uint64_t>(call.arguments[3]);
  changed.r8 = static_cast<uint64_t>(call.arguments[4]);
  changed.r9 = static_cast<uint64_t>(call.arguments[5]);
  changed.eflags &= ~0x100ull;
  long error = set_registers(tid, changed);
  if (error < 0) return error;
  StopBlock stop;
  for (;;) {
    error = resume(tid, PTRACE_SINGLESTEP, 0);
    if (error >= 0) error = wait(tid, -1, &stop);
    if (error < 0) return error;
    if (!WIFSTOPPED(stop.status) || stop.status >> 16 == PTRACE_EVENT_EXIT) return -ESRCH;
    // A new task; and a task that stood at the entry of a void call first reports that it leaves it.
    if (stop.status >> 16 != 0 || stop.registers.rip == call.site) {
      int signal = WSTOPSIG(stop.status);
      if (signal == SIGSEGV || signal == SIGBUS || signal == SIGILL) return -EFAULT;
      continue;
    }
    break;
  }
  *result = static_cast<int64_t>(stop.registers.rax);
  return set_registers(tid, saved);
}

}  // namespace portrace
