/* Mappings and children as the programs about memory share them; every failure ends the program. */
#ifndef MEMORY_H
#define MEMORY_H

#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/wait.h>

#include "expect.h"

#define PAGE 4096UL
#define READ_WRITE (PROT_READ | PROT_WRITE)

__attribute__((unused)) static char *map(void *at, size_t size, int protection, int flags, int fd, off_t offset) {
  char *where = mmap(at, size, protection, flags, fd, offset);
  EXPECT(where != MAP_FAILED);
  return where;
}

__attribute__((unused)) static char *anonymous(size_t pages) {
  return map(NULL, pages * PAGE, READ_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
}

/* The child must have exited with 0. */
__attribute__((unused)) static void reap(pid_t pid) {
  int status;
  EXPECT_SAME(waitpid(pid, &status, 0), pid);
  EXPECT_SAME(status, 0);
}

/* Runs a function in a process of its own, to its end. */
__attribute__((unused)) static void in_child(void (*function)(void)) {
  pid_t pid = fork();
  EXPECT(pid >= 0);
  if (pid == 0) {
    function();
    _exit(0);
  }
  reap(pid);
}

/* An unlinked file of so many pages: the first filled with 'A', the second with 'B' and so on. */
__attribute__((unused)) static int lettered_file(const char *folder, int pages) {
  int fd = open(folder, O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
  EXPECT(fd >= 0);
  for (int i = 0; i < pages; i++) {
    char page[PAGE];
    memset(page, 'A' + i, sizeof page);
    EXPECT_SAME(write(fd, page, sizeof page), sizeof page);
  }
  return fd;
}

static sigjmp_buf behind_fault;
static volatile siginfo_t fault;

static void on_fault(int number, siginfo_t *info, void *context) {
  (void)number, (void)context;
  memcpy((void *)&fault, info, sizeof fault);
  siglongjmp(behind_fault, 1);
}

/* Catches SIGSEGV and SIGBUS from now on. */
__attribute__((unused)) static void catch_faults(void) {
  struct sigaction action = {.sa_sigaction = on_fault, .sa_flags = SA_SIGINFO};
  EXPECT_SAME(sigaction(SIGSEGV, &action, NULL), 0);
  EXPECT_SAME(sigaction(SIGBUS, &action, NULL), 0);
}

/* The signals that accesses raise, 0 where there is none; `fault` has its siginfo. */
__attribute__((noinline, unused)) static int read_of(const volatile void *address) {
  if (sigsetjmp(behind_fault, 1) != 0) return fault.si_signo;
  (void)*(const volatile char *)address;
  return 0;
}

__attribute__((noinline, unused)) static int write_of(volatile void *address, char byte) {
  if (sigsetjmp(behind_fault, 1) != 0) return fault.si_signo;
  *(volatile char *)address = byte;
  return 0;
}

__attribute__((noinline, unused)) static int fault_in(void (*function)(void)) {
  if (sigsetjmp(behind_fault, 1) != 0) return fault.si_signo;
  function();
  return 0;
}

#endif
