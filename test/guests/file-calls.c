/* Files: every way to read, write, change, lock and look at one. What not every host allows is answered alike. */
#include <fcntl.h>
#include <linux/fs.h>
#include <sched.h>
#include <signal.h>
#include <sys/fanotify.h>
#include <sys/file.h>
#include <sys/mount.h>
#include <sys/quota.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/vfs.h>
#include <sys/wait.h>
#include <sys/xattr.h>

#include "answers.h"

static char folder[] = "/tmp/file-calls-XXXXXX", buffer[8192] __attribute__((aligned(4096)));

static int made(const char *name) {
  int fd = open(name, O_CREAT | O_RDWR | O_CLOEXEC, 0644);
  EXPECT(fd >= 0);
  return fd;
}

static void reap(pid_t pid) {
  int status;
  EXPECT_SAME(waitpid(pid, &status, 0), pid);
  EXPECT_SAME(status, 0);
}

static void read_and_written(void) {
  int fd = made("data");
  struct iovec parts[] = {{"one ", 4}, {"two ", 4}, {"three", 5}};
  EXPECT_SAME(pwritev2(fd, parts, 3, -1, 0), 13); /* at its position */
  EXPECT_SAME(pwritev2(fd, parts, 1, 0, RWF_APPEND), 4);
  EXPECT_SAME(pwritev(fd, parts, 3, 100), 13);
  EXPECT_SAME(lseek(fd, 0, SEEK_CUR), 13);
  struct iovec into[] = {{buffer, 6}, {buffer + 50, 100}};
  memset(buffer, '.', 200);
  EXPECT_SAME(preadv2(fd, into, 2, 0, RWF_HIPRI), 106);
  EXPECT(memcmp(buffer, "one tw.", 7) == 0 && memcmp(buffer + 50, "o threeone \0", 12) == 0);
  EXPECT_SAME(preadv(fd, into, 1, 111), 2);
  EXPECT_SAME(memcmp(buffer, "eee", 2), 0);
  EXPECT_SAME(preadv2(fd, into, 1, 200, 0), 0);
  EXPECT_SAME(lseek(fd, 0, SEEK_END), 113);
  EXPECT_SAME(lseek(fd, 20, SEEK_HOLE), 113);
  EXPECT_SAME(lseek(fd, 200, SEEK_DATA), -1);
  EXPECT_SAME(errno, ENXIO);
  int copy = made("copy");
  off_t from = 4, to = 0;
  EXPECT_SAME(copy_file_range(fd, &from, copy, &to, 3, 0), 3);
  EXPECT(from == 7 && to == 3);
  from = 100;
  EXPECT_SAME(sendfile(copy, fd, &from, 13), 13);
  EXPECT_SAME(pread(copy, buffer, 100, 0), 13);
  EXPECT_SAME(memcmp(buffer, "one two three", 13), 0);
  EXPECT_SAME(readahead(fd, 0, 100), 0);
  EXPECT_SAME(posix_fadvise(fd, 0, 0, POSIX_FADV_DONTNEED), 0);
  EXPECT_SAME(fsync(fd), 0);
  EXPECT_SAME(fdatasync(copy), 0);
  EXPECT_SAME(sync_file_range(fd, 0, 0, SYNC_FILE_RANGE_WRITE), 0);
  EXPECT_SAME(syncfs(fd), 0);
  close(fd);
  close(copy);
  ok("read and written");
}

static void direct(void) {
  int fd = open("direct", O_CREAT | O_RDWR | O_DIRECT, 0644);
  if (!answer("O_DIRECT", fd)) return;
  memset(buffer, 'd', 4096);
  EXPECT_SAME(write(fd, buffer, 4096), 4096);
  memset(buffer + 4096, 0, 4096);
  EXPECT_SAME(pread(fd, buffer + 4096, 4096, 0), 4096);
  EXPECT_SAME(memcmp(buffer, buffer + 4096, 4096), 0);
  close(fd);
}

