/* An address space made, cut, moved and shared. */
#include "../guest.h"
#include <linux/mman.h>

#define PAGE 4096
#define READ_WRITE 3
#define PRIVATE 0x22

int run(void) {
  long end = CALL(brk, 0, 0, 0, 0, 0, 0);
  EXPECT(CALL(brk, end + 3 * PAGE, 0, 0, 0, 0, 0) == end + 3 * PAGE);
  *(char *)(end + 2 * PAGE) = 1;
  EXPECT(CALL(brk, end + PAGE, 0, 0, 0, 0, 0) == end + PAGE);
  char *area = (char *)CALL(mmap, 0, 4 * PAGE, READ_WRITE, PRIVATE, -1, 0);
  for (int at = 0; at < 4 * PAGE; at += PAGE) area[at] = at / PAGE + 1;
  EXPECT(CALL(munmap, area + PAGE, PAGE, 0, 0, 0, 0) == 0);
  EXPECT(CALL(mprotect, area + 2 * PAGE, PAGE, 1, 0, 0, 0) == 0);
  EXPECT(CALL(mprotect, area + PAGE, PAGE, 1, 0, 0, 0) == -12);
  EXPECT(CALL(mmap, area + 1, PAGE, 1, PRIVATE | 0x10, -1, 0) == -22);
  char *moved = (char *)CALL(mremap, area + 3 * PAGE, PAGE, 8 * PAGE, MREMAP_MAYMOVE, 0, 0);
  EXPECT(moved[0] == 4 && moved[7 * PAGE] == 0);
  EXPECT(CALL(madvise, moved, PAGE, 4, 0, 0, 0) == 0 && moved[0] == 0);
  long fd = CALL(memfd_create, "golden", 0, 0, 0, 0, 0);
  EXPECT(fd >= 0 && CALL(ftruncate, fd, 2 * PAGE, 0, 0, 0, 0) == 0);
  char *one = (char *)CALL(mmap, 0, 2 * PAGE, READ_WRITE, MAP_SHARED, fd, 0);
  char *two = (char *)CALL(mmap, 0, PAGE, READ_WRITE, MAP_SHARED, fd, PAGE);
  one[PAGE] = 'a';
  EXPECT(two[0] == 'a');
  EXPECT(CALL(pwrite64, fd, "b", 1, PAGE, 0, 0) == 1);
  EXPECT(one[PAGE] == 'b' && two[0] == 'b');
  EXPECT(CALL(msync, one, 2 * PAGE, 4, 0, 0, 0) == 0);
  say("mappings done\n");
  return 0;
}
