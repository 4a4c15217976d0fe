// Exact points: which pages a task wrote, what they hold, and how a replayed task is brought to the
// place where its state equals the recorded one.
#pragma once

#include <sys/types.h>
#include <sys/user.h>

#include <cstdint>
#include <vector>

#include "tracee.h"

namespace portrace {

struct PageRun {
  uint64_t address;
  uint64_t pages;
};

struct PointWord {
  uint64_t address;
  uint64_t value;
};

// Tells which pages of one address space were written since the last time it was asked. With a
// userfaultfd of that space (asynchronous write protection, Linux 6.7) the answer is small; without
// one it is every resident writable page, which is always right and slower.
class WriteTracker {
 public:
  WriteTracker(pid_t tid, int userfaultfd);
  ~WriteTracker();
  WriteTracker(const WriteTracker&) = delete;
  WriteTracker& operator=(const WriteTracker&) = delete;

  // `tid`: a task that lives in the space now. `refresh`: the mappings may have changed since the last call.
  long written(pid_t tid, bool refresh, std::vector<PageRun>* runs);
  bool exact() const { return userfaultfd_ >= 0; }

 private:
  long read_mappings(pid_t tid);
  long scan(uint64_t start, uint64_t end, bool tracked, std::vector<PageRun>* runs);

  int pagemap_ = -1;
  int userfaultfd_ = -1;
  struct Range {
    uint64_t start, end;
    bool tracked;
  };
  std::vector<Range> writable_;
};

// Bytes from start to end, which count as zero.
struct Window {
  uint64_t start, end;
};

// XXH3, 128 bit, canonical bytes, over the pages in order. `saved_state`: whether what XSAVEC left in memory
// counts; it is zero otherwise. Answers 0 or a negative errno.
long digest_pages(pid_t tid, const std::vector<PageRun>& runs, const std::vector<Window>& windows, bool saved_state,
                  unsigned char into[16]);

// Same state, as far as registers tell: all of them but orig_rax (which only restarts read) and the
// resume and trap flags (which debugging leaves behind).
bool same_registers(const user_regs_struct& a, const user_regs_struct& b);
bool same_words(pid_t tid, const std::vector<PointWord>& words);

enum class Seek : int { kOtherStop = 0, kMatch = 1, kHitsUsedUp = 2, kLost = 3 };

// Lets the task run to a breakpoint that is already set, again and again, until registers and words
// are those of the point, another stop comes, or `hits` are used up. `original` is the byte in whose place
// a trap instruction is, or -1 for a breakpoint of the processor. A task that runs for longer than the
// patience (microseconds) to a pass is lost, and still runs.
long seek(pid_t tid, const user_regs_struct& expected, const std::vector<PointWord>& words, long hits,
          int original, int64_t patience_us, StopBlock* stop);

// Whether the code can be replaced by a five-byte jump and run elsewhere: how many bytes are, or 0.
// `several`: it takes more than one instruction, so that nothing may jump behind the first.
int displaceable(const unsigned char* code, size_t size, bool* several);

// Length of an instruction, or 0 for none; `repeats` tells of a string instruction, which signals
// interrupt in the middle where no breakpoint gets.
int instruction_length(const unsigned char* code, size_t size, bool* repeats);

// Code that compares the state in the guest itself and traps only where it is the expected one, so
// that a point in a tight loop costs nanoseconds a pass, not a stop.
struct Filter {
  std::vector<unsigned char> page;   // to be written to the filter's address
  std::vector<unsigned char> patch;  // to be written over the instruction
  uint64_t hit;                      // rip of the trap stop of a match
  uint64_t go_on;                    // where to continue when the match was a false one
  struct Place {
    uint64_t original, displaced;
  };
  std::vector<Place> places;         // where each replaced instruction is now
};
// Which bytes of the jump's distance must be traps (0xff), as code may jump there. False where the code cannot be replaced.
bool filter_distance(const unsigned char* code, size_t size, uint32_t* traps);
// Bytes that are traps.
std::vector<unsigned char> trap_bytes();
// `telling` is likely to differ at most passes, and looked at first: the number of a register as instructions have it,
// or, from 16 on, of a word. Neither where there are not so many.
bool build_filter(const unsigned char* code, size_t size, uint64_t filter_address,
                  const user_regs_struct& expected, const std::vector<PointWord>& words, size_t telling,
                  Filter* filter);

}  // namespace portrace
