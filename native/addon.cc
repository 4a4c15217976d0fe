// The border to JavaScript: arguments are taken apart here and nowhere else.
#include <errno.h>
#include <fcntl.h>
#include <cpuid.h>
#include <napi.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/personality.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>
#include <xxhash.h>
#include <zstd.h>
#include <zstd_errors.h>

#include <memory>

#include "file_watch.h"
#include "follow.h"
#include "group_signals.h"
#include "instructions.h"
#include "points.h"
#include "time_stamps.h"
#include "tracee.h"

namespace {

using Napi::CallbackInfo;
using Napi::Value;

int64_t integer(const CallbackInfo& info, size_t index) { return info[index].As<Napi::Number>().Int64Value(); }
pid_t task(const CallbackInfo& info) { return static_cast<pid_t>(info[0].As<Napi::Number>().Int32Value()); }
uint64_t word(const CallbackInfo& info, size_t index) { return static_cast<uint64_t>(integer(info, index)); }

struct Bytes {
  unsigned char* data;
  size_t size;
};
Bytes bytes(const Value& value) {
  auto array = value.As<Napi::Uint8Array>();
  return {array.Data(), array.ByteLength()};
}
Bytes bytes(const CallbackInfo& info, size_t index) { return bytes(info[index]); }

// 53 bits are exact in a JavaScript number; system call results and addresses fit.
Value number(const CallbackInfo& info, int64_t value) {
  return Napi::Number::New(info.Env(), static_cast<double>(value));
}

portrace::StopBlock* stop_block(const CallbackInfo& info, size_t index) {
  return reinterpret_cast<portrace::StopBlock*>(bytes(info, index).data);
}

std::vector<std::string> texts(const Value& value) {
  auto array = value.As<Napi::Array>();
  std::vector<std::string> list;
  for (uint32_t i = 0; i < array.Length(); i++) list.push_back(Value(array[i]).As<Napi::String>());
  return list;
}

// spawn({file, imageDescriptor, arguments, environment, options, descriptors, inherited, trapTsc, newSession})
Value Spawn(const CallbackInfo& info) {
  auto plan_object = info[0].As<Napi::Object>();
  portrace::SpawnPlan plan;
  plan.file = Value(plan_object.Get("file")).As<Napi::String>().Utf8Value();
  plan.image_fd = Value(plan_object.Get("imageDescriptor")).As<Napi::Number>().Int32Value();
  plan.arguments = texts(plan_object.Get("arguments"));
  plan.environment = texts(plan_object.Get("environment"));
  plan.options = Value(plan_object.Get("options")).As<Napi::Number>().Int32Value();
  plan.descriptors = Value(plan_object.Get("descriptors")).As<Napi::Number>().Int64Value();
  auto inherited = Value(plan_object.Get("inherited")).As<Napi::Array>();
  for (uint32_t i = 0; i < inherited.Length(); i++) plan.inherited.push_back(Value(inherited[i]).As<Napi::Number>().Int32Value());
  plan.trap_tsc = Value(plan_object.Get("trapTsc")).As<Napi::Boolean>();
  plan.new_session = Value(plan_object.Get("newSession")).As<Napi::Boolean>();
  return number(info, portrace::spawn(plan));
}

// wait(tid | -1, timeoutMicroseconds | -1, stop)
Value Wait(const CallbackInfo& info) {
  return number(info, portrace::wait(task(info), integer(info, 1), stop_block(info, 2)));
}

// waitOrSleep(tid, stop)
Value WaitOrSleep(const CallbackInfo& info) {
  return number(info, portrace::wait_or_sleep(task(info), stop_block(info, 1)));
}

// resume(tid, request, signal)
Value Resume(const CallbackInfo& info) {
  return number(info, portrace::resume(task(info), integer(info, 1), static_cast<int>(integer(info, 2))));
}

// resumeAndWait(tid, request, signal, stop): for a task that runs alone
Value ResumeAndWait(const CallbackInfo& info) {
  long error = portrace::resume(task(info), integer(info, 1), static_cast<int>(integer(info, 2)));
  if (error < 0) return number(info, error);
  return number(info, portrace::wait(task(info), -1, stop_block(info, 3)));
}

// request(tid, request, address, data): a plain ptrace request without memory of ours
Value Request(const CallbackInfo& info) {
  long result = syscall(SYS_ptrace, integer(info, 1), task(info), word(info, 2), word(info, 3));
  return number(info, result < 0 ? -errno : result);
}

// requestBytes(tid, request, address, bytes): a ptrace request whose data argument points to bytes
Value RequestBytes(const CallbackInfo& info) {
  long result = syscall(SYS_ptrace, integer(info, 1), task(info), word(info, 2), bytes(info, 3).data);
  return number(info, result < 0 ? -errno : result);
}

// setRegisters(tid, registers)
Value SetRegisters(const CallbackInfo& info) {
  user_regs_struct registers;
  auto from = bytes(info, 1);
  if (from.size != sizeof registers) return number(info, -EINVAL);
  memcpy(&registers, from.data, sizeof registers);
  return number(info, portrace::set_registers(task(info), registers));
}

// isStopped(tid, stop): 1 while the task stands where a stop of its left it; 0 where SIGKILL took it
// away, and then what comes of that is in the block if it came already (its tid is 0 if not)
Value IsStopped(const CallbackInfo& info) {
  portrace::StopBlock* stop = stop_block(info, 1);
  stop->tid = 0;
  // In this order: a task that is taken away between the two is noticed by the second.
  if (portrace::wait(task(info), 0, stop) != 0) return number(info, 0);
  long result = syscall(SYS_ptrace, PTRACE_GETREGS, task(info), 0, &stop->registers);
  return number(info, result == 0 || errno != ESRCH);
}

// getRegisterSet(tid, type, into) and setRegisterSet(tid, type, from)
Value GetRegisterSet(const CallbackInfo& info) {
  auto into = bytes(info, 2);
  return number(info, portrace::get_register_set(task(info), word(info, 1), into.data, into.size));
}
Value SetRegisterSet(const CallbackInfo& info) {
  auto from = bytes(info, 2);
  return number(info, portrace::set_register_set(task(info), word(info, 1), from.data, from.size));
}

// readMemory(tid, address, into) and writeMemory(tid, address, from)
Value ReadMemory(const CallbackInfo& info) {
  auto into = bytes(info, 2);
  return number(info, portrace::read_memory(task(info), word(info, 1), into.data, into.size));
}
Value WriteMemory(const CallbackInfo& info) {
  auto from = bytes(info, 2);
  return number(info, portrace::write_memory(task(info), word(info, 1), from.data, from.size));
}

// copyOut(tid, address, from): as writeMemory, within the task's own rights; how many bytes were written
Value CopyOut(const CallbackInfo& info) {
  auto from = bytes(info, 2);
  return number(info, portrace::copy_out(task(info), word(info, 1), from.data, from.size));
}

// inject(tid, site, number, arguments: Float64Array(6), result: Float64Array(1), held: Uint8Array[])
Value Inject(const CallbackInfo& info) {
  portrace::Injection call;
  call.site = word(info, 1);
  call.number = integer(info, 2);
  auto arguments = info[3].As<Napi::Float64Array>();
  for (size_t i = 0; i < 6; i++) call.arguments[i] = static_cast<int64_t>(arguments[i]);
  std::vector<portrace::HeldSignal> held;
  int64_t result = 0;
  long error = portrace::inject(task(info), call, &held, &result);
  info[4].As<Napi::Float64Array>()[0] = static_cast<double>(result);
  auto list = info[5].As<Napi::Array>();
  for (const auto& signal : held) {
    auto copy = Napi::Uint8Array::New(info.Env(), sizeof signal.siginfo);
    memcpy(copy.Data(), signal.siginfo, sizeof signal.siginfo);
    list[list.Length()] = copy;
  }
  return number(info, error);
}

// callByStep(tid, site, number, arguments: Float64Array(6), result: Float64Array(1))
Value CallByStep(const CallbackInfo& info) {
  portrace::Injection call;
  call.site = word(info, 1);
  call.number = integer(info, 2);
  auto arguments = info[3].As<Napi::Float64Array>();
  for (size_t i = 0; i < 6; i++) call.arguments[i] = static_cast<int64_t>(arguments[i]);
  int64_t result = 0;
  long error = portrace::call_by_step(task(info), call, &result);
  info[4].As<Napi::Float64Array>()[0] = static_cast<double>(result);
  return number(info, error);
}

// signalMasks(tid, into: BigUint64Array(4)): pending, blocked, ignored, caught
Value SignalMasks(const CallbackInfo& info) {
  return number(info, portrace::signal_masks(task(info), info[1].As<Napi::BigUint64Array>().Data()));
}

// pendingSignals(tid, into): how many signals wait for the task; into: their numbers
Value PendingSignals(const CallbackInfo& info) {
  auto into = bytes(info, 1);
  return number(info, portrace::pending_signals(task(info), into.data, into.size));
}

// setBreakpoint(tid, slot, address | 0)
Value SetBreakpoint(const CallbackInfo& info) {
  return number(info, portrace::set_breakpoint(task(info), static_cast<int>(integer(info, 1)), word(info, 2)));
}

// killTask(group, tid, signal)
Value KillTask(const CallbackInfo& info) {
  long result = syscall(SYS_tgkill, task(info), integer(info, 1), integer(info, 2));
  return number(info, result < 0 ? -errno : result);
}

std::vector<portrace::PageRun> runs_of(const Value& value) {
  auto flat = value.As<Napi::Float64Array>();
  std::vector<portrace::PageRun> runs;
  for (size_t i = 0; i + 1 < flat.ElementLength(); i += 2) {
    runs.push_back({static_cast<uint64_t>(flat[i]), static_cast<uint64_t>(flat[i + 1])});
  }
  return runs;
}

// Words cross as addresses and values in turn, 64 bit each.
std::vector<portrace::PointWord> words_of(const Value& value) {
  auto flat = value.As<Napi::BigUint64Array>();
  std::vector<portrace::PointWord> words;
  for (size_t i = 0; i + 1 < flat.ElementLength(); i += 2) words.push_back({flat[i], flat[i + 1]});
  return words;
}

const user_regs_struct& registers_of(const Value& value) {
  return *reinterpret_cast<const user_regs_struct*>(bytes(value).data);
}

// digestPages(tid, runs: Float64Array of address, pages, …, windows: Float64Array of start, end, …,
// savedState: boolean, into: 16 bytes)
Value DigestPages(const CallbackInfo& info) {
  auto flat = info[2].As<Napi::Float64Array>();
  std::vector<portrace::Window> windows;
  for (size_t i = 0; i + 1 < flat.ElementLength(); i += 2) {
    windows.push_back({static_cast<uint64_t>(flat[i]), static_cast<uint64_t>(flat[i + 1])});
  }
  return number(info, portrace::digest_pages(task(info), runs_of(info[1]), windows, info[3].As<Napi::Boolean>(),
                                             bytes(info, 4).data));
}

// sameRegisters(a, b)
Value SameRegisters(const CallbackInfo& info) {
  return Napi::Boolean::New(info.Env(), portrace::same_registers(registers_of(info[0]), registers_of(info[1])));
}

// sameWords(tid, words)
Value SameWords(const CallbackInfo& info) {
  return Napi::Boolean::New(info.Env(), portrace::same_words(task(info), words_of(info[1])));
}

// seek(tid, expected, words, hits, original, patience, stop): 0 another stop, 1 match, 2 hits used up, 3 lost
Value Seek(const CallbackInfo& info) {
  return number(info, portrace::seek(task(info), registers_of(info[1]), words_of(info[2]),
                                     static_cast<long>(integer(info, 3)), static_cast<int>(integer(info, 4)),
                                     integer(info, 5), stop_block(info, 6)));
}

// displaceable(code): 0 no, 1 one instruction, 2 several
Value Displaceable(const CallbackInfo& info) {
  auto code = bytes(info, 0);
  bool several = false;
  int length = portrace::displaceable(code.data, code.size, &several);
  return number(info, length == 0 ? 0 : several ? 2 : 1);
}

// filterDistance(code): which bytes of the distance of a jump to the filter must be traps (0xff), or null
Value FilterDistance(const CallbackInfo& info) {
  auto code = bytes(info, 0);
  uint32_t traps = 0;
  if (!portrace::filter_distance(code.data, code.size, &traps)) return info.Env().Null();
  return Napi::Number::New(info.Env(), traps);
}

// trapBytes(): bytes that are traps where an instruction begins
Value TrapBytes(const CallbackInfo& info) {
  auto traps = portrace::trap_bytes();
  auto array = Napi::Uint8Array::New(info.Env(), traps.size());
  memcpy(array.Data(), traps.data(), traps.size());
  return array;
}

// repeatLength(code): length of a repeated string instruction, or 0 for any other
Value RepeatLength(const CallbackInfo& info) {
  auto code = bytes(info, 0);
  bool repeats = false;
  int length = portrace::instruction_length(code.data, code.size, &repeats);
  return number(info, repeats ? length : 0);
}

// instructionLength(code)
Value InstructionLength(const CallbackInfo& info) {
  auto code = bytes(info, 0);
  bool repeats = false;
  return number(info, portrace::instruction_length(code.data, code.size, &repeats));
}

// buildFilter(code, filterAddress, expected, words, telling): {page, patch, hit, goOn} or null
Value BuildFilter(const CallbackInfo& info) {
  auto code = bytes(info, 0);
  portrace::Filter filter;
  if (!portrace::build_filter(code.data, code.size, word(info, 1), registers_of(info[2]), words_of(info[3]),
                              static_cast<size_t>(integer(info, 4)), &filter)) {
    return info.Env().Null();
  }
  auto copy = [&info](const std::vector<unsigned char>& from) {
    auto array = Napi::Uint8Array::New(info.Env(), from.size());
    memcpy(array.Data(), from.data(), from.size());
    return array;
  };
  auto object = Napi::Object::New(info.Env());
  object["page"] = copy(filter.page);
  object["patch"] = copy(filter.patch);
  object["hit"] = number(info, static_cast<int64_t>(filter.hit));
  object["goOn"] = number(info, static_cast<int64_t>(filter.go_on));
  auto places = Napi::Float64Array::New(info.Env(), filter.places.size() * 2);
  for (size_t i = 0; i < filter.places.size(); i++) {
    places[i * 2] = static_cast<double>(filter.places[i].original);
    places[i * 2 + 1] = static_cast<double>(filter.places[i].displaced);
  }
  object["places"] = places;
  return object;
}

class WriteTracker : public Napi::ObjectWrap<WriteTracker> {
 public:
  static Napi::Function Define(Napi::Env env) {
    return DefineClass(env, "WriteTracker",
                       {InstanceMethod<&WriteTracker::Written>("written"),
                        InstanceMethod<&WriteTracker::Close>("close"),
                        InstanceAccessor<&WriteTracker::Exact>("exact")});
  }
  explicit WriteTracker(const CallbackInfo& info)
      : Napi::ObjectWrap<WriteTracker>(info),
        tracker_(std::make_unique<portrace::WriteTracker>(task(info), static_cast<int>(integer(info, 1)))) {}

