/* Pipes: what goes through them by read, write, splice, tee and vmsplice, and where they end. */
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <sys/wait.h>

#include "expect.h"

static char buffer[1 << 17];

static void make(int pipes[2], int flags) { EXPECT_SAME(pipe2(pipes, flags), 0); }

static void expect_read(int fd, const char *text) {
  size_t length = strlen(text);
  memset(buffer, '.', length + 1);
  EXPECT_SAME(read(fd, buffer, length), length);
  EXPECT_SAME(memcmp(buffer, text, length), 0);
  EXPECT_SAME(buffer[length], '.');
}

static int holds(int fd) {
  int count = -1;
  EXPECT_SAME(ioctl(fd, FIONREAD, &count), 0);
  return count;
}

static void sizes(void) {
  int pipes[2];
  make(pipes, O_NONBLOCK | O_CLOEXEC);
  EXPECT_SAME(fcntl(pipes[0], F_GETPIPE_SZ), 65536);
  EXPECT_SAME(write(pipes[1], buffer, sizeof buffer), 65536);
  EXPECT_SAME(write(pipes[1], buffer, 1), -1);
  EXPECT_SAME(errno, EAGAIN);
  EXPECT_SAME(holds(pipes[0]), 65536);
  EXPECT_SAME(fcntl(pipes[1], F_SETPIPE_SZ, 1 << 17), 1 << 17);
  EXPECT_SAME(write(pipes[1], "!", 1), 1);
  EXPECT_SAME(read(pipes[0], buffer, sizeof buffer), 65537);
  EXPECT_SAME(buffer[65536], '!');
  EXPECT_SAME(read(pipes[0], buffer, 1), -1);
  EXPECT_SAME(errno, EAGAIN);
  EXPECT_SAME(close(pipes[1]), 0);
  EXPECT_SAME(read(pipes[0], buffer, 1), 0);
  EXPECT_SAME(close(pipes[0]), 0);
  make(pipes, O_DIRECT); /* packets */
  EXPECT_SAME(write(pipes[1], "first", 5), 5);
  EXPECT_SAME(write(pipes[1], "second", 6), 6);
  EXPECT_SAME(read(pipes[0], buffer, 100), 5);
  EXPECT_SAME(read(pipes[0], buffer, 3), 3);
  EXPECT_SAME(memcmp(buffer, "sec", 3), 0);
  EXPECT_SAME(holds(pipes[0]), 0);
  EXPECT_SAME(close(pipes[0]), 0);
  EXPECT(signal(SIGPIPE, SIG_IGN) != SIG_ERR);
  EXPECT_SAME(write(pipes[1], "x", 1), -1);
  EXPECT_SAME(errno, EPIPE);
  EXPECT_SAME(close(pipes[1]), 0);
  ok("sizes, packets and ends");
}

static void spliced(void) {
  int first[2], second[2];
  char name[] = "/tmp/pipe-calls-XXXXXX";
  int file = mkstemp(name);
  EXPECT(file >= 0);
  EXPECT_SAME(unlink(name), 0);
  make(first, 0);
  make(second, 0);
  EXPECT_SAME(write(first[1], "one two three", 13), 13);
  EXPECT_SAME(tee(first[0], second[1], 7, 0), 7);
  expect_read(second[0], "one two");
  EXPECT_SAME(splice(first[0], NULL, second[1], NULL, 4, SPLICE_F_MOVE), 4);
  expect_read(second[0], "one ");
  off_t at = 5;
  EXPECT_SAME(splice(first[0], NULL, file, &at, 100, 0), 9);
  EXPECT_SAME(at, 14);
  at = 9;
  EXPECT_SAME(splice(file, &at, second[1], NULL, 100, 0), 5);
  EXPECT_SAME(at, 14);
  expect_read(second[0], "three");
  EXPECT_SAME(lseek(file, 0, SEEK_CUR), 0);
  EXPECT_SAME(splice(file, NULL, second[1], NULL, 100, 0), 14);
  EXPECT_SAME(lseek(file, 0, SEEK_CUR), 14);
  EXPECT_SAME(read(second[0], buffer, 100), 14);
  EXPECT_SAME(memcmp(buffer, "\0\0\0\0\0two three", 14), 0);
  errno = 0;
  EXPECT_SAME(splice(first[0], NULL, second[1], NULL, 1, SPLICE_F_NONBLOCK), -1);
  EXPECT_SAME(errno, EAGAIN);
  EXPECT_SAME(tee(first[0], first[1], 1, 0), -1);
  EXPECT_SAME(errno, EINVAL);
  at = 5;
  EXPECT_SAME(sendfile(second[1], file, &at, 4), 4);
  EXPECT_SAME(at, 9);
  expect_read(second[0], "two ");
  at = 5;
  EXPECT_SAME(sendfile(STDOUT_FILENO, file, &at, 0), 0);
  for (int i = 0; i < 2; i++) close(first[i]), close(second[i]);
  close(file);
  ok("splice, tee and sendfile");
}

