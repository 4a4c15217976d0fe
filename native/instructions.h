// Finds instructions whose result no tracer would see, where the host cannot make them trap.
#pragma once

#include <stddef.h>

#include <vector>

namespace portrace {

// What is looked for.
constexpr unsigned kTimestamps = 1, kCpuid = 2, kRandom = 4, kVsyscall = 8;

enum class InstructionKind { timestamp, cpuid, random, vsyscall };

struct FoundInstruction {
  size_t at;   // offset of the instruction, behind its prefixes; vsyscall: of the address's third byte
  int length;  // without prefixes: rdtsc and cpuid 2; rdtscp, rdrand and rdseed 3; vsyscall: of the two bytes there, 2
  InstructionKind kind;
};

// Code comes from anywhere, with data between, and where its instructions begin is not known: the bytes of
// an instruction count as one only where its neighbours make sense of it, which no data does by chance.
// Those behind rdtsc and rdtscp take both halves of the counter. Those before cpuid load the number of a
// leaf (`mov $leaf, %eax`) and little else; a leaf whose number is computed is not found. One of those behind rdrand
// and rdseed asks for the carry flag, which tells whether there was a number, and those before end where it begins.
// A vsyscall is a mov of one of the three addresses of that page's functions to a register or to memory.
//
// Finds what begins below `size` of the `available` bytes.
std::vector<FoundInstruction> find_instructions(const unsigned char* code, size_t size, size_t available,
                                                unsigned wanted);

}  // namespace portrace
