/*
 * Page-granular shared mappings: one page of a file at several addresses of one address space, in
 * another order in a second window, and in several processes; each write through one is seen
 * through all. Pipes fix the order of accesses.
 */
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include "expect.h"

#define PAGE 4096UL
#define PAGES 16
#define PROCESSES 3

static char *map_page(char *at, int fd, int page, int protection) {
  char *where = mmap(at, PAGE, protection, MAP_SHARED | (at ? MAP_FIXED : 0), fd, page * PAGE);
  EXPECT(where != MAP_FAILED);
  return where;
}

/* A window of PAGES pages of nothing, to be filled page by page. */
static char *window(void) {
  char *at = mmap(NULL, PAGES * PAGE, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  EXPECT(at != MAP_FAILED);
  return at;
}

static int new_file(const char *kind) {
  int fd = strcmp(kind, "memfd") == 0 ? memfd_create("pages", MFD_CLOEXEC)
                                      : open("/dev/shm", O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
  EXPECT(fd >= 0);
  EXPECT_SAME(ftruncate(fd, PAGES * PAGE), 0);
  return fd;
}

/* The same pages forwards, backwards, and the first one in every place of a third window. */
static void one_address_space(const char *kind) {
  int fd = new_file(kind);
  char *forwards = window(), *backwards = window(), *same = window();
  for (int i = 0; i < PAGES; i++) {
    map_page(forwards + i * PAGE, fd, i, PROT_READ | PROT_WRITE);
    map_page(backwards + i * PAGE, fd, PAGES - 1 - i, PROT_READ | PROT_WRITE);
    map_page(same + i * PAGE, fd, 0, i % 2 ? PROT_READ : PROT_READ | PROT_WRITE);
  }
  for (int i = 0; i < PAGES; i++) {
    volatile char *there = backwards + (PAGES - 1 - i) * PAGE + i;
    forwards[i * PAGE + i] = 'a' + i;
    EXPECT_SAME(*there, 'a' + i);
    *there = 'A' + i;
    EXPECT_SAME(((volatile char *)forwards)[i * PAGE + i], 'A' + i);
  }
  same[4 * PAGE + 100] = 'x';
  for (int i = 0; i < PAGES; i++) EXPECT_SAME(same[i * PAGE + 100], 'x');
  EXPECT_SAME(forwards[100], 'x');

  /* The file is the same memory, through read and write too. */
  char text[8] = "";
  EXPECT_SAME(pwrite(fd, "written", 7, 5 * PAGE + 50), 7);
  EXPECT_SAME(memcmp(forwards + 5 * PAGE + 50, "written", 7), 0);
  memcpy(backwards + 60, "mapped", 6);
  EXPECT_SAME(pread(fd, text, 6, (PAGES - 1) * PAGE + 60), 6);
  EXPECT_SAME(strcmp(text, "mapped"), 0);

  /* A page replaced by another one, and a private copy that leaves the file alone. */
  map_page(forwards, fd, 5, PROT_READ);
  EXPECT_SAME(memcmp(forwards + 50, "written", 7), 0);
  char *copy = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE, fd, 5 * PAGE);
  EXPECT(copy != MAP_FAILED);
  memcpy(copy + 50, "private", 7);
  EXPECT_SAME(memcmp(forwards + 50, "written", 7), 0);
  EXPECT_SAME(mprotect(forwards + PAGE, PAGE, PROT_READ), 0);
  backwards[(PAGES - 2) * PAGE + 9] = 'p';
  EXPECT_SAME(forwards[PAGE + 9], 'p');

  uint64_t hash = fnv(FNV_START, forwards, PAGES * PAGE);
  hash = fnv(fnv(hash, backwards, PAGES * PAGE), same, PAGES * PAGE);
  EXPECT_SAME(munmap(forwards, PAGES * PAGE), 0);
  EXPECT_SAME(munmap(backwards, PAGES * PAGE), 0);
  EXPECT_SAME(munmap(same, PAGES * PAGE), 0);
  EXPECT_SAME(munmap(copy, PAGE), 0);
  close(fd);
  ok("%s: one address space, hash %016lx", kind, (unsigned long)hash);
}

/* One process of the ring: for each turn it is given, checks the last writer's word and adds one. */
static void member(int fd, int self, int in, int out, int turns) {
  char *mine = window();
  for (int i = 0; i < PAGES; i++) map_page(mine + i * PAGE, fd, (i + self) % PAGES, PROT_READ | PROT_WRITE);
  volatile long *word = (long *)(mine + (PAGES - self) % PAGES * PAGE); /* page 0 of the file */
  for (int turn = 0; turn < turns; turn++) {
    long expected;
    EXPECT_SAME(read(in, &expected, sizeof expected), sizeof expected);
    EXPECT_SAME(*word, expected);
    *word = ++expected;
    mine[(PAGES - self + 1) % PAGES * PAGE + expected] = 'a' + self; /* page 1: who wrote when */
    EXPECT_SAME(write(out, &expected, sizeof expected), sizeof expected);
  }
}

static void several_processes(const char *kind, long clone_flags) {
  enum { TURNS = 20 };
  int fd = new_file(kind), pipes[PROCESSES + 1][2];
  pid_t pids[PROCESSES];
  long count = 0;
  for (int i = 0; i <= PROCESSES; i++) EXPECT_SAME(pipe(pipes[i]), 0);
  for (int i = 0; i < PROCESSES; i++) {
    pids[i] = syscall(SYS_clone, clone_flags | SIGCHLD, 0, NULL, NULL, 0);
    EXPECT(pids[i] >= 0);
    if (pids[i] == 0) {
      member(fd, i + 1, pipes[i][0], pipes[i + 1][1], TURNS);
      _exit(0);
    }
  }
  for (int turn = 0; turn < TURNS; turn++) {
    EXPECT_SAME(write(pipes[0][1], &count, sizeof count), sizeof count);
    EXPECT_SAME(read(pipes[PROCESSES][0], &count, sizeof count), sizeof count);
  }
  EXPECT_SAME(count, TURNS * PROCESSES);
  for (int i = 0; i < PROCESSES; i++) {
    int status;
    EXPECT_SAME(waitpid(pids[i], &status, 0), pids[i]);
    EXPECT_SAME(status, 0);
  }
  char text[TURNS * PROCESSES + 1] = "";
  EXPECT_SAME(pread(fd, text, TURNS * PROCESSES, PAGE + 1), TURNS * PROCESSES);
  EXPECT_SAME(strncmp(text, "bcdbcdbcd", 9), 0);
  for (int i = 0; i <= PROCESSES; i++) {
    close(pipes[i][0]);
    close(pipes[i][1]);
  }
  close(fd);
  ok("%s: %d processes%s, %s", kind, PROCESSES, clone_flags ? " sharing descriptors" : "", text);
}

int main(void) {
  static const char *const kinds[] = {"memfd", "tmpfs"};
  for (int i = 0; i < 2; i++) {
    one_address_space(kinds[i]);
    several_processes(kinds[i], 0);
    several_processes(kinds[i], CLONE_FILES);
  }
  return 0;
}
