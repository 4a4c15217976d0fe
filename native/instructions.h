// Finds instructions whose result is the processor's, for hosts that cannot make them trap.
#pragma once

#include <stddef.h>

#include <vector>

namespace portrace {

// What is looked for.
constexpr unsigned kTimestamps = 1, kCpuid = 2;

struct FoundInstruction {
  size_t at;    // offset of the instruction
  int length;   // rdtsc and cpuid 2, rdtscp 3
  bool cpuid;
};

// Code comes from anywhere, with data between, and where its instructions begin is not known: the bytes of
// an instruction count as one only where its neighbours make sense of it, which no data does by chance.
// Those behind rdtsc and rdtscp take both halves of the counter. Those before cpuid load the number of a
// leaf (`mov $leaf, %eax`) and little else; a leaf whose number is computed is not found.
//
// Finds what begins below `size` of the `available` bytes.
std::vector<FoundInstruction> find_instructions(const unsigned char* code, size_t size, size_t available,
                                                unsigned wanted);

}  // namespace portrace
