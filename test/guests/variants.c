/* One program, many small changes: does a list of calls; the argument names the one thing to do otherwise. */
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <termios.h>
#include <time.h>
#include <unistd.h>

static const char *variant;
static int is(const char *name) { return strcmp(variant, name) == 0; }
static volatile sig_atomic_t handled;
static void on_signal(int number) { (void)number; handled++; }
static void say(const char *text) { if (write(1, text, strlen(text)) < 0) _exit(9); }

static void files(void) {
  int file = open("/etc/passwd", is("open-flag") ? O_RDONLY | O_NOFOLLOW : O_RDONLY);
  char buffer[64];
  if (read(file, buffer, is("read-size") ? 32 : 64) < 0) _exit(1);
  lseek(file, is("lseek-offset") ? 8 : 16, SEEK_SET);
  if (pread(file, buffer, 16, is("pread-offset") ? 4 : 0) < 0) _exit(1);
  fcntl(file, F_SETFD, is("fcntl-flag") ? 0 : FD_CLOEXEC);
  close(file);
  file = open(is("other-path") ? "/etc/hostname" : "/etc/group", O_RDONLY);
  close(file);
  access("/etc/fstab", is("access-mode") ? W_OK : R_OK);
  umask(is("umask") ? 027 : 022);
  mkdir("folder", is("mkdir-mode") ? 0700 : 0755);
  file = open("folder/file", O_RDWR | O_CREAT | O_TRUNC, is("create-mode") ? 0600 : 0644);
  if (write(file, is("write-byte") ? "hellO" : "hello", 5) != 5) _exit(1);
  struct iovec parts[2] = {{"ab", 2}, {is("writev-part") ? "cX" : "cd", 2}};
  if (writev(file, parts, 2) != 4) _exit(1);
  if (pwrite(file, "z", 1, is("pwrite-offset") ? 3 : 2) != 1) _exit(1);
  if (ftruncate(file, is("truncate-length") ? 6 : 8) < 0) _exit(1);
  if (!is("fsync-missing")) fsync(file);
  close(file);
  rename("folder/file", is("rename-target") ? "folder/there" : "folder/other");
  unlink("folder/other");
  unlink("folder/there");
  if (!is("rmdir-missing")) rmdir("folder");
  if (chdir(is("chdir-path") ? "/usr" : "/etc") < 0) _exit(1);
}

static void memory(void) {
  size_t size = is("mmap-size") ? 32768 : 16384;
  int protection = is("mmap-protection") ? PROT_READ : PROT_READ | PROT_WRITE;
  int sharing = is("mmap-sharing") ? MAP_SHARED : MAP_PRIVATE;
  char *area = mmap(NULL, size, protection, sharing | MAP_ANONYMOUS, -1, 0);
  mprotect(is("mprotect-place") ? area + 4096 : area, 4096, PROT_READ);
  madvise(area, 8192, is("madvise-advice") ? MADV_SEQUENTIAL : MADV_RANDOM);
  munmap(is("munmap-place") ? area : area + 8192, 8192);
  int object = memfd_create("object", is("memfd-flag") ? 0 : MFD_CLOEXEC);
  if (ftruncate(object, 8192) < 0) _exit(1);
  mmap(NULL, 4096, PROT_READ, MAP_SHARED, object, is("map-offset") ? 4096 : 0);
  close(object);
}

static void signals(void) {
  struct sigaction action = {.sa_handler = on_signal, .sa_flags = is("sigaction-flag") ? SA_RESTART : 0};
  sigaction(SIGUSR1, &action, NULL);
  sigaction(SIGUSR2, &action, NULL);
  pid_t self = getpid();
  if (!is("signal-missing")) kill(self, is("other-signal") ? SIGUSR2 : SIGUSR1);
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, is("mask-signal") ? SIGHUP : SIGTERM);
  sigprocmask(SIG_BLOCK, &set, NULL);
}

static void processes(void) {
  int status;
  pid_t child = syscall(SYS_clone, SIGCHLD | (is("clone-flag") ? CLONE_FS : 0), NULL, NULL, NULL, NULL);
  if (child == 0) {
    if (is("child-call")) getppid();
    _exit(is("child-status") ? 4 : 3);
  }
  waitpid(child, &status, is("wait-flag") ? __WALL : 0);
  if (!is("child-missing")) {
    if (fork() == 0) _exit(0);
    wait(&status);
  }
  prctl(PR_SET_NAME, is("thread-name") ? "nobody" : "somebody");
  struct rlimit limit = {is("rlimit") ? 128 : 64, 256};
  setrlimit(RLIMIT_NOFILE, &limit);
}

static void descriptors(void) {
  int ends[2], other[2];
  char byte = 0;
  if (pipe2(ends, is("pipe-flag") ? O_CLOEXEC | O_NONBLOCK : O_CLOEXEC) < 0 || pipe2(other, O_CLOEXEC) < 0) _exit(1);
  dup2(is("dup-other") ? other[0] : ends[0], 20);
  if (write(ends[1], "x", 1) != 1 || read(ends[0], &byte, 1) != 1) _exit(1);
  int pair[2];
  socketpair(AF_UNIX, is("socket-type") ? SOCK_DGRAM : SOCK_STREAM, 0, pair);
  int value = is("option-value") ? 0 : 1;
  setsockopt(pair[0], SOL_SOCKET, SO_PASSCRED, &value, sizeof value);
  send(pair[0], is("sent-byte") ? "pOng" : "ping", 4, 0);
  shutdown(pair[0], is("shutdown-how") ? SHUT_RDWR : SHUT_WR);
  int waiting;
  ioctl(ends[0], is("ioctl-request") ? (unsigned long)TCGETS : (unsigned long)FIONREAD, &waiting);
  struct timespec pause = {0, is("sleep-time") ? 2000000 : 1000000};
  nanosleep(&pause, NULL);
}

int main(int count, char **arguments) {
  variant = count > 1 ? arguments[1] : "none";
  files();
  memory();
  signals();
  processes();
  descriptors();
  say(is("said-number") ? "answer 43\n" : "answer 42\n");
  if (is("said-twice")) say("once more\n");
  return is("exit-status") ? 1 : 0;
}