 private:
  Napi::Value Written(const CallbackInfo& info) {
    std::vector<portrace::PageRun> runs;
    long error = tracker_ ? tracker_->written(task(info), info[1].As<Napi::Boolean>(), &runs) : -EBADF;
    if (error < 0) return number(info, error);
    auto flat = Napi::Float64Array::New(info.Env(), runs.size() * 2);
    for (size_t i = 0; i < runs.size(); i++) {
      flat[i * 2] = static_cast<double>(runs[i].address);
      flat[i * 2 + 1] = static_cast<double>(runs[i].pages);
    }
    return flat;
  }
  Napi::Value Exact(const CallbackInfo& info) {
    return Napi::Boolean::New(info.Env(), tracker_ && tracker_->exact());
  }
  Napi::Value Close(const CallbackInfo& info) {
    tracker_.reset();
    return info.Env().Undefined();
  }
  std::unique_ptr<portrace::WriteTracker> tracker_;
};

class Follower : public Napi::ObjectWrap<Follower> {
 public:
  static Napi::Function Define(Napi::Env env) {
    return DefineClass(env, "Follower",
                       {InstanceMethod<&Follower::Keep>("keep"), InstanceMethod<&Follower::Forget>("forget"),
                        InstanceMethod<&Follower::Follow>("follow")});
  }
  explicit Follower(const CallbackInfo& info) : Napi::ObjectWrap<Follower>(info) {}

