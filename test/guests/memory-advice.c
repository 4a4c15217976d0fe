/*
 * madvise(2) where it changes content or inheritance, locked and sparse memory, protection keys, and memory that
 * processes read and write of each other.
 */
#include <poll.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/uio.h>

#include "memory.h"

/* linux/mman.h; newer than some C libraries. */
#ifndef MADV_DONTNEED_LOCKED
#define MADV_DONTNEED_LOCKED 24
#endif
#define GUARD_INSTALL 102
#define GUARD_REMOVE 103

static char *pages;

static void dropped(void) {
  char *at = anonymous(5);
  memset(at, 'd', 5 * PAGE);
  EXPECT_SAME(madvise(at + PAGE, PAGE, MADV_DONTNEED), 0);
  EXPECT(at[0] == 'd' && at[PAGE] == 0 && at[2 * PAGE] == 'd');
  /* Over a hole it goes on, and fails all the same. */
  EXPECT_SAME(munmap(at + 3 * PAGE, PAGE), 0);
  EXPECT_SAME(madvise(at + 2 * PAGE, 3 * PAGE, MADV_DONTNEED), -1);
  EXPECT_SAME(errno, ENOMEM);
  EXPECT(at[0] == 'd' && at[2 * PAGE] == 0 && at[4 * PAGE] == 0);
  /* A private mapping of a file shows the file again. */
  int fd = lettered_file("/tmp", 2);
  char *own = map(NULL, 2 * PAGE, READ_WRITE, MAP_PRIVATE, fd, 0);
  own[0] = own[PAGE] = 'o';
  EXPECT_SAME(madvise(own, PAGE, MADV_DONTNEED), 0);
  EXPECT(own[0] == 'A' && own[PAGE] == 'o');
  char *data = sbrk(2 * PAGE);
  memset(data, 'h', 2 * PAGE);
  EXPECT_SAME(madvise((char *)((uintptr_t)(data + PAGE) & -PAGE), PAGE, MADV_DONTNEED), 0);
  EXPECT_SAME(((volatile char *)data)[PAGE], 0);
  close(fd);
  ok("MADV_DONTNEED");
}

/* The kernel may drop what was free when it likes: a write keeps a page. */
static void freed(void) {
  char *at = anonymous(2);
  memset(at, 'f', 2 * PAGE);
  EXPECT_SAME(madvise(at, 2 * PAGE, MADV_FREE), 0);
  at[1] = 'w';
  EXPECT(at[1] == 'w' && (at[2] == 'f' || at[2] == 0));
  EXPECT(at[PAGE] == 'f' || at[PAGE] == 0);
  EXPECT_SAME(munmap(at + PAGE, PAGE), 0);
  at[0] = 'k';
  EXPECT_SAME(madvise(at, 2 * PAGE, MADV_FREE), -1);
  EXPECT_SAME(errno, ENOMEM);
  ok("MADV_FREE");
}

