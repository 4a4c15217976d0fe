/*
 * Memory that processes share, by every way to share it, and files that calls change while mappings
 * show them: from the same process and from another one that has not mapped the file.
 */
#include <sys/sendfile.h>
#include <sys/shm.h>
#include <sys/socket.h>
#include <sys/uio.h>

#include "memory.h"

#define PAGES 4

/* Inherited by the children. */
static char *shared, *own;
static int file, segment;
static char name[64];
static const char *folder;

static int reopened(int flags) {
  int fd = open(name, flags);
  EXPECT(fd >= 0);
  return fd;
}

static char *mapped(int protection, int flags) {
  int fd = reopened(O_RDWR);
  char *at = map(NULL, PAGES * PAGE, protection, flags, fd, 0);
  EXPECT_SAME(close(fd), 0);
  return at;
}

static void change_inherited(void) {
  EXPECT_SAME(strcmp(shared, "from the parent"), 0);
  strcpy(shared + PAGE, "from the child");
  strcpy(own, "the child's own");
}

static void inherited(void) {
  shared = map(NULL, 2 * PAGE, READ_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  own = anonymous(1);
  strcpy(shared, "from the parent");
  in_child(change_inherited);
  EXPECT_SAME(strcmp(shared + PAGE, "from the child"), 0);
  EXPECT_SAME(own[0], 0);
  ok("anonymous");
}

static void map_once_more(void) {
  char *at = mapped(READ_WRITE, MAP_SHARED);
  EXPECT_SAME(at[2 * PAGE], 'y');
  at[2 * PAGE + 1] = 'z';
  EXPECT_SAME(msync(at, PAGES * PAGE, MS_SYNC | MS_INVALIDATE), 0);
}

/* Each process opens and maps the file itself. */
static void by_name(const char *kind) {
  char *at = mapped(READ_WRITE, MAP_SHARED_VALIDATE);
  at[2 * PAGE] = 'y';
  in_child(map_once_more);
  EXPECT_SAME(((volatile char *)at)[2 * PAGE + 1], 'z');
  EXPECT_SAME(munmap(at, PAGES * PAGE), 0);
  ok("%s", kind);
}

static void write_behind(void) {
  int fd = reopened(O_RDWR);
  EXPECT_SAME(pwrite(fd, "child", 5, PAGE), 5);
  EXPECT_SAME(lseek(fd, 2 * PAGE - 2, SEEK_SET), 2 * PAGE - 2);
  EXPECT_SAME(write(fd, "cross", 5), 5);
  struct iovec parts[] = {{"vec", 3}, {"tor", 3}};
  EXPECT_SAME(pwritev2(fd, parts, 2, 3 * PAGE, 0), 6);
  int end = reopened(O_RDWR | O_APPEND);
  EXPECT_SAME(write(end, "end", 3), 3);
  EXPECT_SAME(pwritev2(fd, parts, 2, 0, RWF_APPEND), 6);
}

/* Calls that write to the file, as the mappings show it: shared ones, and private ones where nothing was copied yet. */
static void written_by_calls(void) {
  char *at = mapped(READ_WRITE, MAP_SHARED), *other = mapped(READ_WRITE, MAP_PRIVATE);
  other[0] = '-';
  in_child(write_behind);
  for (char *window = at; window; window = window == at ? other : NULL) {
    EXPECT_SAME(memcmp(window + PAGE, "child", 5), 0);
    EXPECT_SAME(memcmp(window + 2 * PAGE - 2, "cross", 5), 0);
    EXPECT_SAME(memcmp(window + 3 * PAGE, "vector", 6), 0);
  }
  int fd = reopened(O_RDWR);
  EXPECT_SAME(lseek(fd, 0, SEEK_END), PAGES * PAGE + 9);
  char *tail = map(NULL, PAGE, PROT_READ, MAP_SHARED, fd, PAGES * PAGE);
  EXPECT_SAME(memcmp(tail, "endvector", 10), 0);

  int source = lettered_file(folder, 2), pipes[2];
  off_t from = PAGE, to = 300;
  EXPECT_SAME(lseek(fd, 100, SEEK_SET), 100);
  EXPECT_SAME(sendfile(fd, source, &from, 50), 50);
  EXPECT_SAME(at[99], 'A');
  EXPECT_SAME(at[100], 'B');
  EXPECT_SAME(at[149], 'B');
  EXPECT_SAME(pipe(pipes), 0);
  EXPECT_SAME(write(pipes[1], "spliced", 7), 7);
  EXPECT_SAME(splice(pipes[0], NULL, fd, &to, 7, 0), 7);
  EXPECT_SAME(memcmp(at + 300, "spliced", 7), 0);
  EXPECT_SAME(write(pipes[1], "at its position", 15), 15);
  EXPECT_SAME(splice(pipes[0], NULL, fd, NULL, 15, 0), 15);
  EXPECT_SAME(memcmp(at + 150, "at its position", 15), 0);
  from = 10, to = 3 * PAGE + 100;
  EXPECT_SAME(copy_file_range(source, &from, fd, &to, 20, 0), 20);
  EXPECT_SAME(at[3 * PAGE + 119], 'A');
  EXPECT_SAME(pread(source, at + 3 * PAGE + 200, 10, PAGE), 10); /* into the mapping itself */
  EXPECT_SAME(at[3 * PAGE + 209], 'B');
  EXPECT_SAME(other[0], '-');
  EXPECT_SAME(other[300], 'A'); /* copied when its first byte was written */
  EXPECT_SAME(close(source) | close(fd) | close(pipes[0]) | close(pipes[1]), 0);
  ok("files that calls write to");
  EXPECT_SAME(munmap(at, PAGES * PAGE) | munmap(other, PAGES * PAGE) | munmap(tail, PAGE), 0);
}

static void shorten(void) { EXPECT_SAME(truncate(name, PAGE + 10), 0); }

static void empty(void) { close(reopened(O_RDWR | O_TRUNC)); }

/* Pages past the end of the file raise SIGBUS, and are there again when it grows. */
static void resized(void) {
  int fd = reopened(O_RDWR);
  EXPECT_SAME(ftruncate(fd, PAGES * PAGE), 0);
  char *at = mapped(READ_WRITE, MAP_SHARED), *other = mapped(READ_WRITE, MAP_PRIVATE);
  memset(at, 'r', PAGES * PAGE);
  other[3 * PAGE] = 'o'; /* a copy goes with the end of the file, too */
  in_child(shorten);
  EXPECT_SAME(read_of(at + 2 * PAGE), SIGBUS);
  EXPECT(fault.si_code == BUS_ADRERR && fault.si_addr == at + 2 * PAGE);
  EXPECT_SAME(write_of(other + 3 * PAGE, 'x'), SIGBUS);
  EXPECT_SAME(at[PAGE + 9], 'r');
  EXPECT_SAME(at[PAGE + 10], 0);
  at[PAGE + 20] = 'p'; /* behind the end, in its page */
  EXPECT_SAME(ftruncate(fd, 3 * PAGE), 0);
  EXPECT_SAME(read_of(at + 2 * PAGE), 0);
  EXPECT_SAME(at[2 * PAGE], 0);
  int behind = at[PAGE + 20]; /* cleared by some file systems */
  in_child(empty);
  EXPECT_SAME(read_of(at), SIGBUS);
  EXPECT_SAME(read_of(other), SIGBUS);
  errno = 0;
  EXPECT_SAME(write(STDOUT_FILENO, at, 1), -1);
  EXPECT_SAME(errno, EFAULT);
  EXPECT_SAME(posix_fallocate(fd, 0, 2 * PAGE), 0);
  EXPECT_SAME(at[PAGE], 0);
  EXPECT_SAME(pwrite(fd, "again", 5, PAGE), 5);
  EXPECT_SAME(memcmp(at + PAGE, "again", 5), 0);
  EXPECT_SAME(fallocate(fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, PAGE, 2), 0);
  EXPECT_SAME(memcmp(at + PAGE, "\0\0ain", 5), 0);
  EXPECT_SAME(munmap(at, PAGES * PAGE) | munmap(other, PAGES * PAGE) | close(fd), 0);
  ok("files that become shorter and longer, %d", behind);
}

static void files(const char *where, const char *kind) {
  folder = where;
  snprintf(name, sizeof name, "%s/shared-memory-XXXXXX", folder);
  file = mkstemp(name);
  EXPECT(file >= 0);
  for (int i = 0; i < PAGES; i++) {
    char page[PAGE];
    memset(page, 'A' + i, sizeof page);
    EXPECT_SAME(write(file, page, sizeof page), sizeof page);
  }
  by_name(kind);
  written_by_calls();
  resized();
  EXPECT_SAME(unlink(name) | close(file), 0);
}

/* Receives a descriptor, maps it and tells that it has. */
static void receive(int from) {
  char byte, control[CMSG_SPACE(sizeof(int))];
  struct iovec part = {&byte, 1};
  struct msghdr message = {.msg_iov = &part, .msg_iovlen = 1, .msg_control = control, .msg_controllen = sizeof control};
  EXPECT_SAME(recvmsg(from, &message, 0), 1);
  int fd;
  memcpy(&fd, CMSG_DATA(CMSG_FIRSTHDR(&message)), sizeof fd);
  char *at = map(NULL, PAGE, READ_WRITE, MAP_SHARED, fd, 0);
  EXPECT_SAME(strcmp(at, "in a memfd"), 0);
  at[0] = 'I';
  EXPECT_SAME(ftruncate(fd, 2 * PAGE), -1);
  EXPECT_SAME(errno, EPERM);
}

static void passed(void) {
  int ends[2], fd = memfd_create("passed", MFD_ALLOW_SEALING);
  EXPECT_SAME(socketpair(AF_UNIX, SOCK_STREAM, 0, ends), 0);
  pid_t pid = fork();
  EXPECT(pid >= 0);
  if (pid == 0) {
    receive(ends[1]);
    _exit(0);
  }
  EXPECT_SAME(ftruncate(fd, PAGE), 0);
  EXPECT_SAME(fcntl(fd, F_ADD_SEALS, F_SEAL_GROW | F_SEAL_SHRINK), 0);
  char *at = map(NULL, PAGE, READ_WRITE, MAP_SHARED, fd, 0);
  strcpy(at, "in a memfd");
  char control[CMSG_SPACE(sizeof fd)] = "";
  struct iovec part = {"!", 1};
  struct msghdr message = {.msg_iov = &part, .msg_iovlen = 1, .msg_control = control, .msg_controllen = sizeof control};
  struct cmsghdr *header = CMSG_FIRSTHDR(&message);
  *header = (struct cmsghdr){.cmsg_len = CMSG_LEN(sizeof fd), .cmsg_level = SOL_SOCKET, .cmsg_type = SCM_RIGHTS};
  memcpy(CMSG_DATA(header), &fd, sizeof fd);
  EXPECT_SAME(sendmsg(ends[0], &message, 0), 1);
  reap(pid);
  EXPECT_SAME(strcmp(at, "In a memfd"), 0);
  EXPECT_SAME(fcntl(fd, F_GET_SEALS), F_SEAL_GROW | F_SEAL_SHRINK);
  EXPECT_SAME(munmap(at, PAGE), 0);
  EXPECT_SAME(fcntl(fd, F_ADD_SEALS, F_SEAL_WRITE), 0);
  EXPECT(mmap(NULL, PAGE, READ_WRITE, MAP_SHARED, fd, 0) == MAP_FAILED);
  EXPECT_SAME(errno, EPERM);
  ok("a memfd that was passed");
}

static void attach_once_more(void) {
  char *at = shmat(segment, NULL, 0);
  EXPECT(at != (char *)-1);
  EXPECT_SAME(strcmp(at + PAGE, "system five"), 0);
  strcpy(at, "attached");
  EXPECT_SAME(shmdt(at), 0);
  EXPECT_SAME(read_of(at), SIGSEGV);
}

static void system_five(void) {
  segment = shmget(IPC_PRIVATE, 2 * PAGE + 5, IPC_CREAT | 0600);
  EXPECT(segment >= 0);
  char *at = shmat(segment, NULL, 0);
  EXPECT(at != (char *)-1);
  strcpy(at + PAGE, "system five");
  in_child(attach_once_more);
  EXPECT_SAME(strcmp(at, "attached"), 0);
  at[3 * PAGE - 1] = 'e';
  char *room = map(NULL, 3 * PAGE, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  EXPECT(shmat(segment, room, SHM_REMAP | SHM_RDONLY) == room);
  EXPECT_SAME(room[3 * PAGE - 1], 'e');
  EXPECT_SAME(write_of(room, 'x'), SIGSEGV);
  /* A moved segment is detached where it is then. */
  char *moved = mremap(at, 3 * PAGE, 3 * PAGE, MREMAP_MAYMOVE | MREMAP_FIXED, anonymous(3));
  EXPECT(moved != MAP_FAILED);
  strcpy(moved, "moved");
  EXPECT_SAME(strcmp(room, "moved"), 0);
  EXPECT_SAME(shmctl(segment, IPC_RMID, NULL), 0);
  EXPECT_SAME(shmdt(moved), 0);
  EXPECT_SAME(read_of(moved), SIGSEGV);
  EXPECT_SAME(shmdt(room), 0);
  EXPECT_SAME(read_of(room), SIGSEGV);
  ok("System V");
}

int main(void) {
  catch_faults();
  inherited();
  files("/tmp", "files");
  files("/dev/shm", "POSIX shared memory");
  passed();
  system_five();
  return 0;
}
