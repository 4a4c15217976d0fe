/* Results of more than 53 bits. */
#include <fcntl.h>
#include <sys/mman.h>

#include "expect.h"

int main(void) {
  const long offsets[] = {0x7fffffffffffffff, 0x7ffffffffffffff1, 0x20000000000001, 0x1fffffffffffff};
  int file = memfd_create("large", 0);
  for (size_t i = 0; i < sizeof offsets / sizeof *offsets; i++) EXPECT_SAME(lseek(file, offsets[i], SEEK_SET), offsets[i]);
  ok("offsets");
  return 0;
}