static void removed(void) {
  int fd = memfd_create("removed", 0);
  EXPECT_SAME(ftruncate(fd, 3 * PAGE), 0);
  char *at = map(NULL, 3 * PAGE, READ_WRITE, MAP_SHARED, fd, 0), *second = map(NULL, PAGE, PROT_READ, MAP_SHARED, fd, PAGE);
  memset(at, 'r', 3 * PAGE);
  EXPECT_SAME(madvise(at + PAGE, PAGE, MADV_REMOVE), 0);
  EXPECT(at[0] == 'r' && second[0] == 0 && at[2 * PAGE] == 'r');
  char *all = map(NULL, 2 * PAGE, READ_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  memset(all, 'a', 2 * PAGE);
  EXPECT_SAME(madvise(all, PAGE, MADV_DONTNEED), 0);
  EXPECT_SAME(all[0], 'a');
  EXPECT_SAME(madvise(all, PAGE, MADV_REMOVE), 0);
  EXPECT(all[0] == 0 && all[PAGE] == 'a');
  close(fd);
  ok("MADV_REMOVE");
}

static void look_at_advised(void) {
  EXPECT_SAME(read_of(pages), SIGSEGV);
  EXPECT(pages[PAGE] == 0 && pages[2 * PAGE] == '2' && pages[3 * PAGE] == '3');
  pages[PAGE] = 'c';
  pid_t pid = fork();
  if (pid == 0) _exit(pages[PAGE]); /* wiped in each generation */
  int status;
  EXPECT_SAME(waitpid(pid, &status, 0), pid);
  EXPECT_SAME(status, 0);
}

static void inherited(void) {
  pages = anonymous(4);
  for (int i = 0; i < 4; i++) pages[i * PAGE] = '0' + i;
  EXPECT_SAME(madvise(pages, PAGE, MADV_DONTFORK), 0);
  EXPECT_SAME(madvise(pages + PAGE, PAGE, MADV_WIPEONFORK), 0);
  EXPECT_SAME(madvise(pages + 2 * PAGE, PAGE, MADV_DONTFORK), 0);
  EXPECT_SAME(madvise(pages + 2 * PAGE, PAGE, MADV_DOFORK), 0);
  EXPECT_SAME(madvise(pages + 3 * PAGE, PAGE, MADV_WIPEONFORK), 0);
  EXPECT_SAME(madvise(pages + 3 * PAGE, PAGE, MADV_KEEPONFORK), 0);
  in_child(look_at_advised);
  EXPECT(pages[0] == '0' && pages[PAGE] == '1');
  ok("MADV_DONTFORK and MADV_WIPEONFORK");
}

/* Linux 6.13; older kernels do not know the advice. */
static void guarded(void) {
  char *at = anonymous(3);
  memset(at, 'g', 3 * PAGE);
  if (madvise(at + PAGE, PAGE, GUARD_INSTALL) == 0) {
    EXPECT_SAME(read_of(at + PAGE), SIGSEGV);
    EXPECT_SAME(read_of(at + 2 * PAGE), 0);
    EXPECT_SAME(madvise(at, 3 * PAGE, GUARD_REMOVE), 0);
    EXPECT(at[0] == 'g' && at[PAGE] == 0 && at[2 * PAGE] == 'g');
  } else {
    EXPECT_SAME(errno, EINVAL);
  }
  ok("guards");
}

/* Advice that a program cannot see, and what is said of memory. */
static void told(void) {
  char *at = anonymous(4);
  static const int advices[] = {MADV_NORMAL, MADV_RANDOM, MADV_SEQUENTIAL, MADV_WILLNEED, MADV_DONTDUMP, MADV_DODUMP, MADV_NOHUGEPAGE, MADV_COLD, MADV_PAGEOUT};
  at[0] = 't';
  for (size_t i = 0; i < sizeof advices / sizeof *advices; i++) madvise(at, PAGE, advices[i]);
  EXPECT_SAME(at[0], 't');
  EXPECT_SAME(madvise(at, PAGE, 12345), -1);
  EXPECT_SAME(errno, EINVAL);
  EXPECT_SAME(madvise(at + 2 * PAGE, 2 * PAGE, MADV_POPULATE_WRITE), 0);
  unsigned char resident[4];
  EXPECT_SAME(mincore(at, 4 * PAGE, resident), 0);
  EXPECT(!(resident[1] & 1) && resident[2] & 1 && resident[3] & 1);
  /* Up to a hole it is told. */
  char *end = anonymous(2);
  end[0] = 'e';
  memset(resident, 8, sizeof resident);
  EXPECT_SAME(munmap(end + PAGE, PAGE), 0);
  EXPECT_SAME(mincore(end, 2 * PAGE, resident), -1);
  EXPECT_SAME(errno, ENOMEM);
  EXPECT_SAME(resident[0], 1);
  EXPECT_SAME(resident[1], 8);
  if (mlock(at, 2 * PAGE) == 0) {
    EXPECT_SAME(mincore(at, 4 * PAGE, resident), 0);
    EXPECT(resident[1] & 1);
    EXPECT_SAME(madvise(at, PAGE, MADV_DONTNEED), -1);
    EXPECT_SAME(errno, EINVAL);
    EXPECT_SAME(at[0], 't');
    if (madvise(at, PAGE, MADV_DONTNEED_LOCKED) == 0) EXPECT_SAME(at[0], 0);
    EXPECT_SAME(mlock2(at + 3 * PAGE, PAGE, MLOCK_ONFAULT), 0);
    EXPECT_SAME(munlock(at, 4 * PAGE), 0);
    EXPECT_SAME(mlockall(MCL_CURRENT), 0);
    EXPECT_SAME(munlockall(), 0);
  }
  EXPECT_SAME(prctl(PR_SET_VMA, PR_SET_VMA_ANON_NAME, at, PAGE, "named") == 0 || errno == EINVAL, 1);
  ok("advice and locks");
}

static void sparse(void) {
  size_t size = 1UL << 44;
  char *at = map(NULL, size, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  uint64_t hash = FNV_START;
  for (size_t offset = 0; offset < size; offset += size / 16) {
    EXPECT_SAME(mprotect(at + offset, PAGE, READ_WRITE), 0);
    at[offset] = offset >> 40;
    hash = fnv(hash, at + offset, PAGE);
  }
  EXPECT_SAME(read_of(at + PAGE), SIGSEGV);
  EXPECT_SAME(madvise(at, size, MADV_DONTNEED), 0);
  EXPECT_SAME(at[size / 2], 0);
  EXPECT_SAME(munmap(at, size), 0);
  char *writable = map(NULL, 1UL << 40, READ_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  writable[1UL << 39] = 's';
  int fd = memfd_create("sparse", 0);
  EXPECT_SAME(ftruncate(fd, 1L << 40), 0);
  char *file = map(NULL, 1UL << 40, READ_WRITE, MAP_SHARED | MAP_NORESERVE, fd, 0);
  file[1UL << 38] = 'f';
  EXPECT_SAME(pread(fd, writable, 1, 1L << 38), 1);
  EXPECT_SAME(writable[0], 'f');
  EXPECT_SAME(pwrite(fd, "end", 3, (1L << 40) - 3), 3);
  EXPECT_SAME(memcmp(file + (1UL << 40) - 3, "end", 3), 0);
  close(fd);
  ok("sparse memory, hash %016lx", (unsigned long)hash);
}

/* Where the processor or the kernel has none, pkey_alloc says so. */
static void keys(void) {
  int key = pkey_alloc(0, 0);
  if (key < 0) {
    EXPECT(errno == ENOSPC || errno == EINVAL || errno == ENOSYS);
    ok("protection keys");
    return;
  }
  char *at = anonymous(2);
  at[0] = 'k';
  EXPECT_SAME(pkey_mprotect(at, PAGE, READ_WRITE, key), 0);
  EXPECT_SAME(pkey_set(key, PKEY_DISABLE_WRITE), 0);
  EXPECT_SAME(at[0], 'k');
  EXPECT_SAME(write_of(at, 'w'), SIGSEGV);
  EXPECT_SAME(fault.si_code, SEGV_PKUERR);
  EXPECT_SAME(pkey_set(key, PKEY_DISABLE_ACCESS), 0);
  EXPECT_SAME(read_of(at), SIGSEGV);
  EXPECT_SAME(write_of(at + PAGE, 'w'), 0);
  EXPECT_SAME(pkey_set(key, 0), 0);
  EXPECT_SAME(write_of(at, 'w'), 0);
  EXPECT_SAME(pkey_free(key), 0);
  ok("protection keys");
}

/* One process reads and changes the memory of another, which waits for it. */
static void other_memory(void) {
  int pipes[2];
  pages = anonymous(2);
  strcpy(pages, "the child's");
  EXPECT_SAME(pipe(pipes), 0);
  pid_t pid = fork();
  EXPECT(pid >= 0);
  if (pid == 0) {
    char byte;
    EXPECT_SAME(read(pipes[0], &byte, 1), 1);
    _exit(strcmp(pages, "The child's") == 0 && strcmp(pages + PAGE, "by file") == 0 ? 0 : 2);
  }
  strcpy(pages, "the parent's");
  char back[32], text[64];
  struct iovec here[] = {{back, 4}, {back + 4, 28}}, there[] = {{pages, 12}, {(char *)1, 1}};
  EXPECT_SAME(process_vm_readv(pid, here, 2, there, 2, 0), 12);
  EXPECT_SAME(strcmp(back, "the child's"), 0);
  EXPECT_SAME(process_vm_writev(pid, &(struct iovec){"T", 1}, 1, there, 1, 0), 1);
  snprintf(text, sizeof text, "/proc/%d/mem", pid);
  int fd = open(text, O_RDWR);
  EXPECT(fd >= 0);
  EXPECT_SAME(pwrite(fd, "by file", 8, (off_t)pages + PAGE), 8);
  EXPECT_SAME(pread(fd, back, 11, (off_t)pages), 11);
  EXPECT_SAME(memcmp(back, "The child's", 11), 0);
  EXPECT_SAME(pread(fd, back, 1, 16), -1);
  EXPECT_SAME(errno, EIO);
  EXPECT_SAME(write(pipes[1], "!", 1), 1);
  reap(pid);
  EXPECT_SAME(strcmp(pages, "the parent's"), 0);
  there[0].iov_base = pages + PAGE;
  EXPECT_SAME(process_vm_readv(getpid(), here, 1, there, 1, 0), 4); /* of itself */
  EXPECT_SAME(back[0], 0);
  ok("the memory of another process");
}

/* Advice for memory of another process, which Linux 5.10 to 6.x allows in part. */
static void advised_other(void) {
  long self = syscall(SYS_pidfd_open, getpid(), 0);
  char *at = anonymous(2);
  at[0] = 'o';
  struct iovec part = {at, PAGE};
  long result = syscall(SYS_process_madvise, self, &part, 1, MADV_DONTNEED, 0); /* of itself: since Linux 6.13 */
  EXPECT(result == -1 ? at[0] == 'o' : result == (long)PAGE && at[0] == 0);
  result = syscall(SYS_process_madvise, self, &part, 1, MADV_WILLNEED, 0);
  EXPECT(result == (long)PAGE || result == -1);
  close(self);
  ok("process_madvise");
}

int main(void) {
  catch_faults();
  dropped();
  freed();
  removed();
  inherited();
  guarded();
  told();
  sparse();
  keys();
  other_memory();
  advised_other();
  return 0;
}
