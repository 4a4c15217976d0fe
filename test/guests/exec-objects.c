/*
 * Maps hundreds of files, and executes itself several times with many of them mapped; a child made by
 * vfork executes it meanwhile, and both go on to map files.
 */
#include <sys/mman.h>
#include <sys/wait.h>

#include "expect.h"

enum { FILES = 300, ROUNDS = 4, CHILD = 10 };

static const char *self = "/proc/self/exe";

/* Maps files of a word each, the first of them last, and looks whether each shows its own. */
static void map_files(int count, int first) {
  for (int i = count - 1; i >= 0; i--) {
    int fd = memfd_create("file", 0);
    int word = first + i;
    EXPECT_SAME(write(fd, &word, sizeof word), (ssize_t)sizeof word);
    const int *mapped = mmap(NULL, sizeof word, PROT_READ, MAP_PRIVATE, fd, 0);
    EXPECT(mapped != MAP_FAILED);
    EXPECT_SAME(*mapped, word);
    close(fd);
  }
}

static void child(void) {
  pid_t pid = vfork();
  if (pid == 0) {
    execl(self, "exec-objects", "10", NULL);
    _exit(127);
  }
  int status;
  EXPECT_SAME(waitpid(pid, &status, 0), pid);
  EXPECT_SAME(status, 0);
}

int main(int argc, char **argv) {
  const int round = argc > 1 ? atoi(argv[1]) : 0;
  map_files(FILES, round * FILES);
  if (round == CHILD) return 0;
  child();
  map_files(10, round * FILES + 1000000);
  char next[16];
  snprintf(next, sizeof next, "%d", round + 1);
  if (round + 1 < ROUNDS) execl(self, "exec-objects", next, NULL);
  ok("every file showed what is in it");
  return 0;
}
