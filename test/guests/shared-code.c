/*
 * Code in a shared file reads the time stamp counter, run at one address and written at another. Whoever
 * makes the instruction trap must leave the file as it is, and must not stand between the two.
 */
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "expect.h"

#define PAGE 4096
#define READS 50

/* rdtsc; shl $32, %rdx; or %rdx, %rax; ret */
static const unsigned char READ_COUNTER[] = {0x0f, 0x31, 0x48, 0xc1, 0xe2, 0x20, 0x48, 0x09, 0xd0, 0xc3};
/* mov $42, %eax; ret */
static const unsigned char ANSWER[] = {0xb8, 42, 0, 0, 0, 0xc3};

typedef uint64_t (*function)(void);

static uint64_t read_often(function read_counter, uint64_t hash) {
  uint64_t last = 0;
  for (int i = 0; i < READS; i++) {
    uint64_t now = read_counter();
    EXPECT(now > last);
    last = now;
    hash = fnv(hash, &now, sizeof now);
  }
  return hash;
}

int main(void) {
  unsigned char copy[PAGE];
  int file = memfd_create("code", 0);
  EXPECT(file >= 0 && ftruncate(file, 2 * PAGE) == 0);
  EXPECT(pwrite(file, READ_COUNTER, sizeof READ_COUNTER, PAGE) == sizeof READ_COUNTER);
  unsigned char *written = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, file, PAGE);
  unsigned char *code = mmap(NULL, 2 * PAGE, PROT_READ | PROT_EXEC, MAP_SHARED, file, 0);
  EXPECT(written != MAP_FAILED && code != MAP_FAILED);

  function run = (function)(code + PAGE);
  uint64_t hash = read_often(run, FNV_START);
  EXPECT(memcmp(written, READ_COUNTER, sizeof READ_COUNTER) == 0);
  EXPECT(pread(file, copy, PAGE, PAGE) == PAGE && memcmp(copy, written, PAGE) == 0);

  uint64_t *of_child = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  EXPECT(of_child != MAP_FAILED);
  pid_t child = fork();
  if (child == 0) {
    *of_child = read_often(run, FNV_START);
    _exit(0);
  }
  int status;
  EXPECT(waitpid(child, &status, 0) == child && status == 0);
  hash = fnv(hash, of_child, sizeof *of_child);

  EXPECT(mprotect(code + PAGE, PAGE, PROT_READ | PROT_WRITE | PROT_EXEC) == 0);
  memcpy(written, ANSWER, sizeof ANSWER);
  EXPECT(run() == 42);
  ok("%d reads, hash %016lx", READS, (unsigned long)hash);
  return 0;
}