static void names(void) {
  char target[64];
  EXPECT_SAME(link("data", "link"), 0);
  EXPECT_SAME(symlink("data", "symbolic"), 0);
  EXPECT_SAME(readlink("symbolic", target, sizeof target), 4);
  EXPECT_SAME(memcmp(target, "data", 4), 0);
  EXPECT_SAME(mkdir("inner", 0755), 0);
  int inner = open("inner", O_PATH | O_DIRECTORY);
  EXPECT_SAME(renameat2(AT_FDCWD, "link", inner, "moved", RENAME_NOREPLACE), 0);
  EXPECT_SAME(renameat2(AT_FDCWD, "data", inner, "moved", RENAME_NOREPLACE), -1);
  EXPECT_SAME(errno, EEXIST);
  EXPECT_SAME(renameat2(AT_FDCWD, "copy", inner, "moved", RENAME_EXCHANGE), 0);
  EXPECT_SAME(faccessat(inner, "moved", R_OK, AT_EACCESS), 0);
  struct stat status;
  struct statx more;
  EXPECT_SAME(fstatat(inner, "moved", &status, AT_SYMLINK_NOFOLLOW), 0);
  EXPECT_SAME(status.st_size, 13);
  EXPECT_SAME(statx(inner, "moved", AT_STATX_SYNC_AS_STAT, STATX_BASIC_STATS | STATX_BTIME, &more), 0);
  EXPECT(more.stx_ino == status.st_ino && more.stx_size == 13);
  struct timespec times[] = {{1000, 5}, {2000, 7}};
  EXPECT_SAME(utimensat(inner, "moved", times, 0), 0);
  EXPECT_SAME(fstatat(inner, "moved", &status, 0), 0);
  EXPECT(status.st_atim.tv_sec == 1000 && status.st_mtim.tv_sec == 2000);
  EXPECT_SAME(fchmodat(inner, "moved", 0600, 0), 0);
  EXPECT_SAME(fchmod(inner, 0700), -1); /* O_PATH */
  EXPECT_SAME(errno, EBADF);
  close(inner);
  ok("names");
}

static void entries(void) {
  char name[16];
  for (int i = 0; i < 200; i++) {
    snprintf(name, sizeof name, "inner/%d", i);
    close(made(name));
  }
  int fd = open("inner", O_RDONLY | O_DIRECTORY), count = 0;
  for (long got; (got = syscall(SYS_getdents64, fd, buffer, 1000)) != 0;) {
    EXPECT(got > 0);
    for (long at = 0; at < got; at += *(unsigned short *)(buffer + at + 16)) count++;
  }
  EXPECT_SAME(count, 203);
  close(fd);
  for (int i = 0; i < 200; i++) {
    snprintf(name, sizeof name, "inner/%d", i);
    EXPECT_SAME(unlink(name), 0);
  }
  ok("entries");
}

static void attributes(void) {
  if (!answer("xattr", setxattr("data", "user.portrace", "value", 5, XATTR_CREATE))) return;
  EXPECT_SAME(setxattr("data", "user.portrace", "value", 5, XATTR_CREATE), -1);
  EXPECT_SAME(errno, EEXIST);
  EXPECT_SAME(getxattr("data", "user.portrace", NULL, 0), 5);
  EXPECT_SAME(getxattr("data", "user.portrace", buffer, 3), -1);
  EXPECT_SAME(errno, ERANGE);
  memset(buffer, '.', 100);
  EXPECT_SAME(lgetxattr("data", "user.portrace", buffer, 100), 5);
  EXPECT_SAME(memcmp(buffer, "value.", 6), 0);
  int fd = made("data");
  EXPECT_SAME(flistxattr(fd, buffer, 100), 14);
  EXPECT_SAME(strcmp(buffer, "user.portrace"), 0);
  EXPECT_SAME(fremovexattr(fd, "user.portrace"), 0);
  EXPECT_SAME(fgetxattr(fd, "user.portrace", buffer, 100), -1);
  EXPECT_SAME(errno, ENODATA);
  close(fd);
}

static void handles(void) {
  struct {
    struct file_handle head;
    char bytes[MAX_HANDLE_SZ];
  } handle = {.head.handle_bytes = 0};
  int mount;
  EXPECT_SAME(name_to_handle_at(AT_FDCWD, "data", &handle.head, &mount, 0), -1);
  if (errno != EOVERFLOW) return (void)answer("handles", -1);
  EXPECT_SAME(name_to_handle_at(AT_FDCWD, "data", &handle.head, &mount, 0), 0);
  int here = open(".", O_RDONLY);
  int fd = open_by_handle_at(here, &handle.head, O_RDONLY);
  if (answer("handles", fd)) {
    EXPECT_SAME(read(fd, buffer, 4), 4);
    close(fd);
  }
  close(here);
}

