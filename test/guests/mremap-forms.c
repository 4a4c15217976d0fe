/* mremap(2) in all its forms, mappings over the program itself, protections that change, and what must fail. */
#include <sys/prctl.h>

#include "memory.h"

/* Fills pages with their numbers, and looks for them. */
static void number(char *at, int pages) {
  for (int i = 0; i < pages; i++) memset(at + i * PAGE, '0' + i, PAGE);
}

static void expect_numbers(const char *at, int pages) {
  for (int i = 0; i < pages; i++) EXPECT(at[i * PAGE] == '0' + i && at[(i + 1) * PAGE - 1] == '0' + i);
}

static char *room(int pages) { return map(NULL, pages * PAGE, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0); }

static void in_place(void) {
  char *at = room(8);
  EXPECT_SAME(munmap(at + 2 * PAGE, 4 * PAGE), 0);
  map(at, 2 * PAGE, READ_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0);
  number(at, 2);
  EXPECT(mremap(at, 2 * PAGE, 6 * PAGE, 0) == at);
  expect_numbers(at, 2);
  EXPECT_SAME(at[5 * PAGE], 0);
  EXPECT(mremap(at, 6 * PAGE, 7 * PAGE, 0) == MAP_FAILED); /* the next page is taken */
  EXPECT_SAME(errno, ENOMEM);
  EXPECT(mremap(at, 6 * PAGE, 1, 0) == at);
  EXPECT_SAME(read_of(at + PAGE), SIGSEGV);
  EXPECT(mremap(at, PAGE, PAGE, 0) == at);
  EXPECT_SAME(at[0], '0');
  ok("in place");
}

static void moved(void) {
  char *at = anonymous(4), *to = room(8);
  number(at, 4);
  EXPECT(mremap(at, 4 * PAGE, 6 * PAGE, MREMAP_MAYMOVE | MREMAP_FIXED, to + PAGE) == to + PAGE); /* moved and longer */
  expect_numbers(to + PAGE, 4);
  EXPECT_SAME(read_of(at), SIGSEGV);
  EXPECT(mremap(to + PAGE, 6 * PAGE, 3 * PAGE, MREMAP_MAYMOVE | MREMAP_FIXED, at) == at); /* moved and shorter */
  expect_numbers(at, 3);
  EXPECT_SAME(read_of(to + 5 * PAGE), SIGSEGV);
  EXPECT(mremap(at + PAGE, PAGE, PAGE, MREMAP_MAYMOVE | MREMAP_FIXED, to + 2 * PAGE) == to + 2 * PAGE); /* out of the middle */
  EXPECT_SAME(read_of(at + PAGE), SIGSEGV);
  EXPECT(at[0] == '0' && at[2 * PAGE] == '2' && to[2 * PAGE] == '1');
  EXPECT(mremap(at, PAGE, PAGE, MREMAP_MAYMOVE | MREMAP_FIXED, at) == MAP_FAILED); /* onto itself */
  EXPECT_SAME(errno, EINVAL);
  EXPECT(mremap(at, 3 * PAGE, 3 * PAGE, MREMAP_MAYMOVE | MREMAP_FIXED, to + 1) == MAP_FAILED);
  EXPECT_SAME(errno, EINVAL);
  EXPECT(mremap(at + PAGE, PAGE, 2 * PAGE, MREMAP_MAYMOVE) == MAP_FAILED); /* nothing there */
  EXPECT_SAME(errno, EFAULT);
  ok("moved");
}

static void kept(void) {
  char *at = anonymous(2), *to = room(2);
  number(at, 2);
  EXPECT(mremap(at, 2 * PAGE, 2 * PAGE, MREMAP_MAYMOVE | MREMAP_FIXED | MREMAP_DONTUNMAP, to) == to);
  expect_numbers(to, 2);
  EXPECT_SAME(at[PAGE], 0); /* still mapped, and empty */
  at[0] = 'n';
  EXPECT_SAME(to[0], '0');
  int fd = lettered_file("/tmp", 2);
  char *file = map(NULL, 2 * PAGE, READ_WRITE, MAP_SHARED, fd, 0);
  char *second = mremap(file, 2 * PAGE, 2 * PAGE, MREMAP_MAYMOVE | MREMAP_DONTUNMAP);
  if (second != MAP_FAILED) { /* Linux 5.13 */
    second[1] = 's';
    EXPECT_SAME(((volatile char *)file)[1], 's');
  }
  close(fd);
  ok("kept behind");
}

