/*
 * Memory that a task writes into another, and into itself, by a call: process_vm_writev(2), and files of
 * /proc/PID/mem (proc(5)), which write to what the task itself may only read.
 */
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/uio.h>
#include <sys/wait.h>

#include "expect.h"

#define PAGE 4096

/* The same addresses in parent and child. */
static char *pages, *readable;

/* Tells its parent that it is there, and after the parent's answer what it finds in its memory. */
static void child(int in, int out) {
  char byte = 'r';
  EXPECT_SAME(write(out, &byte, 1), 1);
  EXPECT_SAME(read(in, &byte, 1), 1);
  EXPECT(memcmp(pages + PAGE - 3, "across", 6) == 0);
  EXPECT(strcmp(pages, "first") == 0);
  EXPECT(strcmp(readable, "by file") == 0);
  EXPECT(strcmp(readable + 100, "at its position") == 0);
  _exit(pages[17]);
}

static void write_file(pid_t pid) {
  char name[40];
  snprintf(name, sizeof name, "/proc/%d/mem", pid);
  int file = open(name, O_RDWR);
  EXPECT(file >= 0);
  EXPECT_SAME(pwrite(file, "by file", 8, (off_t)readable), 8);
  EXPECT_SAME(lseek(file, (off_t)readable + 100, SEEK_SET), (off_t)readable + 100);
  struct iovec parts[] = {{"at its ", 7}, {"position", 9}};
  EXPECT_SAME(writev(file, parts, 2), 16);
  char back[8];
  EXPECT_SAME(pread(file, back, sizeof back, (off_t)readable), 8);
  EXPECT(strcmp(back, "by file") == 0);
  close(file);
}

int main(void) {
  pages = mmap(NULL, 2 * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  readable = mmap(NULL, PAGE, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  int to_child[2], to_parent[2];
  EXPECT_SAME(pipe(to_child), 0);
  EXPECT_SAME(pipe(to_parent), 0);
  pid_t pid = fork();
  EXPECT(pid >= 0);
  if (pid == 0) child(to_child[0], to_parent[1]);
  char byte;
  EXPECT_SAME(read(to_parent[0], &byte, 1), 1);

  struct iovec from[] = {{"first", 6}, {"acro", 4}, {"ss*", 3}};
  struct iovec to[] = {{pages, 6}, {pages + PAGE - 3, 6}, {pages + 17, 1}};
  EXPECT_SAME(process_vm_writev(pid, from, 3, to, 3, 0), 13);
  ok("written by process_vm_writev");
  struct iovec nowhere[] = {{pages + 18, 1}, {NULL, 5}};
  EXPECT_SAME(process_vm_writev(pid, from, 1, nowhere, 2, 0), 1);
  errno = 0;
  EXPECT_SAME(process_vm_writev(pid, from, 1, nowhere + 1, 1, 0), -1);
  EXPECT_SAME(errno, EFAULT);
  ok("as far as there is memory");
  write_file(pid);
  ok("written by /proc/PID/mem");
  EXPECT_SAME(write(to_child[1], "g", 1), 1);
  int status;
  EXPECT_SAME(waitpid(pid, &status, 0), pid);
  EXPECT_SAME(status, '*' << 8);
  ok("all of it was there");

  EXPECT(readable[0] == 0);
  write_file(getpid());
  EXPECT(strcmp(readable, "by file") == 0);
  ok("its own memory");
  return 0;
}