static volatile sig_atomic_t broken;

static void on_break(int number) { broken = number; }

static void locks(void) {
  int fd = made("data"), pipes[2];
  struct flock lock = {.l_type = F_WRLCK, .l_whence = SEEK_SET, .l_start = 10, .l_len = 5};
  EXPECT_SAME(fcntl(fd, F_SETLK, &lock), 0);
  EXPECT_SAME(pipe(pipes), 0);
  pid_t pid = fork();
  if (pid == 0) {
    struct flock theirs = {.l_type = F_RDLCK, .l_whence = SEEK_SET, .l_start = 0, .l_len = 0};
    EXPECT_SAME(fcntl(fd, F_GETLK, &theirs), 0);
    EXPECT(theirs.l_type == F_WRLCK && theirs.l_start == 10 && theirs.l_len == 5 && theirs.l_pid == getppid());
    theirs = (struct flock){.l_type = F_RDLCK, .l_whence = SEEK_SET};
    EXPECT_SAME(fcntl(fd, F_SETLK, &theirs), -1);
    EXPECT(errno == EAGAIN || errno == EACCES);
    EXPECT_SAME(write(pipes[1], "w", 1), 1);
    EXPECT_SAME(fcntl(fd, F_SETLKW, &theirs), 0); /* waits */
    theirs.l_type = F_UNLCK;
    EXPECT_SAME(fcntl(fd, F_SETLK, &theirs), 0);
    int other = made("data");
    EXPECT_SAME(flock(other, LOCK_EX | LOCK_NB), 0);
    lock = (struct flock){.l_type = F_WRLCK, .l_whence = SEEK_SET, .l_start = 200, .l_len = 1};
    EXPECT_SAME(fcntl(other, F_OFD_SETLK, &lock), 0);
    lock.l_type = F_RDLCK, lock.l_pid = 0;
    EXPECT_SAME(fcntl(made("data"), F_OFD_GETLK, &lock), 0);
    EXPECT(lock.l_type == F_WRLCK && lock.l_pid == -1);
    _exit(0);
  }
  char byte;
  EXPECT_SAME(read(pipes[0], &byte, 1), 1);
  lock.l_type = F_UNLCK;
  EXPECT_SAME(fcntl(fd, F_SETLK, &lock), 0);
  reap(pid);
  close(pipes[0]), close(pipes[1]);
  close(fd);
  ok("locks");
}

static void leases(void) {
  close(made("leased"));
  int fd = open("leased", O_RDONLY);
  EXPECT(signal(SIGIO, on_break) != SIG_ERR);
  if (answer("lease", fcntl(fd, F_SETLEASE, F_RDLCK))) {
    EXPECT_SAME(fcntl(fd, F_GETLEASE), F_RDLCK);
    sigset_t set, old;
    sigemptyset(&set);
    sigaddset(&set, SIGIO);
    EXPECT_SAME(sigprocmask(SIG_BLOCK, &set, &old), 0);
    pid_t pid = fork();
    if (pid == 0) {
      EXPECT(open("leased", O_WRONLY) >= 0); /* waits until the lease is given up */
      _exit(0);
    }
    sigsuspend(&old);
    EXPECT_SAME(broken, SIGIO);
    EXPECT_SAME(fcntl(fd, F_SETLEASE, F_UNLCK), 0);
    reap(pid);
    EXPECT_SAME(sigprocmask(SIG_SETMASK, &old, NULL), 0);
  }
  close(fd);
}