static void of_files(void) {
  int fd = lettered_file("/tmp", 6);
  char *at = map(NULL, 2 * PAGE, READ_WRITE, MAP_SHARED, fd, PAGE);
  char *own = map(NULL, 2 * PAGE, READ_WRITE, MAP_PRIVATE, fd, PAGE);
  own[0] = 'o';
  char *longer = mremap(at, 2 * PAGE, 5 * PAGE, MREMAP_MAYMOVE), *longer_own = mremap(own, 2 * PAGE, 7 * PAGE, MREMAP_MAYMOVE);
  EXPECT(longer != MAP_FAILED && longer_own != MAP_FAILED);
  for (int i = 0; i < 5; i++) EXPECT_SAME(longer[i * PAGE], 'B' + i);
  EXPECT_SAME(longer_own[0], 'o');
  EXPECT_SAME(longer_own[4 * PAGE], 'F');
  EXPECT_SAME(read_of(longer_own + 5 * PAGE), SIGBUS); /* past the end of the file */
  longer[PAGE] = 'c';
  EXPECT_SAME(longer_own[PAGE], 'c');
  char *again = mremap(longer + PAGE, 0, 2 * PAGE, MREMAP_MAYMOVE); /* a second address of the same pages */
  EXPECT(again != MAP_FAILED);
  again[0] = 'C';
  EXPECT_SAME(((volatile char *)longer)[PAGE], 'C');
  EXPECT(mremap(again, 2 * PAGE, PAGE, 0) == again);
  EXPECT_SAME(again[0], 'C');
  close(fd);
  ok("files");
}

static void of_shared_memory(void) {
  char *at = map(NULL, 2 * PAGE, READ_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0), *to = room(4);
  number(at, 2);
  EXPECT(mremap(at, 0, PAGE, MREMAP_MAYMOVE | MREMAP_FIXED, to) == to);
  to[0] = 'x';
  EXPECT_SAME(((volatile char *)at)[0], 'x');
  at[0] = '0';
  EXPECT(mremap(at, 2 * PAGE, 3 * PAGE, MREMAP_MAYMOVE | MREMAP_FIXED, to + PAGE) == to + PAGE);
  expect_numbers(to + PAGE, 2);
  EXPECT_SAME(read_of(to + 3 * PAGE), SIGBUS); /* the memory behind it did not grow */
  ok("shared memory");
}

/* Data of the program, on pages of its own. */
static struct {
  char before[PAGE], page[PAGE], after[PAGE];
} data __attribute__((aligned(4096))) = {{1}, {2}, {3}};
static const struct {
  char page[PAGE];
} constant __attribute__((aligned(4096))) = {"constant"};

__attribute__((noinline, aligned(4096), section(".text.own"))) static int function(void) { return 7; }

static void over_the_program(void) {
  char *page = map(data.page, PAGE, READ_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0);
  EXPECT_SAME(((volatile char *)data.before)[0] + ((volatile char *)data.page)[0] + ((volatile char *)data.after)[0], 4);
  page[5] = 'p';
  EXPECT_SAME(((volatile char *)data.page)[5], 'p');
  int fd = lettered_file("/tmp", 1);
  map((void *)&constant, PAGE, PROT_READ, MAP_SHARED | MAP_FIXED, fd, 0);
  EXPECT_SAME(((volatile const char *)constant.page)[0], 'A');
  EXPECT_SAME(pwrite(fd, "Z", 1, 0), 1);
  EXPECT_SAME(((volatile const char *)constant.page)[0], 'Z');
  /* Code of its own behind the page's first bytes: a copy, changed, at the same address. */
  char *code = (char *)((uintptr_t)function & -PAGE), *copy = anonymous(1);
  memcpy(copy, code, PAGE);
  copy[(char *)function - code + 1] = 9;
  EXPECT_SAME((unsigned char)copy[(char *)function - code], 0xb8); /* mov $7, %eax */
  EXPECT_SAME(mprotect(copy, PAGE, PROT_READ | PROT_EXEC), 0);
  int (*volatile call)(void) = function;
  EXPECT_SAME(call(), 7);
  EXPECT(mremap(copy, PAGE, PAGE, MREMAP_MAYMOVE | MREMAP_FIXED, code) == code);
  EXPECT_SAME(call(), 9);
  close(fd);
  ok("over the program");
}

