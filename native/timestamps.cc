#include "timestamps.h"

#include <Zydis/Zydis.h>
#include <string.h>

namespace portrace {
namespace {

constexpr unsigned char kRdtsc[] = {0x0f, 0x31};
constexpr unsigned char kRdtscp[] = {0x0f, 0x01, 0xf9};

// Instructions behind a read in which its halves must be taken.
constexpr int kReach = 12;

// Whether a register is the low or the high half, in 32 or 64 bits.
bool is_half(const ZydisDecodedOperand& operand, ZydisRegister narrow, ZydisRegister wide) {
  return operand.type == ZYDIS_OPERAND_TYPE_REGISTER &&
         (operand.reg.value == narrow || operand.reg.value == wide);
}

// Whether the instructions join the halves (shl rdx, 32) or store or copy each of them.
bool takes_halves(const ZydisDecoder& decoder, const unsigned char* code, size_t size) {
  bool low = false, high = false;
  for (int i = 0; i < kReach; i++) {
    ZydisDecodedInstruction instruction;
    ZydisDecodedOperand operands[ZYDIS_MAX_OPERAND_COUNT];
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
    if (instruction.meta.category == ZYDIS_CATEGORY_RET || instruction.meta.category == ZYDIS_CATEGORY_UNCOND_BR) {
      return false;
    }
    code += instruction.length;
    size -= instruction.length;
  }
  return false;
}

}  // namespace

std::vector<TimestampRead> find_timestamp_reads(const unsigned char* code, size_t size, size_t available) {
  std::vector<TimestampRead> found;
  ZydisDecoder decoder;
  ZydisDecoderInit(&decoder, ZYDIS_MACHINE_MODE_LONG_64, ZYDIS_STACK_WIDTH_64);
  auto search = [&](const unsigned char* instruction, size_t length) {
    const unsigned char* end = code + available;
    for (const unsigned char* at = code;;) {
      at = static_cast<const unsigned char*>(memmem(at, static_cast<size_t>(end - at), instruction, length));
      if (!at || static_cast<size_t>(at - code) >= size) return;
      const unsigned char* behind = at + length;
      if (takes_halves(decoder, behind, static_cast<size_t>(end - behind))) {
        found.push_back({static_cast<size_t>(at - code), static_cast<int>(length)});
      }
      at++;
    }
  };
  search(kRdtsc, sizeof kRdtsc);
  search(kRdtscp, sizeof kRdtscp);
  return found;
}

}  // namespace portrace
