#include <Zydis/Zydis.h>
#include <string.h>

#include "points.h"

namespace portrace {
namespace {

constexpr size_t kJump = 5;          // e9 rel32
// Code may jump to an instruction inside the group. Its first byte is a trap then: the jump's distance
// is chosen so. int3, and opcodes that 64-bit mode has not (SIGILL): as its highest byte they make a distance that leads
// upwards, where a program at a low address has room.
constexpr unsigned char kTraps[] = {0xcc, 0x06, 0x16, 0x27, 0x37, 0x60};
constexpr size_t kDataOffset = 768;  // the data behind the code, in the same page
constexpr size_t kPageSize = 4096;

// One instruction that may run elsewhere.
struct Displaced {
  int length = 0;
  int relative_at = -1;  // offset of a rip-relative 32-bit displacement
  int64_t relative = 0;
  int condition = -1;    // a conditional jump's condition code; relative is its distance
  bool jump = false;     // an unconditional one
};

// Anything may be displaced that stays on the straight line, but for a rip-relative operand or a
// plain jump, which are corrected.
Displaced decode(const unsigned char* code, size_t size) {
  ZydisDecoder decoder;
  ZydisDecodedInstruction instruction;
  ZydisDecoderInit(&decoder, ZYDIS_MACHINE_MODE_LONG_64, ZYDIS_STACK_WIDTH_64);
  if (!ZYAN_SUCCESS(ZydisDecoderDecodeInstruction(&decoder, nullptr, code, size, &instruction))) return {};
  Displaced found;
  found.length = instruction.length;
  // It may stand for rdtsc, which is known by its place.
  if (instruction.mnemonic == ZYDIS_MNEMONIC_UD2) return {};
  // Stepped over, it pushes the flag that makes the step.
  if (instruction.mnemonic == ZYDIS_MNEMONIC_PUSHF || instruction.mnemonic == ZYDIS_MNEMONIC_PUSHFQ) return {};
  switch (instruction.meta.category) {
    case ZYDIS_CATEGORY_COND_BR:
    case ZYDIS_CATEGORY_UNCOND_BR: {
      if (!instruction.raw.imm[0].is_relative) return {};
      found.relative = instruction.raw.imm[0].value.s;
      bool shortened = instruction.opcode_map == ZYDIS_OPCODE_MAP_DEFAULT;
      if (shortened && (instruction.opcode & 0xf0) == 0x70) {
        found.condition = instruction.opcode & 15;
      } else if (!shortened && (instruction.opcode & 0xf0) == 0x80) {
        found.condition = instruction.opcode & 15;
      } else if (instruction.opcode == 0xeb || instruction.opcode == 0xe9) {
        found.jump = true;
      } else {
        return {};
      }
      return found;
    }
    case ZYDIS_CATEGORY_CALL:
    case ZYDIS_CATEGORY_RET:
    case ZYDIS_CATEGORY_SYSCALL:
    case ZYDIS_CATEGORY_SYSRET:
    case ZYDIS_CATEGORY_INTERRUPT:
    case ZYDIS_CATEGORY_SYSTEM:
    case ZYDIS_CATEGORY_STRINGOP:
    case ZYDIS_CATEGORY_IO:
    case ZYDIS_CATEGORY_IOSTRINGOP:
      return {};
    default:
      break;
  }
  if (instruction.attributes & ZYDIS_ATTRIB_IS_RELATIVE) {
    if (instruction.raw.disp.size != 32) return {};
    found.relative_at = instruction.raw.disp.offset;
    found.relative = instruction.raw.disp.value;
  }
  return found;
}

// The instructions that a five-byte jump replaces. Empty where they cannot be.
std::vector<Displaced> decode_group(const unsigned char* code, size_t size) {
  std::vector<Displaced> group;
  size_t length = 0;
  while (length < kJump) {
    Displaced next = decode(code + length, size - length);
    if (next.length == 0) return {};
    length += static_cast<size_t>(next.length);
    group.push_back(next);
    if (next.jump && length < kJump) return {};
  }
  return group;
}

int group_length(const std::vector<Displaced>& group) {
  int length = 0;
  for (const Displaced& each : group) length += each.length;
  return length;
}

class Code {
 public:
  Code(std::vector<unsigned char>* page, uint64_t address) : page_(page), address_(address) {}