 private:
  // keep(task, tid, space, registers): the registers stay shared until the task is forgotten
  Napi::Value Keep(const CallbackInfo& info) {
    uint32_t id = info[0].As<Napi::Number>();
    auto array = info[3].As<Napi::Uint8Array>();
    follower_.keep(id, static_cast<pid_t>(integer(info, 1)), info[2].As<Napi::Number>(),
                   reinterpret_cast<user_regs_struct*>(array.Data()));
    registers_[id] = Napi::Persistent(array);
    return info.Env().Undefined();
  }
  Napi::Value Forget(const CallbackInfo& info) {
    uint32_t id = info[0].As<Napi::Number>();
    follower_.forget(id);
    registers_.erase(id);
    return info.Env().Undefined();
  }
  // follow(plan, offset, limit, stop, into: Float64Array of offset, events, stage, code)
  Napi::Value Follow(const CallbackInfo& info) {
    auto plan = bytes(info, 0);
    auto done = follower_.follow(plan.data, plan.size, word(info, 1), static_cast<long>(integer(info, 2)),
                                 stop_block(info, 3));
    auto into = info[4].As<Napi::Float64Array>();
    into[0] = static_cast<double>(done.offset);
    into[1] = static_cast<double>(done.events);
    into[2] = static_cast<double>(done.stage);
    into[3] = static_cast<double>(done.code);
    return info.Env().Undefined();
  }
  portrace::Follower follower_;
  std::unordered_map<uint32_t, Napi::Reference<Napi::Uint8Array>> registers_;
};

// takeDescriptor(pid, descriptor): a copy of another process's descriptor, or -errno
Value TakeDescriptor(const CallbackInfo& info) {
  constexpr long kPidfdOpen = 434, kPidfdGetfd = 438;
  int pidfd = static_cast<int>(syscall(kPidfdOpen, task(info), 0));
  if (pidfd < 0) return number(info, -errno);
  long copy = syscall(kPidfdGetfd, pidfd, integer(info, 1), 0);
  int error = errno;
  close(pidfd);
  return number(info, copy < 0 ? -error : copy);
}

// nextData(descriptor, offset): where the next data of a file begins, or -errno (-ENXIO: none)
Value NextData(const CallbackInfo& info) {
  off_t at = lseek(task(info), static_cast<off_t>(integer(info, 1)), SEEK_DATA);
  return number(info, at < 0 ? -errno : at);
}

// watchFiles(): a descriptor for the next two, or -errno; the property fileNews tells when to ask the second
Value WatchFiles(const CallbackInfo& info) { return number(info, portrace::watch_files()); }

// watchFile(watch, descriptor): the file's number, or -errno
Value WatchFile(const CallbackInfo& info) {
  return number(info, portrace::watch_file(static_cast<int>(integer(info, 0)), static_cast<int>(integer(info, 1))));
}

// writtenFiles(watch, into): how many numbers of files that were written to are in the 32-bit numbers of `into`
Value WrittenFiles(const CallbackInfo& info) {
  auto into = info[1].As<Napi::Int32Array>();
  return number(info, static_cast<int64_t>(portrace::written_files(static_cast<int>(integer(info, 0)), into.Data(), into.ElementLength())));
}

// stat(path or descriptor, into): device, inode, its low 32 bits, mode, device that it is, size, seconds and nanoseconds of
// the last change of its content, and of any; 0 or -errno
Value Stat(const CallbackInfo& info) {
  struct stat found;
  const bool named = info[0].IsString();
  const int error = named ? stat(info[0].As<Napi::String>().Utf8Value().c_str(), &found) : fstat(static_cast<int>(integer(info, 0)), &found);
  if (error < 0) return number(info, -errno);
  const double facts[] = {
      static_cast<double>(found.st_dev),          static_cast<double>(found.st_ino),
      static_cast<double>(static_cast<uint32_t>(found.st_ino)), static_cast<double>(found.st_mode),
      static_cast<double>(found.st_rdev),         static_cast<double>(found.st_size),
      static_cast<double>(found.st_mtim.tv_sec),  static_cast<double>(found.st_mtim.tv_nsec),
      static_cast<double>(found.st_ctim.tv_sec),  static_cast<double>(found.st_ctim.tv_nsec),
  };
  memcpy(info[1].As<Napi::Float64Array>().Data(), facts, sizeof facts);
  return number(info, 0);
}

// sameFile(pid, descriptor, ours): 1 when both are the same open file, else 0 or -errno
Value SameFile(const CallbackInfo& info) {
  constexpr int kFile = 0;
  long result = syscall(SYS_kcmp, task(info), getpid(), kFile, integer(info, 1), integer(info, 2));
  return number(info, result < 0 ? -errno : result == 0);
}

// createMemoryFile(name)
Value CreateMemoryFile(const CallbackInfo& info) {
  int fd = memfd_create(info[0].As<Napi::String>().Utf8Value().c_str(), MFD_CLOEXEC);
  return number(info, fd < 0 ? -errno : fd);
}

// The processors that this process could run on before it chose one.
const cpu_set_t& allowed_cpus() {
  static const cpu_set_t allowed = [] {
    cpu_set_t set;
    CPU_ZERO(&set);
    sched_getaffinity(0, sizeof set, &set);
    return set;
  }();
  return allowed;
}

// keepOffCpu(tid, cpu): another thread of ours leaves a processor to the pinned one, if it may run elsewhere
Value KeepOffCpu(const CallbackInfo& info) {
  cpu_set_t set = allowed_cpus();
  CPU_CLR(static_cast<size_t>(integer(info, 1)), &set);
  if (CPU_COUNT(&set) == 0) return number(info, 0);
  return number(info, sched_setaffinity(task(info), sizeof set, &set) < 0 ? -errno : 0);
}

// A processor that no other process of ours has for itself, the caller's own first. The lock on its file in sysfs
// lasts as long as this process; where all are taken, or there is no sysfs, it is the caller's own.
int free_cpu() {
  static int taken = -1;
  if (taken >= 0) return taken;
  const int own = sched_getcpu();
  for (int step = 0; step < CPU_SETSIZE; step++) {
    const int cpu = (own + step) % CPU_SETSIZE;
    if (!CPU_ISSET(static_cast<size_t>(cpu), &allowed_cpus())) continue;
    char path[64];
    snprintf(path, sizeof path, "/sys/devices/system/cpu/cpu%d/topology/core_id", cpu);
    const int file = open(path, O_RDONLY | O_CLOEXEC);
    if (file < 0) break;
    if (flock(file, LOCK_EX | LOCK_NB) == 0) return taken = cpu;
    close(file);
  }
  return own;
}

// pinToCpu(tid | 0, cpu | -1 for one that no other has)
Value PinToCpu(const CallbackInfo& info) {
  allowed_cpus();
  int cpu = static_cast<int>(integer(info, 1));
  if (cpu < 0) cpu = free_cpu();
  cpu_set_t set;
  CPU_ZERO(&set);
  CPU_SET(cpu, &set);
  return number(info, sched_setaffinity(task(info), sizeof set, &set) < 0 ? -errno : cpu);
}

// scheduling(tid, into): policy (sched_getscheduler(2)) and priority; 0 or -errno
Value Scheduling(const CallbackInfo& info) {
  auto into = info[1].As<Napi::Int32Array>();
  sched_param parameters;
  into[0] = sched_getscheduler(task(info));
  if (into[0] < 0 || sched_getparam(task(info), &parameters) < 0) return number(info, -errno);
  into[1] = parameters.sched_priority;
  return number(info, 0);
}

// makeOrdinary(tid): SCHED_OTHER; 0 or -errno
Value MakeOrdinary(const CallbackInfo& info) {
  const sched_param none{};
  return number(info, sched_setscheduler(task(info), SCHED_OTHER, &none) < 0 ? -errno : 0);
}

// affinity(tid, into): bytes of the mask of the processors that it may run on (sched_getaffinity(2)), or -errno
Value Affinity(const CallbackInfo& info) {
  const Bytes into = bytes(info, 1);
  long size = syscall(SYS_sched_getaffinity, task(info), into.size, into.data);
  return number(info, size < 0 ? -errno : size);
}

// clockTime(clock, into: 16 bytes): struct timespec
Value ClockTime(const CallbackInfo& info) {
  timespec now;
  // A real call: the vDSO reads the time stamp counter, see time_stamps.h.
  if (syscall(SYS_clock_gettime, integer(info, 0), &now) < 0) return number(info, -errno);
  memcpy(bytes(info, 1).data, &now, sizeof now);
  return number(info, 0);
}

// milliseconds(): CLOCK_MONOTONIC
Value Milliseconds(const CallbackInfo& info) {
  return Napi::Number::New(info.Env(), portrace::milliseconds_now());
}

// takeBackTimeStamps(): for callbacks, see time_stamps.h
Value TakeBackTimeStamps(const CallbackInfo& info) {
  portrace::take_back_time_stamps();
  return info.Env().Undefined();
}

// cpuid(leaf, subleaf): [eax, ebx, ecx, edx]
Value Cpuid(const CallbackInfo& info) {
  unsigned a = 0, b = 0, c = 0, d = 0;
  __cpuid_count(static_cast<unsigned>(integer(info, 0)), static_cast<unsigned>(integer(info, 1)), a, b, c, d);
  auto list = Napi::Array::New(info.Env(), 4);
  const unsigned values[] = {a, b, c, d};
  for (uint32_t i = 0; i < 4; i++) list[i] = Napi::Number::New(info.Env(), values[i]);
  return list;
}

// fixesLayout(), trapsTsc(): whether this host can start programs without address randomisation, and make
// rdtsc trap
Value FixesLayout(const CallbackInfo& info) { return Napi::Boolean::New(info.Env(), personality(0xffffffff) >= 0); }
Value TrapsTsc(const CallbackInfo& info) {
  static const bool traps = portrace::traps_tsc();
  return Napi::Boolean::New(info.Env(), traps);
}

// breakpointsWork(): whether this host heeds hardware breakpoints
Value BreakpointsWork(const CallbackInfo& info) {
  static const bool work = portrace::breakpoints_work();
  return Napi::Boolean::New(info.Env(), work);
}

// findInstructions(code, size, wanted): offset, length and kind (InstructionKind) of each instruction that begins
// below the size, in turn
Value FindInstructions(const CallbackInfo& info) {
  auto code = bytes(info, 0);
  auto found = portrace::find_instructions(code.data, static_cast<size_t>(integer(info, 1)), code.size,
                                           static_cast<unsigned>(integer(info, 2)));
  auto flat = Napi::Float64Array::New(info.Env(), found.size() * 3);
  for (size_t i = 0; i < found.size(); i++) {
    flat[i * 3] = static_cast<double>(found[i].at);
    flat[i * 3 + 1] = found[i].length;
    flat[i * 3 + 2] = static_cast<int>(found[i].kind);
  }
  return flat;
}

// leaveSignalsToGuest(): Ctrl-C and Ctrl-\, and what it sends to its process group
Value LeaveSignalsToGuest(const CallbackInfo& info) {
  portrace::leave_signals_to_guest();
  return info.Env().Undefined();
}

Value zstd_size(const CallbackInfo& info, size_t size) {
  if (!ZSTD_isError(size)) return number(info, static_cast<int64_t>(size));
  return number(info, ZSTD_getErrorCode(size) == ZSTD_error_dstSize_tooSmall ? -ENOSPC : -EBADMSG);
}

// hashPages(bytes, into): of each whole page of 4096 bytes XXH3's 128 bits, as two whole numbers of 52 bits
Value HashPages(const CallbackInfo& info) {
  constexpr size_t kPage = 4096;
  constexpr int kSpare = 12;
  const Bytes pages = bytes(info, 0);
  double* into = info[1].As<Napi::Float64Array>().Data();
  for (size_t at = 0; at + kPage <= pages.size; at += kPage) {
    const XXH128_hash_t hash = XXH3_128bits(pages.data + at, kPage);
    *into++ = static_cast<double>(hash.low64 >> kSpare);
    *into++ = static_cast<double>(hash.high64 >> kSpare);
  }
  return info.Env().Undefined();
}

// zstdCompress(output, input, level): bytes in output or -errno
Value ZstdCompress(const CallbackInfo& info) {
  const Bytes output = bytes(info, 0), input = bytes(info, 1);
  return zstd_size(info, ZSTD_compress(output.data, output.size, input.data, input.size, static_cast<int>(integer(info, 2))));
}

// zstdDecompress(output, input): bytes in output or -errno
Value ZstdDecompress(const CallbackInfo& info) {
  const Bytes output = bytes(info, 0), input = bytes(info, 1);
  return zstd_size(info, ZSTD_decompress(output.data, output.size, input.data, input.size));
}

Napi::Object Init(Napi::Env env, Napi::Object exports) {
  auto define = [&](const char* name, auto function) { exports[name] = Napi::Function::New(env, function, name); };
  define("spawn", Spawn);
  define("wait", Wait);
  define("waitOrSleep", WaitOrSleep);
  define("resume", Resume);
  define("resumeAndWait", ResumeAndWait);
  define("request", Request);
  define("requestBytes", RequestBytes);
  define("setRegisters", SetRegisters);
  define("isStopped", IsStopped);
  define("getRegisterSet", GetRegisterSet);
  define("setRegisterSet", SetRegisterSet);
  define("readMemory", ReadMemory);
  define("writeMemory", WriteMemory);
  define("copyOut", CopyOut);
  define("inject", Inject);
  define("callByStep", CallByStep);
  define("signalMasks", SignalMasks);
  define("pendingSignals", PendingSignals);
  define("setBreakpoint", SetBreakpoint);
  define("killTask", KillTask);
  define("digestPages", DigestPages);
  define("sameRegisters", SameRegisters);
  define("sameWords", SameWords);
  define("seek", Seek);
  define("displaceable", Displaceable);
  define("instructionLength", InstructionLength);
  define("filterDistance", FilterDistance);
  define("trapBytes", TrapBytes);
  define("repeatLength", RepeatLength);
  define("buildFilter", BuildFilter);
  define("takeDescriptor", TakeDescriptor);
  define("nextData", NextData);
  define("watchFiles", WatchFiles);
  define("watchFile", WatchFile);
  define("writtenFiles", WrittenFiles);
  define("stat", Stat);
  define("sameFile", SameFile);
  define("createMemoryFile", CreateMemoryFile);
  define("pinToCpu", PinToCpu);
  define("keepOffCpu", KeepOffCpu);
  define("affinity", Affinity);
  define("scheduling", Scheduling);
  define("makeOrdinary", MakeOrdinary);
  define("clockTime", ClockTime);
  define("milliseconds", Milliseconds);
  define("takeBackTimeStamps", TakeBackTimeStamps);
  define("cpuid", Cpuid);
  define("fixesLayout", FixesLayout);
  define("trapsTsc", TrapsTsc);
  define("breakpointsWork", BreakpointsWork);
  define("findInstructions", FindInstructions);
  define("leaveSignalsToGuest", LeaveSignalsToGuest);
  define("hashPages", HashPages);
  define("zstdCompress", ZstdCompress);
  define("zstdDecompress", ZstdDecompress);
  exports["fileNews"] = Napi::Int32Array::New(env, 1, Napi::ArrayBuffer::New(env, portrace::file_news(), sizeof(int)), 0);
  exports["WriteTracker"] = WriteTracker::Define(env);
  exports["Follower"] = Follower::Define(env);
  return exports;
}

}  // namespace

NODE_API_MODULE(portrace, Init)