static void no_replacing(void) {
  char *at = anonymous(3);
  at[0] = 'k';
  EXPECT_SAME(munmap(at + PAGE, PAGE), 0);
  EXPECT(mmap(at, 2 * PAGE, READ_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE, -1, 0) == MAP_FAILED);
  EXPECT_SAME(errno, EEXIST);
  EXPECT_SAME(at[0], 'k');
  map(at + PAGE, PAGE, READ_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE, -1, 0);
  EXPECT_SAME(at[PAGE], 0);
  /* An address that is taken is only a wish. */
  char *elsewhere = map(at, PAGE, READ_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  EXPECT(elsewhere != at);
  EXPECT(map(NULL, PAGE, READ_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_32BIT, -1, 0) < (char *)(1UL << 31));
  ok("nothing replaced");
}

static void protections(void) {
  char *at = anonymous(6);
  number(at, 6);
  EXPECT_SAME(mprotect(at + PAGE, PAGE, PROT_READ), 0);
  EXPECT_SAME(mprotect(at + 2 * PAGE, PAGE, PROT_NONE), 0);
  EXPECT_SAME(write_of(at + PAGE, 'w'), SIGSEGV);
  EXPECT(fault.si_code == SEGV_ACCERR && fault.si_addr == at + PAGE);
  EXPECT_SAME(read_of(at + 2 * PAGE), SIGSEGV);
  EXPECT_SAME(read_of(at + PAGE), 0);
  EXPECT_SAME(mprotect(at, 3 * PAGE, READ_WRITE), 0);
  expect_numbers(at, 3);
  /* As far as the hole, and no farther. */
  EXPECT_SAME(munmap(at + 4 * PAGE, PAGE), 0);
  EXPECT_SAME(mprotect(at + 2 * PAGE, 4 * PAGE, PROT_READ), -1);
  EXPECT_SAME(errno, ENOMEM);
  EXPECT_SAME(write_of(at + PAGE, '1'), 0);
  EXPECT_SAME(write_of(at + 2 * PAGE, 'w'), SIGSEGV);
  EXPECT_SAME(write_of(at + 3 * PAGE, 'w'), SIGSEGV);
  EXPECT_SAME(write_of(at + 5 * PAGE, '5'), 0);
  /* Of a file that is open for reading alone. */
  int fd = open("/proc/self/exe", O_RDONLY);
  char *file = map(NULL, PAGE, PROT_READ, MAP_SHARED, fd, 0);
  EXPECT_SAME(mprotect(file, PAGE, READ_WRITE), -1);
  EXPECT_SAME(errno, EACCES);
  EXPECT_SAME(close(fd), 0);
  ok("protections");
}

static char handler_stack[1 << 16];

/* A growing mapping, with one that takes its protection along. */
static void growing(void) {
  char *at = room(600);
  EXPECT_SAME(munmap(at, 600 * PAGE), 0);
  char *top = map(at + 500 * PAGE, PAGE, READ_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED | MAP_GROWSDOWN, -1, 0);
  map(at + 100 * PAGE, PAGE, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0);
  for (char *low = top; low > at + 400 * PAGE; low -= PAGE) EXPECT_SAME(write_of(low, 'g'), 0);
  EXPECT_SAME(write_of(at + 360 * PAGE, 'g'), 0); /* a jump */
  EXPECT_SAME(write_of(at + 100 * PAGE, 'g'), SIGSEGV);
  EXPECT_SAME(at[370 * PAGE], 0);
  EXPECT_SAME(mprotect(at + 450 * PAGE, PAGE, PROT_READ | PROT_GROWSDOWN), 0);
  EXPECT_SAME(write_of(at + 380 * PAGE, 'w'), SIGSEGV);
  EXPECT_SAME(write_of(at + 460 * PAGE, 'w'), 0);
  ok("growing down");
}

__attribute__((noinline)) static long deep(long levels) {
  volatile char frame[PAGE];
  frame[0] = levels;
  return levels == 0 ? 0 : deep(levels - 1) + frame[0];
}

static void overflow(void) { deep(1L << 40); }

/* The end of the program's own stack, met on another one. */
static void end_of_stack(void) {
  stack_t stack = {.ss_sp = handler_stack, .ss_size = sizeof handler_stack};
  EXPECT_SAME(sigaltstack(&stack, NULL), 0);
  struct sigaction action = {.sa_sigaction = on_fault, .sa_flags = SA_SIGINFO | SA_ONSTACK};
  EXPECT_SAME(sigaction(SIGSEGV, &action, NULL), 0);
  EXPECT_SAME(fault_in(overflow), SIGSEGV);
  EXPECT_SAME(fault_in(overflow), SIGSEGV);
  ok("the end of the stack");
}

int main(void) {
  catch_faults();
  in_place();
  moved();
  kept();
  of_files();
  of_shared_memory();
  over_the_program();
  no_replacing();
  protections();
  growing();
  end_of_stack();
  return 0;
}