  size_t at() const { return at_; }
  uint64_t here() const { return address_ + at_; }
  void bytes(std::initializer_list<unsigned char> list) {
    for (unsigned char byte : list) (*page_)[at_++] = byte;
  }
  void word32(int64_t value) {
    int32_t narrow = static_cast<int32_t>(value);
    memcpy(page_->data() + at_, &narrow, 4);
    at_ += 4;
  }
  // An instruction whose rip-relative operand is the data word `index`.
  void with_data(std::initializer_list<unsigned char> opcode, size_t index) {
    bytes(opcode);
    word32(static_cast<int64_t>(kDataOffset + index * 8) - static_cast<int64_t>(at_ + 4));
  }
  size_t jump_if_not_equal() {
    bytes({0x0f, 0x85});
    word32(0);
    return at_ - 4;
  }
  void land(size_t jump) {
    int32_t distance = static_cast<int32_t>(at_ - (jump + 4));
    memcpy(page_->data() + jump, &distance, 4);
  }

 private:
  std::vector<unsigned char>* page_;
  uint64_t address_;
  size_t at_ = 0;
};

constexpr size_t kRegisters = 16;

// Data words: what the code saves, then the expected registers, flags, and the table of words.
enum : size_t { kSavedRax, kSavedRcx, kSavedFlags, kExpectedFlags, kExpected, kTable = kExpected + kRegisters };

// Leaves the flags alone, and most passes by a few instructions: goes on where the low half of what is compared
// may be the one sought. Answers the jump that is taken otherwise.
class QuickCheck {
 public:
  explicit QuickCheck(Code* out) : out_(out) {
    out_->with_data({0x48, 0x89, 0x0d}, kSavedRcx);  // mov [saved], rcx
  }
  size_t of_register(unsigned char number, uint64_t value) {
    // lea ecx, [register - value]
    unsigned char rex = static_cast<unsigned char>(0x40 | (number >= 8 ? 1 : 0));
    unsigned char base = static_cast<unsigned char>(0x20 | (number & 7));
    out_->bytes({rex, 0x8d, 0x8c, base});
    return finish(value);
  }
  size_t of_word(const PointWord& word) {
    out_->bytes({0x48, 0xb9});  // mov rcx, address
    out_->word32(static_cast<int64_t>(word.address));
    out_->word32(static_cast<int64_t>(word.address >> 32));
    out_->bytes({0x8b, 0x09});  // mov ecx, [rcx]
    out_->bytes({0x8d, 0x89});  // lea ecx, [rcx - value]
    return finish(word.value);
  }

