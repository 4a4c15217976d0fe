/*
 * A child that shares its parent's descriptors and nothing else: what it opens stays open for the
 * parent after its death, what it writes to memory stays its own.
 */
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include "expect.h"

static long own = 1;

static pid_t share(void) { return syscall(SYS_clone, CLONE_FILES | SIGCHLD, 0, NULL, NULL, 0); }

static int finish(pid_t pid) {
  int status;
  EXPECT_SAME(waitpid(pid, &status, 0), pid);
  EXPECT(WIFEXITED(status));
  return WEXITSTATUS(status);
}

/* The child opens files, the parent reads through them after the child's death. */
static void opened_descriptor(void) {
  int report[2];
  EXPECT_SAME(pipe(report), 0);
  pid_t pid = share();
  if (pid == 0) {
    own = 2;
    int fd = open("/dev/shm", O_TMPFILE | O_RDWR, 0600);
    if (fd < 0 || write(fd, "from the child", 14) != 14 || lseek(fd, 5, SEEK_SET) != 5) _exit(100);
    _exit(write(report[1], &fd, sizeof fd) == sizeof fd ? 7 : 101);
  }
  int fd, status = finish(pid);
  char text[20] = "";
  EXPECT_SAME(status, 7);
  EXPECT_SAME(read(report[0], &fd, sizeof fd), sizeof fd);
  EXPECT(fcntl(fd, F_GETFD) >= 0);
  EXPECT_SAME(read(fd, text, sizeof text - 1), 9); /* the offset is the child's */
  EXPECT_SAME(strcmp(text, "the child"), 0);
  EXPECT_SAME(own, 1);
  char *map = mmap(NULL, 4096, PROT_READ, MAP_SHARED, fd, 0);
  EXPECT(map != MAP_FAILED);
  EXPECT_SAME(memcmp(map, "from the child", 14), 0);
  EXPECT_SAME(close(fd), 0);
  EXPECT_SAME(close(report[0]), 0);
  EXPECT_SAME(close(report[1]), 0);
  ok("descriptor %d outlived its opener", fd);
}

/* What one closes is closed for the other; a close-on-exec flag is shared as well. */
static void closed_descriptor(void) {
  int fd = open("/dev/null", O_RDONLY);
  EXPECT(fd >= 0);
  int other = dup(fd);
  pid_t pid = share();
  if (pid == 0) _exit(close(fd) == 0 && fcntl(other, F_SETFD, FD_CLOEXEC) == 0 ? 0 : 1);
  EXPECT_SAME(finish(pid), 0);
  errno = 0;
  EXPECT_SAME(fcntl(fd, F_GETFD), -1);
  EXPECT_SAME(errno, EBADF);
  EXPECT_SAME(fcntl(other, F_GETFD), FD_CLOEXEC);
  EXPECT_SAME(close(other), 0);
  ok("close is shared");
}

/* A chain: the grandchild writes after its parent's death, and what it closes is closed for all. */
static void chain(void) {
  int go[2], done[2];
  EXPECT_SAME(pipe(go), 0);
  EXPECT_SAME(pipe(done), 0);
  pid_t pid = share();
  if (pid == 0) {
    int mine = memfd_create("chain", 0);
    if (share() == 0) {
      char ready;
      if (read(go[0], &ready, 1) != 1) _exit(1);
      _exit(write(mine, "grandchild", 10) == 10 && close(done[1]) == 0 ? 0 : 1);
    }
    _exit(mine);
  }
  int fd = finish(pid);
  char byte, text[11] = "";
  EXPECT_SAME(write(go[1], "x", 1), 1);
  EXPECT_SAME(read(done[0], &byte, 1), 0); /* the end of the pipe: its only writer is closed */
  EXPECT_SAME(pread(fd, text, 10, 0), 10);
  EXPECT_SAME(strcmp(text, "grandchild"), 0);
  EXPECT_SAME(close(fd), 0);
  EXPECT_SAME(close(done[0]), 0);
  EXPECT_SAME(close(go[0]), 0);
  EXPECT_SAME(close(go[1]), 0);
  ok("%s wrote after its parent's death", text);
}

int main(void) {
  opened_descriptor();
  closed_descriptor();
  chain();
  return 0;
}
