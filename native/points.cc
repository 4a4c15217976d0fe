#include "points.h"

#include <cpuid.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/userfaultfd.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>
#include <xxhash.h>

#include <algorithm>
#include <array>

namespace portrace {
namespace {

// linux/fs.h, Linux 6.7 (the headers of older distributions lack it).
struct pm_scan_arg {
  uint64_t size, flags, start, end, walk_end, vec, vec_len, max_pages;
  uint64_t category_inverted, category_mask, category_anyof_mask, return_mask;
};
struct page_region {
  uint64_t start, end, categories;
};
constexpr unsigned long kPagemapScan = _IOWR('f', 16, pm_scan_arg);
constexpr uint64_t kWriteProtectAllowed = 1 << 0, kWritten = 1 << 1, kPresent = 1 << 3, kSwapped = 1 << 4;
constexpr uint64_t kWriteProtectMatching = 1 << 0;
// linux/userfaultfd.h, Linux 6.7.
constexpr uint64_t kFeatureShmem = 1 << 12, kFeatureUnpopulated = 1 << 13, kFeatureAsync = 1 << 15;

constexpr uint64_t kTop = 0x7ffffffff000;
constexpr uint64_t kPage = 4096;

void add_run(std::vector<PageRun>* runs, uint64_t start, uint64_t end) {
  if (!runs->empty() && runs->back().address + runs->back().pages * kPage == start) {
    runs->back().pages += (end - start) / kPage;
  } else {
    runs->push_back({start, (end - start) / kPage});
  }
}

}  // namespace

WriteTracker::WriteTracker(pid_t tid, int userfaultfd) {
  char path[32];
  snprintf(path, sizeof path, "/proc/%d/pagemap", tid);
  pagemap_ = open(path, O_RDONLY | O_CLOEXEC);
  if (userfaultfd < 0) return;
  uffdio_api api{};
  api.api = UFFD_API;
  api.features = UFFD_FEATURE_PAGEFAULT_FLAG_WP | kFeatureShmem | kFeatureUnpopulated | kFeatureAsync;
  pm_scan_arg probe{};
  probe.size = sizeof probe;
  probe.start = probe.end = 0;
  if (ioctl(userfaultfd, UFFDIO_API, &api) == 0 && ioctl(pagemap_, kPagemapScan, &probe) >= 0) {
    userfaultfd_ = userfaultfd;
  } else {
    close(userfaultfd);
  }
}

WriteTracker::~WriteTracker() {
  if (pagemap_ >= 0) close(pagemap_);
  if (userfaultfd_ >= 0) close(userfaultfd_);
}

long WriteTracker::read_mappings(pid_t tid) {
  char path[32];
  snprintf(path, sizeof path, "/proc/%d/maps", tid);
  FILE* maps = fopen(path, "re");
  if (!maps) return -errno;
  writable_.clear();
  char line[4400];
  while (fgets(line, sizeof line, maps)) {
    unsigned long start, end;
    char permissions[5];
    if (sscanf(line, "%lx-%lx %4s", &start, &end, permissions) != 3) continue;
    if (permissions[1] != 'w' || start >= kTop) continue;
    if (!writable_.empty() && writable_.back().end == start) {
      writable_.back().end = end;
    } else {
      writable_.push_back({start, end, false});
    }
  }
  fclose(maps);
  return 0;
}

long WriteTracker::scan(uint64_t start, uint64_t end, bool tracked, std::vector<PageRun>* runs) {
  page_region regions[512];
  pm_scan_arg arg{};
  arg.size = sizeof arg;
  arg.flags = tracked ? kWriteProtectMatching : 0;
  arg.end = end;
  arg.vec = reinterpret_cast<uint64_t>(regions);
  arg.vec_len = 512;
  arg.category_mask = kWritten | (tracked ? kWriteProtectAllowed : 0);
  arg.category_anyof_mask = kPresent | kSwapped;
  arg.return_mask = kWritten;
  for (arg.start = start; arg.start < end; arg.start = arg.walk_end) {
    int count = ioctl(pagemap_, kPagemapScan, &arg);
    if (count < 0) return -errno;
    for (int i = 0; i < count; i++) add_run(runs, regions[i].start, regions[i].end);
    if (arg.walk_end <= arg.start) break;
  }
  return 0;
}

long WriteTracker::written(pid_t tid, bool refresh, std::vector<PageRun>* runs) {
  if (refresh || writable_.empty() || userfaultfd_ < 0) {
    long error = read_mappings(tid);
    if (error < 0) return error;
  }
  std::vector<PageRun> found;
  if (userfaultfd_ < 0) {
    std::vector<uint64_t> entries(1024);
    for (const Range& range : writable_) {
      for (uint64_t at = range.start; at < range.end;) {
        size_t want = std::min<uint64_t>(entries.size(), (range.end - at) / kPage);
        ssize_t got = pread(pagemap_, entries.data(), want * 8, static_cast<off_t>(at / kPage * 8));
        if (got <= 0) return got < 0 ? -errno : -EIO;
        for (ssize_t i = 0; i < got / 8; i++) {
          // Bits 63 and 62: present, swapped (Documentation/admin-guide/mm/pagemap.rst).
          if (entries[static_cast<size_t>(i)] >> 62) {
            uint64_t page = at + static_cast<uint64_t>(i) * kPage;
            add_run(&found, page, page + kPage);
          }
        }
        at += static_cast<uint64_t>(got) / 8 * kPage;
      }
    }
    *runs = std::move(found);
    return 0;
  }
  for (Range& range : writable_) {
    if (!range.tracked) {
      // Not under protection since the last look (or a mapping made since): all that is there may
      // have been written. The scan below reports such pages as written and protects them.
      uffdio_register request{};
      request.range.start = range.start;
      request.range.len = range.end - range.start;
      request.mode = UFFDIO_REGISTER_MODE_WP;
      range.tracked = ioctl(userfaultfd_, UFFDIO_REGISTER, &request) == 0;
    }
    long error = scan(range.start, range.end, range.tracked, &found);
    if (error < 0) return error;
  }
  *runs = std::move(found);
  return 0;
}

namespace {

// An area that XSAVEC fills (Intel SDM 13.4, 13.10): the state of before it, a header, and the other parts that
// were asked for.
constexpr size_t kLegacySize = 512, kHeaderSize = 64, kAlignment = 64;
constexpr uint64_t kCompacted = uint64_t{1} << 63;
constexpr unsigned kParts = 32;

struct SavedPart {
  uint32_t size;
  bool aligned;
};

const std::array<SavedPart, kParts>& saved_parts() {
  static const auto parts = [] {
    std::array<SavedPart, kParts> found{};
    for (unsigned part = 2; part < kParts; part++) {
      unsigned size = 0, offset = 0, flags = 0, unused = 0;
      if (__get_cpuid_count(0xd, part, &size, &offset, &flags, &unused)) found[part] = {size, (flags & 2) != 0};
    }
    return found;
  }();
  return parts;
}

size_t saved_size(uint64_t parts) {
  size_t size = kLegacySize + kHeaderSize;
  for (unsigned part = 2; part < kParts; part++) {
    if (!(parts >> part & 1)) continue;
    if (saved_parts()[part].aligned) size = (size + kAlignment - 1) / kAlignment * kAlignment;
    size += saved_parts()[part].size;
  }
  return size;
}

// Whether XSAVEC wrote this header: which parts it saved, which it was asked for, nothing else. 0 or the parts.
uint64_t parts_asked_for(const unsigned char* header) {
  uint64_t words[kHeaderSize / 8];
  memcpy(words, header, sizeof words);
  const uint64_t parts = words[1] & ~kCompacted;
  if (!(words[1] & kCompacted) || parts == 0 || parts >> kParts || (words[0] & ~parts)) return 0;
  for (size_t i = 2; i < kHeaderSize / 8; i++) {
    if (words[i]) return 0;
  }
  return parts;
}

// Zeroes in memory from `size` bytes what XSAVEC left there. All areas are looked up first: they may overlap.
void clear_saved_state(unsigned char* memory, size_t size) {
  std::vector<Window> areas;
  for (size_t at = 0; at + kHeaderSize <= size; at += kAlignment) {
    const uint64_t parts = parts_asked_for(memory + at);
    if (parts) areas.push_back({at < kLegacySize ? 0 : at - kLegacySize, std::min(size, at - kLegacySize + saved_size(parts))});
  }
  for (const Window& area : areas) memset(memory + area.start, 0, area.end - area.start);
}

// Which pages of a task are in memory. To read another would bring it there, and the guest could tell (mincore(2)).
class ResidentPages {
 public:
  explicit ResidentPages(pid_t tid) {
    char path[32];
    snprintf(path, sizeof path, "/proc/%d/pagemap", tid);
    file_ = open(path, O_RDONLY | O_CLOEXEC);
  }
  ~ResidentPages() {
    if (file_ >= 0) close(file_);
  }
  ResidentPages(const ResidentPages&) = delete;
  ResidentPages& operator=(const ResidentPages&) = delete;
  bool has(uint64_t address) const {
    uint64_t entry = 0;
    return pread(file_, &entry, sizeof entry, static_cast<off_t>(address / kPage * 8)) == sizeof entry && entry & kResident;
  }