static void from_memory(void) {
  int pipes[2];
  make(pipes, 0);
  struct iovec parts[] = {{"from ", 5}, {"memory", 6}};
  EXPECT_SAME(vmsplice(pipes[1], parts, 2, 0), 11);
  EXPECT_SAME(holds(pipes[0]), 11);
  struct iovec into[] = {{buffer, 3}, {buffer + 100, 50}};
  memset(buffer, '.', 200);
  EXPECT_SAME(vmsplice(pipes[0], into, 2, 0), 11);
  EXPECT(memcmp(buffer, "fro.", 4) == 0 && memcmp(buffer + 100, "m memory.", 9) == 0);
  EXPECT_SAME(writev(pipes[1], parts, 2), 11);
  into[0].iov_len = 1;
  EXPECT_SAME(readv(pipes[0], into, 2), 11);
  EXPECT(buffer[0] == 'f' && buffer[1] == 'r' && memcmp(buffer + 100, "rom memory.", 11) == 0);
  close(pipes[0]), close(pipes[1]);
  ok("vmsplice");
}

/* A chain of processes, each of which passes on what it reads. */
static void chain(void) {
  int in[2], out[2];
  make(in, 0);
  int entrance = in[1], previous = in[0];
  for (int i = 0; i < 3; i++) {
    make(out, 0);
    pid_t pid = fork();
    EXPECT(pid >= 0);
    if (pid == 0) {
      close(entrance), close(out[0]);
      long passed = 0, now;
      while ((now = splice(previous, NULL, out[1], NULL, 5000, 0)) > 0) passed += now;
      _exit(now == 0 && passed == 100000 ? 0 : 1);
    }
    close(previous), close(out[1]);
    previous = out[0];
  }
  pid_t pid = fork();
  EXPECT(pid >= 0);
  if (pid == 0) {
    for (int i = 0; i < 100; i++) {
      memset(buffer, 'a' + i % 26, 1000);
      EXPECT_SAME(write(entrance, buffer, 1000), 1000);
    }
    _exit(0);
  }
  close(entrance);
  uint64_t hash = FNV_START;
  long total = 0;
  for (ssize_t got; (got = read(previous, buffer, 777)) != 0; total += got) {
    EXPECT(got > 0);
    hash = fnv(hash, buffer, got);
  }
  EXPECT_SAME(total, 100000);
  close(previous);
  for (int i = 0, status; i < 4; i++) {
    EXPECT(wait(&status) > 0);
    EXPECT_SAME(status, 0);
  }
  ok("a chain of processes, hash %016lx", (unsigned long)hash);
}

static void named(void) {
  char name[] = "/tmp/pipe-calls-XXXXXX";
  EXPECT(mkdtemp(name));
  char path[64];
  snprintf(path, sizeof path, "%s/fifo", name);
  EXPECT_SAME(mkfifo(path, 0600), 0);
  EXPECT_SAME(open(path, O_WRONLY | O_NONBLOCK), -1);
  EXPECT_SAME(errno, ENXIO);
  pid_t pid = fork();
  EXPECT(pid >= 0);
  if (pid == 0) {
    int fd = open(path, O_WRONLY); /* waits for the reader */
    EXPECT_SAME(write(fd, "by name", 7), 7);
    _exit(0);
  }
  int fd = open(path, O_RDONLY);
  struct pollfd entry = {.fd = fd, .events = POLLIN};
  EXPECT_SAME(poll(&entry, 1, -1), 1);
  expect_read(fd, "by name");
  int status;
  EXPECT_SAME(waitpid(pid, &status, 0), pid);
  EXPECT_SAME(status, 0);
  EXPECT_SAME(poll(&entry, 1, -1), 1);
  EXPECT_SAME(entry.revents, POLLHUP);
  close(fd);
  EXPECT_SAME(unlink(path), 0);
  EXPECT_SAME(rmdir(name), 0);
  ok("by name");
}

int main(void) {
  sizes();
  spliced();
  from_memory();
  chain();
  named();
  return 0;
}
