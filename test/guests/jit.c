/* Code that a program makes at run time: written then run, over and over, at one address and at two. */
#include <pthread.h>
#include <sys/time.h>

#include "memory.h"

/* mov $number, %eax; ret */
static void put_function(char *at, uint32_t number) {
  at[0] = (char)0xb8;
  memcpy(at + 1, &number, sizeof number);
  at[5] = (char)0xc3;
}

typedef uint32_t (*function)(void);

static uint32_t call(const char *at) { return ((function)at)(); }

static uint64_t hash = FNV_START;

static void note(uint32_t number) { hash = fnv(hash, &number, sizeof number); }

/* Writable, then executable, never both. */
static void by_turns(void) {
  char *at = anonymous(2);
  for (uint32_t i = 0; i < 50; i++) {
    EXPECT_SAME(mprotect(at, 2 * PAGE, READ_WRITE), 0);
    put_function(at + PAGE - 3, i); /* across two pages */
    EXPECT_SAME(mprotect(at, 2 * PAGE, PROT_READ | PROT_EXEC), 0);
    EXPECT_SAME(call(at + PAGE - 3), i);
    note(i);
  }
  EXPECT_SAME(write_of(at, 'x'), SIGSEGV);
  ok("writable or executable, hash %016lx", (unsigned long)hash);
}

static void both(void) {
  char *at = map(NULL, PAGE, READ_WRITE | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  uint64_t sum = 0;
  for (uint32_t i = 0; i < 5000; i++) {
    put_function(at + i % 512 * 8, i);
    sum += call(at + i % 512 * 8);
  }
  EXPECT_SAME(sum, 5000 * 4999 / 2);
  /* Code that changes itself: the immediate of its own next instruction. */
  static const unsigned char changing[] = {
      0xc7, 0x05, 1, 0, 0, 0, 42, 0, 0, 0, /* movl $42, 1(%rip) */
      0xb8, 7, 0, 0, 0, 0xc3,              /* mov $7, %eax; ret */
  };
  memcpy(at, changing, sizeof changing);
  EXPECT_SAME(call(at), 42);
  ok("writable and executable");
}

/* A file's page, written at one address and run at another, as compilers do where both at once is forbidden. */
static void at_two_addresses(void) {
  int fd = memfd_create("code", MFD_CLOEXEC);
  EXPECT_SAME(ftruncate(fd, 4 * PAGE), 0);
  char *written = map(NULL, 4 * PAGE, READ_WRITE, MAP_SHARED, fd, 0);
  char *code = map(NULL, 4 * PAGE, PROT_READ | PROT_EXEC, MAP_SHARED, fd, 0);
  for (uint32_t i = 0; i < 1000; i++) {
    put_function(written + i * 16, i * 3);
    EXPECT_SAME(call(code + i * 16), i * 3);
    put_function(written + i * 16, i);
    EXPECT_SAME(call(code + i * 16), i);
    note(i);
  }
  char bytes[6];
  put_function(bytes, 77);
  EXPECT_SAME(pwrite(fd, bytes, sizeof bytes, 16), sizeof bytes); /* by a call */
  EXPECT_SAME(call(code + 16), 77);
  EXPECT_SAME(call(code + 32), 2);
  pid_t pid = fork();
  EXPECT(pid >= 0);
  if (pid == 0) {
    put_function(written + 32, 99);
    _exit(call(code + 32) == 99 ? 0 : 1);
  }
  reap(pid);
  EXPECT_SAME(call(code + 32), 99); /* what the child wrote */
  close(fd);
  ok("at two addresses, hash %016lx", (unsigned long)hash);
}

/* Where code was, other code, and nothing. */
static void replaced(void) {
  char *at = anonymous(1), *other = anonymous(1);
  put_function(at, 1);
  put_function(other, 2);
  EXPECT_SAME(mprotect(at, PAGE, PROT_READ | PROT_EXEC), 0);
  EXPECT_SAME(call(at), 1);
  EXPECT_SAME(mprotect(other, PAGE, PROT_READ | PROT_EXEC), 0);
  EXPECT(mremap(other, PAGE, PAGE, MREMAP_MAYMOVE | MREMAP_FIXED, at) == at);
  EXPECT_SAME(call(at), 2);
  EXPECT_SAME(madvise(at, PAGE, MADV_DONTNEED), 0);
  EXPECT_SAME(at[0], 0);
  map(at, PAGE, READ_WRITE | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0);
  put_function(at, 3);
  EXPECT_SAME(call(at), 3);
  ok("replaced");
}

static char *stubs;

/* Each thread makes and calls functions of its own on a page of all. */
static void *compile(void *argument) {
  char *mine = stubs + (uintptr_t)argument * 1024;
  for (uint32_t i = 0; i < 3000; i++) {
    put_function(mine + i % 64 * 16, i);
    EXPECT_SAME(call(mine + i % 64 * 16), i);
  }
  return NULL;
}

static void by_threads(void) {
  stubs = map(NULL, PAGE, READ_WRITE | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  pthread_t threads[4];
  for (uintptr_t i = 0; i < 4; i++) EXPECT_SAME(pthread_create(&threads[i], NULL, compile, (void *)i), 0);
  for (int i = 0; i < 4; i++) EXPECT_SAME(pthread_join(threads[i], NULL), 0);
  ok("by threads");
}

static volatile int ticks;

static void on_tick(int number) {
  (void)number;
  ticks++;
}

/* A timer's signals land among instructions that were made at run time. */
static void with_timer(void) {
  /* xor %eax,%eax; 1: add $3,%rax; sub $1,%rdi; jnz 1b; ret */
  static const unsigned char loop[] = {0x31, 0xc0, 0x48, 0x83, 0xc0, 3, 0x48, 0x83, 0xef, 1, 0x75, 0xf6, 0xc3};
  char *at = anonymous(1);
  memcpy(at + 100, loop, sizeof loop);
  EXPECT_SAME(mprotect(at, PAGE, PROT_READ | PROT_EXEC), 0);
  EXPECT(signal(SIGALRM, on_tick) != SIG_ERR);
  struct itimerval often = {{0, 5000}, {0, 5000}};
  EXPECT_SAME(setitimer(ITIMER_REAL, &often, NULL), 0);
  while (ticks < 3) EXPECT_SAME(((long (*)(long))(at + 100))(100000), 300000);
  often.it_value.tv_usec = 0;
  EXPECT_SAME(setitimer(ITIMER_REAL, &often, NULL), 0);
  ok("under a timer");
}

int main(void) {
  catch_faults();
  by_turns();
  both();
  at_two_addresses();
  replaced();
  by_threads();
  with_timer();
  return 0;
}
