/* Every way to change an address space, each checked by what the memory then holds. */
#include <sys/ipc.h>
#include <sys/shm.h>

#include "memory.h"

static void protecting(void) {
  char *at = anonymous(8);
  memset(at, 'a', 8 * PAGE);
  EXPECT_SAME(mprotect(at + 2 * PAGE, 3 * PAGE, PROT_READ), 0);
  EXPECT_SAME(munmap(at + 4 * PAGE, PAGE), 0);
  errno = 0;
  EXPECT_SAME(mprotect(at, 8 * PAGE, PROT_READ), -1); /* as far as the hole */
  EXPECT_SAME(errno, ENOMEM);
  EXPECT_SAME(mprotect(at, 4 * PAGE, PROT_READ | PROT_WRITE), 0);
  memset(at, 'b', 4 * PAGE);
  map(at + 3 * PAGE, 2 * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0);
  EXPECT_SAME(at[3 * PAGE], 0);
  EXPECT(mmap(at, PAGE, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE, -1, 0) == MAP_FAILED);
  EXPECT_SAME(errno, EEXIST);
  EXPECT_SAME(at[7 * PAGE], 'a');
  EXPECT_SAME(munmap(at, 8 * PAGE), 0);
  ok("mprotect and munmap");
}

static void moving(void) {
  char *at = anonymous(4);
  for (int i = 0; i < 4; i++) at[i * PAGE] = '0' + i;
  char *grown = mremap(at, 4 * PAGE, 64 * PAGE, MREMAP_MAYMOVE);
  EXPECT(grown != MAP_FAILED);
  EXPECT_SAME(grown[3 * PAGE], '3');
  EXPECT_SAME(grown[63 * PAGE], 0);
  char *place = anonymous(4);
  EXPECT(mremap(grown + PAGE, 2 * PAGE, 2 * PAGE, MREMAP_MAYMOVE | MREMAP_FIXED, place + PAGE) == place + PAGE);
  EXPECT_SAME(place[PAGE], '1');
  EXPECT_SAME(place[2 * PAGE], '2');
  EXPECT(mremap(grown + 3 * PAGE, 61 * PAGE, PAGE, 0) == grown + 3 * PAGE);
  EXPECT_SAME(grown[3 * PAGE], '3');
  char *kept = mremap(place + PAGE, PAGE, PAGE, MREMAP_MAYMOVE | MREMAP_DONTUNMAP, NULL);
  EXPECT(kept != MAP_FAILED);
  EXPECT_SAME(kept[0], '1');
  EXPECT_SAME(place[PAGE], 0);
  /* A size of zero makes a second address of a shared page. */
  char *shared = map(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  char *second = mremap(shared, 0, PAGE, MREMAP_MAYMOVE);
  EXPECT(second != MAP_FAILED && second != shared);
  shared[1] = 's';
  EXPECT_SAME(((volatile char *)second)[1], 's');
  ok("mremap");
}

static void breaking(void) {
  char *start = sbrk(0);
  EXPECT(sbrk(10 * PAGE) == start);
  memset(start, 'h', 10 * PAGE);
  EXPECT(sbrk(-5 * (long)PAGE) == start + 10 * PAGE);
  EXPECT(sbrk(5 * PAGE) == start + 5 * PAGE);
  EXPECT_SAME(start[4 * PAGE], 'h');
  EXPECT_SAME(start[5 * PAGE], 0);
  EXPECT_SAME(brk(start), 0);
  ok("brk");
}

static void advising(void) {
  char *at = anonymous(4);
  memset(at, 'd', 4 * PAGE);
  EXPECT_SAME(madvise(at + PAGE, 2 * PAGE, MADV_DONTNEED), 0);
  EXPECT_SAME(at[0], 'd');
  EXPECT_SAME(at[PAGE], 0);
  EXPECT_SAME(at[3 * PAGE], 'd');
  EXPECT_SAME(madvise(at + 3 * PAGE, PAGE, MADV_WIPEONFORK), 0);
  EXPECT_SAME(madvise(at + PAGE, PAGE, MADV_DONTFORK), 0);
  pid_t pid = fork();
  if (pid == 0) {
    EXPECT_SAME(at[3 * PAGE], 0);
    EXPECT_SAME(at[0], 'd');
    unsigned char resident;
    EXPECT_SAME(mincore(at + PAGE, PAGE, &resident), -1);
    EXPECT_SAME(errno, ENOMEM);
    _exit(0);
  }
  reap(pid);
  int fd = memfd_create("holes", 0);
  EXPECT_SAME(ftruncate(fd, 4 * PAGE), 0);
  char *file = map(NULL, 4 * PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
  memset(file, 'f', 4 * PAGE);
  EXPECT_SAME(madvise(file + PAGE, PAGE, MADV_REMOVE), 0);
  EXPECT_SAME(madvise(file + 2 * PAGE, PAGE, MADV_DONTNEED), 0);
  EXPECT_SAME(file[PAGE], 0);
  EXPECT_SAME(file[2 * PAGE], 'f');
  EXPECT_SAME(fallocate(fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, 0, PAGE), 0);
  EXPECT_SAME(file[0], 0);
  close(fd);
  ok("madvise");
}

static void sharing(void) {
  volatile int *shared = (int *)map(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  int *own = (int *)anonymous(1);
  *own = 1;
  pid_t pid = fork();
  if (pid == 0) {
    *shared = 42;
    *own = 2;
    _exit(0);
  }
  reap(pid);
  EXPECT_SAME(*shared, 42);
  EXPECT_SAME(*own, 1);

  int id = shmget(IPC_PRIVATE, 2 * PAGE, IPC_CREAT | 0600);
  EXPECT(id >= 0);
  char *first = shmat(id, NULL, 0), *second = shmat(id, NULL, SHM_RDONLY);
  EXPECT(first != (char *)-1 && second != (char *)-1);
  strcpy(first + PAGE, "system five");
  pid = fork();
  if (pid == 0) {
    EXPECT_SAME(strcmp(second + PAGE, "system five"), 0);
    strcpy(first, "from the child");
    _exit(0);
  }
  reap(pid);
  EXPECT_SAME(strcmp(second, "from the child"), 0);
  EXPECT_SAME(shmdt(second), 0);
  EXPECT_SAME(shmctl(id, IPC_RMID, NULL), 0);
  EXPECT_SAME(shmdt(first), 0);
  ok("shared memory");
}

static void files(void) {
  char name[] = "/tmp/mmap-all-XXXXXX";
  int fd = mkstemp(name);
  EXPECT(fd >= 0);
  EXPECT_SAME(unlink(name), 0);
  for (int i = 0; i < 3; i++) {
    char page[PAGE];
    memset(page, 'A' + i, sizeof page);
    EXPECT_SAME(write(fd, page, i == 2 ? 100 : PAGE), i == 2 ? 100 : (long)PAGE);
  }
  char *own = map(NULL, 3 * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE, fd, 0);
  char *middle = map(NULL, PAGE, PROT_READ, MAP_PRIVATE | MAP_POPULATE, fd, PAGE);
  EXPECT_SAME(own[2 * PAGE + 99], 'C');
  EXPECT_SAME(own[2 * PAGE + 100], 0);
  own[PAGE] = 'x';
  EXPECT_SAME(middle[0], 'B');
  char *copies = map(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_POPULATE, fd, 0);
  char *locked = map(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_LOCKED, fd, 0);
  char *both = map(NULL, 3 * PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
  both[0] = 'y';
  EXPECT_SAME(msync(both, PAGE, MS_SYNC), 0);
  char byte;
  EXPECT_SAME(pread(fd, &byte, 1, 0), 1);
  EXPECT_SAME(byte, 'y');
  EXPECT_SAME(own[0], 'y'); /* not copied yet */
  EXPECT_SAME(copies[0], 'A');
  EXPECT_SAME(locked[0], 'A');
  EXPECT_SAME(close(fd), 0);
  EXPECT_SAME(both[PAGE], 'B'); /* the mapping outlives the descriptor */
  ok("files");
}

static void growing(void) {
  /* A stack grows down by faults below it; leave room under it. */
  char *room = map(NULL, 512 * PAGE, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  EXPECT_SAME(munmap(room, 512 * PAGE), 0);
  char *top = map(room + 511 * PAGE, PAGE, PROT_READ | PROT_WRITE,
                  MAP_PRIVATE | MAP_ANONYMOUS | MAP_GROWSDOWN | MAP_FIXED, -1, 0);
  for (int i = 0; i < 20; i++) *(volatile char *)(top - i * PAGE) = i;
  for (int i = 0; i < 20; i++) EXPECT_SAME(*(volatile char *)(top - i * PAGE), i);
  EXPECT_SAME(munmap(top - 19 * PAGE, 20 * PAGE), 0);
  ok("growing down");
}

/* The program's own stack, some 400 KiB of it. */
__attribute__((noinline)) static long deep(long levels) {
  volatile char frame[PAGE];
  frame[0] = levels;
  long below = levels > 0 ? deep(levels - 1) : 0;
  return below + frame[0];
}

static void refusing(void) {
  errno = 0;
  EXPECT(mmap(NULL, 0, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) == MAP_FAILED);
  EXPECT_SAME(errno, EINVAL);
  EXPECT(mmap(NULL, PAGE, PROT_READ, MAP_PRIVATE, 999, 0) == MAP_FAILED);
  EXPECT_SAME(errno, EBADF);
  EXPECT(mmap(NULL, 1UL << 50, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) == MAP_FAILED);
  EXPECT_SAME(errno, ENOMEM);
  EXPECT_SAME(munmap((void *)1, PAGE), -1);
  EXPECT_SAME(errno, EINVAL);
  ok("refusals");
}

int main(void) {
  protecting();
  moving();
  breaking();
  advising();
  sharing();
  files();
  growing();
  EXPECT_SAME(deep(100), 5050);
  ok("deep stack");
  refusing();
  return 0;
}