 private:
  size_t finish(uint64_t value) {
    out_->word32(-static_cast<int64_t>(static_cast<uint32_t>(value)));
    constexpr unsigned char kNextTwo = 7 + 5;
    out_->bytes({0x67, 0xe3, kNextTwo});             // jecxz over the next two
    out_->with_data({0x48, 0x8b, 0x0d}, kSavedRcx);  // mov rcx, [saved]
    out_->bytes({0xe9});                             // jmp
    out_->word32(0);
    size_t miss = out_->at() - 4;
    out_->with_data({0x48, 0x8b, 0x0d}, kSavedRcx);
    return miss;
  }
  Code* out_;
};

}  // namespace

std::vector<unsigned char> trap_bytes() { return {kTraps, kTraps + sizeof kTraps}; }

int displaceable(const unsigned char* code, size_t size, bool* several) {
  auto group = decode_group(code, size);
  *several = group.size() > 1;
  return group_length(group);
}

int instruction_length(const unsigned char* code, size_t size, bool* repeats) {
  ZydisDecoder decoder;
  ZydisDecodedInstruction instruction;
  ZydisDecoderInit(&decoder, ZYDIS_MACHINE_MODE_LONG_64, ZYDIS_STACK_WIDTH_64);
  if (!ZYAN_SUCCESS(ZydisDecoderDecodeInstruction(&decoder, nullptr, code, size, &instruction))) return 0;
  *repeats = instruction.attributes & (ZYDIS_ATTRIB_HAS_REP | ZYDIS_ATTRIB_HAS_REPE | ZYDIS_ATTRIB_HAS_REPNE);
  return instruction.length;
}

bool filter_distance(const unsigned char* code, size_t size, uint32_t* traps) {
  auto group = decode_group(code, size);
  *traps = 0;
  size_t boundary = 0;
  for (const Displaced& each : group) {
    boundary += static_cast<size_t>(each.length);
    if (boundary >= kJump) break;
    *traps |= 0xffu << (boundary - 1) * 8;
  }
  return !group.empty();
}

bool build_filter(const unsigned char* code, size_t size, uint64_t filter_address,
                  const user_regs_struct& expected, const std::vector<PointWord>& words, size_t telling,
                  Filter* filter) {
  auto group = decode_group(code, size);
  if (group.empty()) return false;
  const int length = group_length(group);
  const size_t room = (kPageSize - kDataOffset) / 8 - kTable;
  if ((words.size() + 1) * 2 > room) return false;
  int64_t distance = static_cast<int64_t>(filter_address) - static_cast<int64_t>(expected.rip + kJump);
  if (distance != static_cast<int32_t>(distance)) return false;

  filter->page.assign(kPageSize, 0xcc);
  Code out(&filter->page, filter_address);
  uint64_t* data = reinterpret_cast<uint64_t*>(filter->page.data() + kDataOffset);

  // Register numbers of the instruction set, in the order rax, rcx, rdx, rbx, rsp, rbp, rsi, rdi, r8….
  const uint64_t values[kRegisters] = {expected.rax, expected.rcx, expected.rdx, expected.rbx,
                               expected.rsp, expected.rbp, expected.rsi, expected.rdi,
                               expected.r8,  expected.r9,  expected.r10, expected.r11,
                               expected.r12, expected.r13, expected.r14, expected.r15};
  memcpy(data + kExpected, values, sizeof values);
  // lahf puts SF ZF AF PF CF into ah in the places they have in eflags; seto puts OF into al.
  data[kExpectedFlags] = ((expected.eflags & 0xff) << 8) | ((expected.eflags >> 11) & 1);
  for (size_t i = 0; i < words.size(); i++) {
    data[kTable + i * 2] = words[i].address;
    data[kTable + i * 2 + 1] = words[i].value;
  }
  data[kTable + words.size() * 2] = 0;

  size_t quick_miss = 0;
  if (telling < kRegisters) {
    quick_miss = QuickCheck(&out).of_register(static_cast<unsigned char>(telling), values[telling]);
  } else if (telling - kRegisters < words.size()) {
    quick_miss = QuickCheck(&out).of_word(words[telling - kRegisters]);
  }
  std::vector<size_t> misses;
  out.with_data({0x48, 0x89, 0x05}, kSavedRax);    // mov [saved], rax
  out.bytes({0x9f, 0x0f, 0x90, 0xc0});             // lahf; seto al
  out.with_data({0x48, 0x89, 0x05}, kSavedFlags);  // mov [flags], rax
  out.with_data({0x66, 0x3b, 0x05}, kExpectedFlags);  // cmp ax, [expected flags]
  misses.push_back(out.jump_if_not_equal());
  out.with_data({0x48, 0x8b, 0x05}, kSavedRax);  // mov rax, [saved]
  for (unsigned char number = 0; number < kRegisters; number++) {
    unsigned char rex = static_cast<unsigned char>(0x48 | (number >= 8 ? 4 : 0));
    unsigned char modrm = static_cast<unsigned char>(((number & 7) << 3) | 5);
    out.with_data({rex, 0x3b, modrm}, kExpected + number);  // cmp reg, [expected]
    misses.push_back(out.jump_if_not_equal());
  }
  out.with_data({0x48, 0x89, 0x0d}, kSavedRcx);  // mov [saved], rcx
  out.with_data({0x48, 0x8d, 0x0d}, kTable);     // lea rcx, [table]
  size_t loop = out.at();
  out.bytes({0x48, 0x8b, 0x01});        // mov rax, [rcx]
  out.bytes({0x48, 0x85, 0xc0});        // test rax, rax
  out.bytes({0x74, 0});                 // jz hit
  size_t to_hit = out.at() - 1;
  out.bytes({0x48, 0x8b, 0x00});        // mov rax, [rax]
  out.bytes({0x48, 0x3b, 0x41, 0x08});  // cmp rax, [rcx + 8]
  size_t to_word_miss = out.jump_if_not_equal();
  out.bytes({0x48, 0x83, 0xc1, 0x10});  // add rcx, 16
  out.bytes({0xeb, static_cast<unsigned char>(loop - (out.at() + 2))});

  auto restore_flags_and_rax = [&out] {
    out.with_data({0x48, 0x8b, 0x05}, kSavedFlags);  // mov rax, [flags]
    out.bytes({0x04, 0x7f, 0x9e});                   // add al, 127 (sets OF back); sahf
    out.with_data({0x48, 0x8b, 0x05}, kSavedRax);    // mov rax, [saved]
  };

  filter->page[to_hit] = static_cast<unsigned char>(out.at() - (to_hit + 1));
  out.with_data({0x48, 0x8b, 0x0d}, kSavedRcx);  // mov rcx, [saved]
  restore_flags_and_rax();
  out.bytes({0xcc});
  filter->hit = out.here();  // a trap stop shows the address behind int3
  size_t over = out.at();
  out.bytes({0xe9});
  out.word32(0);  // to the displaced instruction, below

  out.land(to_word_miss);
  out.with_data({0x48, 0x8b, 0x0d}, kSavedRcx);
  for (size_t miss : misses) out.land(miss);
  restore_flags_and_rax();
  out.land(over + 1);
  if (quick_miss != 0) out.land(quick_miss);
  filter->go_on = out.here();
  uint64_t from = expected.rip;
  for (const Displaced& each : group) {
    filter->places.push_back({from, out.here()});
    const unsigned char* bytes = code + (from - expected.rip);
    const uint64_t target = from + static_cast<uint64_t>(each.length) + static_cast<uint64_t>(each.relative);
    from += static_cast<uint64_t>(each.length);
    if (each.condition >= 0 || each.jump) {
      if (each.jump) out.bytes({0xe9});
      else out.bytes({0x0f, static_cast<unsigned char>(0x80 | each.condition)});
      int64_t away = static_cast<int64_t>(target - (out.here() + 4));
      if (away != static_cast<int32_t>(away)) return false;
      out.word32(away);
      continue;
    }
    size_t start = out.at();
    for (int i = 0; i < each.length; i++) out.bytes({bytes[i]});
    if (each.relative_at < 0) continue;
    int64_t moved = static_cast<int64_t>(target - out.here());
    if (moved != static_cast<int32_t>(moved)) return false;
    int32_t narrow = static_cast<int32_t>(moved);
    memcpy(filter->page.data() + start + static_cast<size_t>(each.relative_at), &narrow, 4);
  }
  out.bytes({0xe9});
  out.word32(static_cast<int64_t>(from) - static_cast<int64_t>(out.here() + 4));
  if (out.at() > kDataOffset) return false;

  filter->patch.assign(static_cast<size_t>(length), kTraps[0]);
  filter->patch[0] = 0xe9;
  int32_t narrow = static_cast<int32_t>(distance);
  memcpy(filter->patch.data() + 1, &narrow, 4);
  for (size_t i = 1; i < filter->places.size(); i++) {
    if (!memchr(kTraps, filter->patch[filter->places[i].original - expected.rip], sizeof kTraps)) return false;
  }
  return true;
}

}  // namespace portrace
