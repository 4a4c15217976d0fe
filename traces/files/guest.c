/* Files, folders, descriptors, pipes and what goes wrong with them. */
#include "../guest.h"
#include <linux/fcntl.h>
#include <linux/uio.h>

static char data[4096];

int run(void) {
  long fd = CALL(openat, AT_FDCWD, "/etc/passwd", O_RDONLY, 0, 0, 0);
  EXPECT(fd >= 0);
  EXPECT(CALL(openat, AT_FDCWD, "/nothing/of/this/name", O_RDONLY, 0, 0, 0) == -2);
  EXPECT(CALL(openat, AT_FDCWD, "/", 1, 0, 0, 0) == -21);
  EXPECT(CALL(read, 77, data, 10, 0, 0, 0) == -9);
  EXPECT(CALL(lseek, fd, 2, 0, 0, 0, 0) == 2);
  EXPECT(CALL(fcntl, fd, F_DUPFD_CLOEXEC, 10, 0, 0, 0) == 10);
  EXPECT(CALL(close, fd, 0, 0, 0, 0, 0) == 0);
  EXPECT(CALL(mkdir, "portrace-golden.folder", 0755, 0, 0, 0, 0) == 0);
  fd = CALL(openat, AT_FDCWD, "portrace-golden.folder/file", O_RDWR | O_CREAT | O_EXCL, 0644, 0, 0);
  EXPECT(fd >= 0);
  struct iovec parts[] = {{"one ", 4}, {"two\n", 4}};
  EXPECT(CALL(writev, fd, parts, 2, 0, 0, 0) == 8);
  EXPECT(CALL(pread64, fd, data, 100, 4, 0, 0) == 4);
  EXPECT(data[0] == 't' && data[3] == '\n');
  EXPECT(CALL(ftruncate, fd, 3, 0, 0, 0, 0) == 0);
  EXPECT(CALL(lseek, fd, 0, 2, 0, 0, 0) == 3);
  EXPECT(CALL(rename, "portrace-golden.folder/file", "portrace-golden.folder/other", 0, 0, 0, 0) == 0);
  EXPECT(CALL(rmdir, "portrace-golden.folder", 0, 0, 0, 0, 0) == -39);
  EXPECT(CALL(unlink, "portrace-golden.folder/other", 0, 0, 0, 0, 0) == 0);
  EXPECT(CALL(rmdir, "portrace-golden.folder", 0, 0, 0, 0, 0) == 0);
  int ends[2];
  EXPECT(CALL(pipe2, ends, O_CLOEXEC, 0, 0, 0, 0) == 0);
  EXPECT(CALL(write, ends[1], "through the pipe\n", 17, 0, 0, 0) == 17);
  long count = CALL(read, ends[0], data, sizeof data, 0, 0, 0);
  EXPECT(count == 17);
  CALL(write, 1, data, count, 0, 0, 0);
  /* What it is given. */
  while ((count = CALL(read, 0, data, sizeof data, 0, 0, 0)) > 0) CALL(write, 1, data, count, 0, 0, 0);
  say("files done\n");
  return 0;
}
