// Finds instructions that read the time stamp counter, for hosts that cannot make them trap.
#pragma once

#include <stddef.h>

#include <vector>

namespace portrace {

struct TimestampRead {
  size_t at;   // offset of the instruction
  int length;  // 2: rdtsc, 3: rdtscp
};

// Code comes from anywhere, with data between, and where its instructions begin is not known: the two
// bytes of rdtsc count as one only where the instructions behind them take both halves of the counter,
// which no data does by chance. Finds what begins below `size` of the `available` bytes.
std::vector<TimestampRead> find_timestamp_reads(const unsigned char* code, size_t size, size_t available);

}  // namespace portrace
