/*
 * Memory mapped in every way, and what /proc/self/maps says of it, in the program and in a child: what
 * its maker shares with it, what it keeps from it.
 */
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/wait.h>

#include "expect.h"

#define PAGE 4096UL
#define READ_WRITE (PROT_READ | PROT_WRITE)

static char *map(size_t pages, int flags, int fd, int first) {
  char *at = mmap(NULL, pages * PAGE, READ_WRITE, flags, fd, first * PAGE);
  EXPECT(at != MAP_FAILED);
  return at;
}

/* What the kernel says, without any memory of the C library in between. */
static void print_maps(void) {
  static char text[65536];
  int fd = open("/proc/self/maps", O_RDONLY);
  EXPECT(fd >= 0);
  for (ssize_t got; (got = read(fd, text, sizeof text)) > 0;) EXPECT_SAME(write(1, text, got), got);
  close(fd);
}

/* A window onto a file: pages in any order, some of them twice. */
static void map_file(void) {
  int fd = memfd_create("pages", 0);
  EXPECT_SAME(ftruncate(fd, 8 * PAGE), 0);
  char *window = map(6, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  static const int order[] = {3, 0, 1, 1, 7};
  for (int i = 0; i < 5; i++) EXPECT(mmap(window + i * PAGE, PAGE, i % 2 ? PROT_READ : READ_WRITE, MAP_SHARED | MAP_FIXED, fd, order[i] * PAGE) != MAP_FAILED);
  char *all = map(8, MAP_SHARED, fd, 0), *copy = map(2, MAP_PRIVATE, fd, 3);
  copy[0] = 1;
  EXPECT_SAME(munmap(all + 4 * PAGE, PAGE), 0);
  EXPECT_SAME(mprotect(all + 5 * PAGE, PAGE, PROT_NONE), 0);
  EXPECT(mremap(all + 6 * PAGE, PAGE, PAGE, MREMAP_MAYMOVE | MREMAP_FIXED, map(1, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0)) != MAP_FAILED);
  EXPECT(mremap(all + PAGE, 0, 2 * PAGE, MREMAP_MAYMOVE) != MAP_FAILED);
}

static void map_nothing(void) {
  char *shared = map(4, MAP_SHARED | MAP_ANONYMOUS, -1, 0), *kept = map(3, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  EXPECT_SAME(mprotect(shared + PAGE, PAGE, PROT_READ), 0);
  EXPECT_SAME(madvise(kept + PAGE, PAGE, MADV_DONTFORK), 0);
  char *own = map(5, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  EXPECT_SAME(mprotect(own + 2 * PAGE, PAGE, PROT_READ | PROT_EXEC), 0);
  EXPECT(mremap(own + 3 * PAGE, PAGE, 3 * PAGE, MREMAP_MAYMOVE) != MAP_FAILED);
  EXPECT(mremap(own, PAGE, PAGE, MREMAP_MAYMOVE | MREMAP_DONTUNMAP, 0) != MAP_FAILED);
  EXPECT(sbrk(5 * PAGE) != (void *)-1);
  EXPECT(sbrk(-2 * (long)PAGE) != (void *)-1);
}

int main(void) {
  map_file();
  map_nothing();
  print_maps();
  pid_t child = fork();
  if (child == 0) {
    print_maps();
    _exit(0);
  }
  int status;
  EXPECT_SAME(waitpid(child, &status, 0), child);
  EXPECT_SAME(status, 0);
  print_maps();
  return 0;
}
