/*
 * Parts of the running executable unmapped and replaced by shared pages of a file that hold the
 * same data: a text range, a data page, and in the end the whole text under the running program.
 */
#include <fcntl.h>
#include <sys/mman.h>

#include "expect.h"

#define PAGE 4096UL

/* Two pages of text of their own. The immediate 1000 is what the test patches. */
asm(".pushsection own_text,\"ax\",@progbits\n"
    ".balign 4096\n"
    "own_start:\n"
    "add_thousand: mov $1000,%eax; add %rdi,%rax; ret\n"
    ".balign 4096\n"
    "sum_to: xor %eax,%eax; 1: add %rdi,%rax; dec %rdi; jnz 1b; ret\n"
    ".balign 4096\n"
    "own_end:\n"
    ".popsection\n");
extern long add_thousand(long), sum_to(long);
extern char own_start[], own_end[];

static struct {
  long numbers[PAGE / sizeof(long)];
} own_data __attribute__((aligned(PAGE))) = {{1, 2, 3, 4}};

static char *backing;
static int backing_fd;

/* A shared file with the range's bytes at its start; also mapped elsewhere, writable. */
static void copy_to_file(const void *start, size_t size) {
  backing_fd = open("/dev/shm", O_TMPFILE | O_EXCL | O_RDWR | O_CLOEXEC, 0700);
  EXPECT(backing_fd >= 0);
  EXPECT_SAME(ftruncate(backing_fd, size), 0);
  backing = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, backing_fd, 0);
  EXPECT(backing != MAP_FAILED);
  memcpy(backing, start, size);
}

static void map_shared(void *at, size_t size, int protection) {
  EXPECT(mmap(at, size, protection, MAP_SHARED | MAP_FIXED, backing_fd, 0) == at);
}

static void replace_text(void) {
  size_t size = own_end - own_start;
  EXPECT_SAME(add_thousand(1) + sum_to(100), 6051);
  copy_to_file(own_start, size);
  EXPECT_SAME(munmap(own_start, size), 0);
  map_shared(own_start, size, PROT_READ | PROT_EXEC);
  EXPECT_SAME(add_thousand(1) + sum_to(100), 6051);
  int thousands = 5000;
  memcpy(backing + 1, &thousands, sizeof thousands); /* the immediate, through the other address */
  EXPECT_SAME(add_thousand(1), 5001);
  map_shared(own_start, PAGE, PROT_READ | PROT_WRITE | PROT_EXEC);
  *(int *)(own_start + 1) = 7000;
  EXPECT_SAME(add_thousand(1), 7001);
  ok("text replaced");
}

static void replace_data(void) {
  volatile long *numbers = own_data.numbers;
  numbers[4] = 5;
  copy_to_file(&own_data, PAGE);
  EXPECT_SAME(munmap(&own_data, PAGE), 0);
  map_shared(&own_data, PAGE, PROT_READ | PROT_WRITE);
  EXPECT_SAME(numbers[3] + numbers[4], 9);
  numbers[0] = 100;
  EXPECT_SAME(((volatile long *)backing)[0], 100);
  ((volatile long *)backing)[1] = 200;
  EXPECT_SAME(numbers[0] + numbers[1], 300);
  ok("data replaced");
}

/* Finds the mapping of this very function in /proc/self/maps and replaces it as it runs. */
static void replace_everything(void) {
  unsigned long start = 0, end = 0, here = (unsigned long)replace_everything;
  char line[512], flags[5];
  FILE *maps = fopen("/proc/self/maps", "r");
  EXPECT(maps);
  while (fgets(line, sizeof line, maps)) {
    EXPECT_SAME(sscanf(line, "%lx-%lx %4s", &start, &end, flags), 3);
    if (start <= here && here < end) break;
  }
  fclose(maps);
  EXPECT(start <= here && here < end);
  copy_to_file((void *)start, end - start);
  map_shared((void *)start, end - start, PROT_READ | PROT_EXEC);
  EXPECT_SAME(sum_to(10), 55);
  int page_count = (end - start) / PAGE;
  for (int i = 0; i < page_count; i++) { /* once more, page by page */
    void *at = (char *)start + i * PAGE;
    EXPECT(mmap(at, PAGE, PROT_READ | PROT_EXEC, MAP_SHARED | MAP_FIXED, backing_fd, i * PAGE) == at);
  }
  ok("running text replaced, %d pages", page_count);
}

int main(void) {
  replace_text();
  replace_data();
  replace_everything();
  return 0;
}
