#include "instructions.h"

#include <Zydis/Zydis.h>
#include <string.h>

namespace portrace {
namespace {

constexpr unsigned char kRdtsc[] = {0x0f, 0x31};
constexpr unsigned char kRdtscp[] = {0x0f, 0x01, 0xf9};
constexpr unsigned char kCpuidBytes[] = {0x0f, 0xa2};

// Instructions behind rdtsc in which its halves must be taken.
constexpr int kReach = 12;

// Whether a register is the low or the high half, in 32 or 64 bits.
bool is_half(const ZydisDecodedOperand& operand, ZydisRegister narrow, ZydisRegister wide) {
  return operand.type == ZYDIS_OPERAND_TYPE_REGISTER &&
         (operand.reg.value == narrow || operand.reg.value == wide);
}

// Whether the instructions at `code` join the halves (shl rdx, 32) or store or copy each of them. Jumps
// are followed from `begin` to `end`: two ways to read the counter may end in one.
bool takes_halves(const ZydisDecoder& decoder, const unsigned char* begin, const unsigned char* code,
                  const unsigned char* end) {
  bool low = false, high = false;
  for (int i = 0; i < kReach; i++) {
    ZydisDecodedInstruction instruction;
    ZydisDecodedOperand operands[ZYDIS_MAX_OPERAND_COUNT];
    size_t size = static_cast<size_t>(end - code);
    if (!ZYAN_SUCCESS(ZydisDecoderDecodeFull(&decoder, code, size, &instruction, operands))) return false;
    const auto& target = operands[0];
    const auto& source = operands[1];
    if (instruction.mnemonic == ZYDIS_MNEMONIC_SHL && target.type == ZYDIS_OPERAND_TYPE_REGISTER &&
        target.reg.value == ZYDIS_REGISTER_RDX && source.type == ZYDIS_OPERAND_TYPE_IMMEDIATE &&
        source.imm.value.u == 32) {
      return true;
    }
    if (instruction.mnemonic == ZYDIS_MNEMONIC_MOV) {
      low = low || is_half(source, ZYDIS_REGISTER_EAX, ZYDIS_REGISTER_RAX);
      high = high || is_half(source, ZYDIS_REGISTER_EDX, ZYDIS_REGISTER_RDX);
      if (low && high) return true;
      // A half that is lost is not taken later.
      if (!low && is_half(target, ZYDIS_REGISTER_EAX, ZYDIS_REGISTER_RAX)) return false;
      if (!high && is_half(target, ZYDIS_REGISTER_EDX, ZYDIS_REGISTER_RDX)) return false;
    }
    if (instruction.meta.category == ZYDIS_CATEGORY_RET) return false;
    code += instruction.length;
    if (instruction.meta.category != ZYDIS_CATEGORY_UNCOND_BR) continue;
    if (target.type != ZYDIS_OPERAND_TYPE_IMMEDIATE || target.imm.value.s < begin - code || target.imm.value.s >= end - code) {
      return false;
    }
    code += target.imm.value.s;
  }
  return false;
}

// mov $leaf, %eax
constexpr unsigned char kLoad = 0xb8;
constexpr size_t kLoadSize = 5;
// Instructions between the load and cpuid, and the bytes that they take at most.
constexpr int kBetween = 3;
constexpr size_t kBetweenSize = 14;
// Leaves have small numbers, in two ranges (Intel SDM volume 2, CPUID).
constexpr uint32_t kExtended = 0x80000000, kLeaves = 0x40;

bool is_leaf(const unsigned char* load) {
  uint32_t number;
  memcpy(&number, load + 1, sizeof number);
  return *load == kLoad && (number & ~kExtended) < kLeaves;
}

// Whether the instructions from `code` on end exactly at `end`, are few, and leave eax alone.
bool leads_to(const ZydisDecoder& decoder, const unsigned char* code, const unsigned char* end) {
  for (int i = 0; code < end; i++) {
    ZydisDecodedInstruction instruction;
    ZydisDecodedOperand operands[ZYDIS_MAX_OPERAND_COUNT];
    if (i == kBetween ||
        !ZYAN_SUCCESS(ZydisDecoderDecodeFull(&decoder, code, static_cast<size_t>(end - code), &instruction, operands))) {
      return false;
    }
    bool writes = instruction.operand_count > 0 && (operands[0].actions & ZYDIS_OPERAND_ACTION_MASK_WRITE);
    if (writes && is_half(operands[0], ZYDIS_REGISTER_EAX, ZYDIS_REGISTER_RAX)) return false;
    code += instruction.length;
  }
  return true;
}

bool is_given_leaf(const ZydisDecoder& decoder, const unsigned char* code, const unsigned char* cpuid) {
  for (size_t back = kLoadSize; back <= kLoadSize + kBetweenSize && back <= static_cast<size_t>(cpuid - code); back++) {
    const unsigned char* load = cpuid - back;
    if (is_leaf(load) && leads_to(decoder, load + kLoadSize, cpuid)) return true;
  }
  return false;
}

// rdrand and rdseed with a register: the register and which of the two is in the third byte.
constexpr unsigned char kRandomBytes[] = {0x0f, 0xc7};
constexpr size_t kRandomSize = 3;
constexpr unsigned char kRandomLeast = 0xf0, kSeedLeast = 0xf8;
// With this prefix rdseed is rdpid.
constexpr unsigned char kRepeat = 0xf3;

// Instructions behind rdrand of which one asks for the carry flag.
constexpr int kCarryReach = 5;

bool asks_for_carry(const ZydisDecoder& decoder, const unsigned char* code, const unsigned char* end) {
  for (int i = 0; i < kCarryReach; i++) {
    ZydisDecodedInstruction instruction;
    ZydisDecodedOperand operands[ZYDIS_MAX_OPERAND_COUNT];
    if (!ZYAN_SUCCESS(ZydisDecoderDecodeFull(&decoder, code, static_cast<size_t>(end - code), &instruction, operands))) return false;
    const auto* flags = instruction.cpu_flags;
    if (flags->tested & ZYDIS_CPUFLAG_CF) return true;
    if ((flags->modified | flags->set_0 | flags->set_1 | flags->undefined) & ZYDIS_CPUFLAG_CF) return false;
    if (instruction.meta.category == ZYDIS_CATEGORY_RET || instruction.meta.category == ZYDIS_CATEGORY_UNCOND_BR) return false;
    code += instruction.length;
  }
  return false;
}

size_t prefix_size(const unsigned char* begin, const unsigned char* at) {
  size_t size = at > begin && (at[-1] & 0xf0) == 0x40 ? 1 : 0;
  if (at - size > begin && at[-1 - static_cast<ptrdiff_t>(size)] == 0x66) size++;
  return size;
}

// Decoding that begins anywhere falls into step with the instructions after a few of them. How far before, and how
// much of it must.
constexpr size_t kStepFrom = 48, kStepTo = 16;
constexpr size_t kInStep = 3, kOutOf = 4;

// Whether instructions end where one begins, at one of `start` to `at`.
bool is_boundary(const ZydisDecoder& decoder, const unsigned char* begin, const unsigned char* start, const unsigned char* at,
                 const unsigned char* end) {
  size_t tried = 0, met = 0;
  for (size_t back = kStepTo; back <= kStepFrom && back <= static_cast<size_t>(start - begin); back++) {
    const unsigned char* code = start - back;
    tried++;
    while (code < start) {
      ZydisDecodedInstruction instruction;
      size_t size = static_cast<size_t>(end - code);
      // A byte that begins none may lie within one.
      bool is_one = ZYAN_SUCCESS(ZydisDecoderDecodeInstruction(&decoder, nullptr, code, size, &instruction));
      code += is_one ? instruction.length : 1;
    }
    if (code >= start && code <= at) met++;
  }
  return met * kOutOf >= tried * kInStep;
}

bool is_random(const ZydisDecoder& decoder, const unsigned char* begin, const unsigned char* at, const unsigned char* end) {
  if (static_cast<size_t>(end - at) < kRandomSize || at[2] < kRandomLeast) return false;
  const unsigned char* start = at - prefix_size(begin, at);
  if (at[2] >= kSeedLeast && start > begin && start[-1] == kRepeat) return false;
  return asks_for_carry(decoder, at + kRandomSize, end) && is_boundary(decoder, begin, start, at, end);
}

// asm/vsyscall.h: gettimeofday, time and getcpu lie 1024 bytes apart.
constexpr uint32_t kVsyscallPage = 0xff600000, kVsyscallStep = 0x400, kVsyscalls = 3;
// The upper half of such an address, as code has it.
constexpr unsigned char kVsyscallBytes[] = {0x60, 0xff};
// Before it in the instruction: half of the address, and what comes before a number of 32 bits, at least and at most.
constexpr size_t kLowHalf = 2, kBeforeNumber = 3, kBeforeNumberMost = 8;

bool is_vsyscall(const ZydisDecoder& decoder, const unsigned char* begin, const unsigned char* at, const unsigned char* end) {
  if (static_cast<size_t>(at - begin) < kLowHalf + kBeforeNumber) return false;
  const unsigned char* number = at - kLowHalf;
  uint32_t value;
  memcpy(&value, number, sizeof value);
  uint32_t function = (value - kVsyscallPage) / kVsyscallStep;
  if (function >= kVsyscalls || value % kVsyscallStep != 0) return false;
  for (size_t before = kBeforeNumber; before <= kBeforeNumberMost && before <= static_cast<size_t>(number - begin); before++) {
    ZydisDecodedInstruction instruction;
    ZydisDecodedOperand operands[ZYDIS_MAX_OPERAND_COUNT];
    const unsigned char* code = number - before;
    if (!ZYAN_SUCCESS(ZydisDecoderDecodeFull(&decoder, code, static_cast<size_t>(end - code), &instruction, operands))) continue;
    if (instruction.mnemonic == ZYDIS_MNEMONIC_MOV && instruction.operand_width == 64 && instruction.length == before + sizeof value &&
        operands[1].type == ZYDIS_OPERAND_TYPE_IMMEDIATE && operands[1].imm.value.s == static_cast<int32_t>(value)) {
      return true;
    }
  }
  return false;
}

}  // namespace

std::vector<FoundInstruction> find_instructions(const unsigned char* code, size_t size, size_t available,
                                                unsigned wanted) {
  std::vector<FoundInstruction> found;
  ZydisDecoder decoder;
  ZydisDecoderInit(&decoder, ZYDIS_MACHINE_MODE_LONG_64, ZYDIS_STACK_WIDTH_64);
  const unsigned char* end = code + available;
  auto search = [&](const auto& pattern, size_t length, InstructionKind kind, auto is_one) {
    for (const unsigned char* at = code;; at++) {
      at = static_cast<const unsigned char*>(memmem(at, static_cast<size_t>(end - at), pattern, sizeof pattern));
      if (!at || static_cast<size_t>(at - code) >= size) return;
      if (is_one(at)) found.push_back({static_cast<size_t>(at - code), static_cast<int>(length), kind});
    }
  };
  auto search_timestamp = [&](const auto& pattern) {
    search(pattern, sizeof pattern, InstructionKind::timestamp,
           [&](const unsigned char* at) { return takes_halves(decoder, code, at + sizeof pattern, end); });
  };
  if (wanted & kTimestamps) {
    search_timestamp(kRdtsc);
    search_timestamp(kRdtscp);
  }
  if (wanted & kCpuid) {
    search(kCpuidBytes, sizeof kCpuidBytes, InstructionKind::cpuid,
           [&](const unsigned char* at) { return is_given_leaf(decoder, code, at); });
  }
  if (wanted & kRandom) {
    search(kRandomBytes, kRandomSize, InstructionKind::random,
           [&](const unsigned char* at) { return is_random(decoder, code, at, end); });
  }
  if (wanted & kVsyscall) {
    search(kVsyscallBytes, sizeof kVsyscallBytes, InstructionKind::vsyscall,
           [&](const unsigned char* at) { return is_vsyscall(decoder, code, at, end); });
  }
  return found;
}

}  // namespace portrace