 private:
  static constexpr uint64_t kResident = uint64_t{1} << 63;  // Documentation/admin-guide/mm/pagemap.rst
  int file_;
};

// Reads memory; what cannot be read is zero.
long read_or_zero(pid_t tid, uint64_t address, size_t size, unsigned char* into) {
  ssize_t got = read_memory(tid, address, into, size);
  if (got < 0) return got;
  memset(into + got, 0, size - static_cast<size_t>(got));
  return 0;
}

// Reads pages with the one before and the one behind them, where these are in memory; they are zero elsewhere.
long read_with_neighbours(pid_t tid, const ResidentPages& resident, uint64_t start, size_t size, unsigned char* into) {
  const size_t before = start >= kPage && resident.has(start - kPage) ? kPage : 0;
  const size_t behind = resident.has(start + size) ? kPage : 0;
  memset(into, 0, kPage - before);
  memset(into + kPage + size + behind, 0, kPage - behind);
  return read_or_zero(tid, start - before, before + size + behind, into + kPage - before);
}

}  // namespace

long digest_pages(pid_t tid, const std::vector<PageRun>& runs, const std::vector<Window>& windows, bool saved_state,
                  unsigned char into[16]) {
  constexpr size_t kAtOnce = 256 * kPage;
  static std::vector<unsigned char> buffer(kAtOnce + 2 * kPage);
  static XXH3_state_t* state = XXH3_createState();
  XXH3_128bits_reset(state);
  unsigned char* const pages = buffer.data() + kPage;
  const ResidentPages resident(tid);
  for (const PageRun& run : runs) {
    for (uint64_t done = 0; done < run.pages * kPage;) {
      const size_t want = std::min<uint64_t>(kAtOnce, run.pages * kPage - done);
      const uint64_t start = run.address + done, end = start + want;
      long error = read_with_neighbours(tid, resident, start, want, buffer.data());
      if (error < 0) return error;
      if (!saved_state) clear_saved_state(buffer.data(), want + 2 * kPage);
      for (const Window& window : windows) {
        uint64_t from = std::max(start, window.start), to = std::min(end, window.end);
        if (from < to) memset(pages + (from - start), 0, to - from);
      }
      XXH3_128bits_update(state, pages, want);
      done += want;
    }
  }
  XXH128_canonical_t canonical;
  XXH128_canonicalFromHash(&canonical, XXH3_128bits_digest(state));
  memcpy(into, canonical.digest, 16);
  return 0;
}

bool same_registers(const user_regs_struct& a, const user_regs_struct& b) {
  user_regs_struct x = a, y = b;
  x.orig_rax = y.orig_rax = 0;
  constexpr unsigned long long kResumeAndTrap = 0x10100;
  x.eflags &= ~kResumeAndTrap;
  y.eflags &= ~kResumeAndTrap;
  return memcmp(&x, &y, sizeof x) == 0;
}

bool same_words(pid_t tid, const std::vector<PointWord>& words) {
  for (const PointWord& word : words) {
    uint64_t value = 0;
    if (read_memory(tid, word.address, reinterpret_cast<unsigned char*>(&value), 8) != 8) return false;
    if (value != word.value) return false;
  }
  return true;
}

namespace {

constexpr unsigned char kTrap = 0xcc;

bool is_trap(const StopBlock& stop) {
  return WIFSTOPPED(stop.status) && WSTOPSIG(stop.status) == SIGTRAP && (stop.status >> 16) == 0;
}

// Answers what the wait does: 0 where the time is up.
long run(pid_t tid, long request, int64_t patience_us, StopBlock* stop) {
  long error = resume(tid, request, 0);
  return error < 0 ? error : wait(tid, patience_us, stop);
}

constexpr long kLate = 2;

// Runs to the next pass of a trap instruction that stands at `place`, over it where the task is there.
// Answers 1 at the next pass, 0 at another stop, kLate where the time is up. The stop has the task's registers before and after.
long run_to_trap(pid_t tid, uint64_t place, unsigned char original, int64_t patience_us, StopBlock* stop) {
  if (stop->registers.rip == place) {
    long error = write_memory(tid, place, &original, 1);
    if (error >= 0) error = run(tid, PTRACE_SYSEMU_SINGLESTEP, -1, stop);
    if (error < 0) return error;
    if (!is_trap(*stop)) return 0;
    error = write_memory(tid, place, &kTrap, 1);
    if (error < 0) return error;
  }
  long error = run(tid, PTRACE_SYSEMU, patience_us, stop);
  if (error <= 0) return error < 0 ? error : kLate;
  if (!is_trap(*stop) || stop->registers.rip != place + 1) return 0;
  stop->registers.rip = place;
  error = set_registers(tid, stop->registers);
  return error < 0 ? error : 1;
}

}  // namespace

long seek(pid_t tid, const user_regs_struct& expected, const std::vector<PointWord>& words, long hits,
          int original, int64_t patience_us, StopBlock* stop) {
  if (original >= 0 && ptrace(PTRACE_GETREGS, tid, nullptr, &stop->registers) < 0) return -errno;
  for (long hit = 0; hit < hits; hit++) {
    if (original >= 0) {
      long got = run_to_trap(tid, expected.rip, static_cast<unsigned char>(original), patience_us, stop);
      if (got < 0) return got;
      if (got == kLate) return static_cast<long>(Seek::kLost);
      if (got == 0) return static_cast<long>(Seek::kOtherStop);
    } else {
      long got = run(tid, PTRACE_SYSEMU, patience_us, stop);
      if (got < 0) return got;
      if (got == 0) return static_cast<long>(Seek::kLost);
      if (!is_trap(*stop) || stop->registers.rip != expected.rip) return static_cast<long>(Seek::kOtherStop);
    }
    if (same_registers(stop->registers, expected) && same_words(tid, words)) {
      return static_cast<long>(Seek::kMatch);
    }
  }
  return static_cast<long>(Seek::kHitsUsedUp);
}

}  // namespace portrace
