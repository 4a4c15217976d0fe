/*
 * Tells, for each line of input, what its mappings of a file show: a private one, a private one with a page of its own, and a
 * shared one that it writes to. For an 'm' it maps the file anew. Somebody else writes to the file meanwhile.
 */
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <sys/mman.h>

#include "expect.h"

enum { PAGE = 4096, PAGES = 2, SHOWN = 12 };

static sigjmp_buf back;

static void on_fault(int signal) { siglongjmp(back, signal); }

static char *map(int file, int flags) {
  char *at = mmap(NULL, PAGES * PAGE, PROT_READ | PROT_WRITE, flags, file, 0);
  EXPECT(at != MAP_FAILED);
  return at;
}

static void show(const char *name, const char *at) {
  if (sigsetjmp(back, 1)) {
    printf(" %s faults", name);
    return;
  }
  char text[SHOWN + 1] = "";
  for (int i = 0; i < SHOWN; i++) text[i] = at[i] < ' ' ? '.' : at[i];
  printf(" %s %s", name, text);
}

int main(int count, char **arguments) {
  EXPECT_SAME(count, 2);
  EXPECT(signal(SIGBUS, on_fault) != SIG_ERR);
  int file = open(arguments[1], O_RDWR);
  EXPECT(file >= 0);
  char *clean = map(file, MAP_PRIVATE), *own = map(file, MAP_PRIVATE), *shared = map(file, MAP_SHARED);
  own[0] = '*';
  char line[16];
  for (int turn = 0;; turn++) {
    printf("%d:", turn);
    show("private", clean);
    show("own", own);
    show("shared", shared);
    show("second page", shared + PAGE);
    putchar('\n');
    fflush(stdout);
    ssize_t got = read(STDIN_FILENO, line, sizeof line);
    EXPECT(got >= 0);
    if (got == 0) break;
    shared[1] = (char)('a' + turn);
    if (line[0] == 'm') {
      EXPECT_SAME(munmap(clean, PAGES * PAGE), 0);
      EXPECT_SAME(munmap(own, PAGES * PAGE), 0);
      EXPECT_SAME(munmap(shared, PAGES * PAGE), 0);
      printf("unmapped\n");
      fflush(stdout);
      EXPECT(read(STDIN_FILENO, line, sizeof line) > 0);
      clean = map(file, MAP_PRIVATE), own = map(file, MAP_PRIVATE), shared = map(file, MAP_SHARED);
    }
  }
  return 0;
}