static void sizes(void) {
  int fd = made("sized");
  EXPECT_SAME(ftruncate(fd, 100000), 0);
  EXPECT_SAME(truncate("sized", 50000), 0);
  EXPECT_SAME(fallocate(fd, FALLOC_FL_KEEP_SIZE, 60000, 1000), 0);
  EXPECT_SAME(lseek(fd, 0, SEEK_END), 50000);
  struct rlimit_ {
    unsigned long now, most;
  } limit = {60000, 60000}, old;
  EXPECT_SAME(syscall(SYS_prlimit64, 0, 1 /* RLIMIT_FSIZE */, NULL, &old), 0);
  limit.most = old.most;
  EXPECT_SAME(syscall(SYS_prlimit64, 0, 1, &limit, NULL), 0);
  EXPECT(signal(SIGXFSZ, SIG_IGN) != SIG_ERR);
  EXPECT_SAME(pwrite(fd, buffer, 100, 60000), -1);
  EXPECT_SAME(errno, EFBIG);
  EXPECT_SAME(pwrite(fd, buffer, 100, 59990), 10); /* as much as is allowed */
  EXPECT_SAME(syscall(SYS_prlimit64, 0, 1, &old, NULL), 0);
  struct statfs space;
  EXPECT_SAME(fstatfs(fd, &space), 0);
  close(fd);
  ok("sizes, blocks of %ld", (long)space.f_bsize);
}

static void mounted(void) {
  pid_t pid = fork();
  if (pid == 0) {
    if (!answer("unshare", unshare(CLONE_NEWNS))) _exit(0);
    if (!answer("private", mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL))) _exit(0);
    if (!answer("mount", mount("none", "inner", "tmpfs", MS_NOSUID, "size=64k"))) _exit(0);
    int fd = made("inner/there");
    EXPECT_SAME(write(fd, "x", 1), 1);
    close(fd);
    EXPECT_SAME(mount("inner", "inner", NULL, MS_BIND | MS_REMOUNT | MS_RDONLY, NULL), 0);
    EXPECT_SAME(open("inner/more", O_CREAT | O_WRONLY, 0600), -1);
    EXPECT_SAME(errno, EROFS);
    EXPECT_SAME(umount2("inner", MNT_DETACH), 0);
    EXPECT_SAME(access("inner/there", F_OK), -1);
    int tree = syscall(SYS_open_tree, AT_FDCWD, "inner", 1 /* OPEN_TREE_CLONE */);
    answer("open_tree", tree);
    int context = syscall(SYS_fsopen, "tmpfs", 0);
    answer("fsopen", context);
    answer("chroot", chroot("inner"));
    EXPECT_SAME(chdir("/"), 0);
    EXPECT(getcwd(buffer, sizeof buffer));
    _exit(0);
  }
  reap(pid);
}

static void watched(void) {
  int fd = fanotify_init(FAN_CLASS_NOTIF | FAN_NONBLOCK, O_RDONLY);
  if (!answer("fanotify", fd)) return;
  close(made("watched"));
  if (answer("mark", fanotify_mark(fd, FAN_MARK_ADD, FAN_OPEN | FAN_CLOSE_WRITE, AT_FDCWD, "watched"))) {
    int file = made("watched");
    close(file);
    ssize_t length = read(fd, buffer, sizeof buffer);
    struct fanotify_event_metadata *event = (void *)buffer;
    int events = 0;
    for (; FAN_EVENT_OK(event, length); event = FAN_EVENT_NEXT(event, length), events++) {
      EXPECT(event->fd >= 0 && event->pid == getpid());
      close(event->fd);
    }
    EXPECT(events >= 1);
  }
  close(fd);
}

static void quotas(void) {
  struct dqblk quota;
  memset(&quota, 0, sizeof quota);
  answer("quota", quotactl(QCMD(Q_GETQUOTA, USRQUOTA), "/dev/null", 0, (void *)&quota));
  answer("sync", quotactl(QCMD(Q_SYNC, USRQUOTA), NULL, 0, NULL));
}

int main(void) {
  EXPECT(mkdtemp(folder));
  EXPECT_SAME(chdir(folder), 0);
  umask(022);
  read_and_written();
  direct();
  names();
  entries();
  attributes();
  handles();
  locks();
  leases();
  sizes();
  mounted();
  watched();
  quotas();
  static const char *const left[] = {"data", "copy", "direct", "symbolic", "inner/moved", "leased", "sized", "watched"};
  for (size_t i = 0; i < sizeof left / sizeof *left; i++) unlink(left[i]);
  EXPECT_SAME(rmdir("inner"), 0);
  EXPECT_SAME(rmdir(folder), 0);
  return 0;
}
