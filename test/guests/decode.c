/* System calls of many kinds, with arguments that do not depend on chance, for comparing how they are shown. */
#include <errno.h>
#include <fcntl.h>
#include <linux/netlink.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/file.h>
#include <sys/inotify.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/msg.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/select.h>
#include <sys/sendfile.h>
#include <sys/sem.h>
#include <sys/shm.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <sys/syscall.h>
#include <sys/sysinfo.h>
#include <sys/time.h>
#include <sys/timerfd.h>
#include <sys/uio.h>
#include <sys/un.h>
#include <sys/utsname.h>
#include <sys/wait.h>
#include <sys/xattr.h>
#include <linux/futex.h>
#include <termios.h>
#include <time.h>
#include <unistd.h>

static void files(void) {
  struct stat status;
  struct statx statx_status;
  char buffer[256];
  int fd = open("decode.file", O_RDWR | O_CREAT | O_TRUNC | O_APPEND | O_NONBLOCK, 0600);
  (void)!write(fd, "a\"\\\n\t\1z\377\0end, which is more than strace shows", 44);
  lseek(fd, 0, SEEK_SET);
  lseek(fd, -5, SEEK_END);
  struct iovec vector[2] = {{buffer, 3}, {buffer + 3, 100}};
  preadv(fd, vector, 2, 1);
  lseek(fd, 0, SEEK_SET);
  (void)!readv(fd, vector, 2);
  struct iovec out[2] = {{"one", 3}, {"two, three", 10}};
  (void)!writev(fd, out, 2);
  pwritev2(fd, out, 2, 0, RWF_DSYNC);
  fcntl(fd, F_GETFL);
  fcntl(fd, F_SETFL, O_NONBLOCK);
  fcntl(fd, F_GETFD);
  fcntl(fd, F_SETFD, FD_CLOEXEC);
  fcntl(fd, F_GETFD);
  struct flock lock = {.l_type = F_WRLCK, .l_whence = SEEK_SET, .l_start = 1, .l_len = 2};
  fcntl(fd, F_SETLK, &lock);
  fcntl(fd, F_GETLK, &lock);
  flock(fd, LOCK_EX | LOCK_NB);
  close(fcntl(fd, F_DUPFD_CLOEXEC, 20));
  ftruncate(fd, 100);
  fallocate(fd, FALLOC_FL_KEEP_SIZE, 0, 4096);
  posix_fadvise(fd, 0, 0, POSIX_FADV_SEQUENTIAL);
  sync_file_range(fd, 0, 100, SYNC_FILE_RANGE_WRITE);
  fdatasync(fd);
  fchmod(fd, 04755);
  fchown(fd, -1, 5);
  syscall(SYS_statx, AT_FDCWD, "decode.file", AT_SYMLINK_NOFOLLOW, STATX_MODE | STATX_SIZE, &statx_status);
  syscall(SYS_statx, AT_FDCWD, "/none", 0, STATX_BASIC_STATS, &statx_status);
  syscall(SYS_stat, "/dev/null", &status);
  syscall(SYS_lstat, "/dev/null", &status);
  syscall(SYS_stat, "/none", &status);
  access("decode.file", R_OK | W_OK);
  faccessat(AT_FDCWD, "decode.file", X_OK, AT_EACCESS);
  mkdir("decode.folder", 0751);
  int folder = open("decode.folder", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  mknodat(folder, "fifo", S_IFIFO | 0644, 0);
  mknod("decode.device", S_IFCHR | 0600, 0x103);
  symlinkat("target", folder, "link");
  (void)!readlinkat(folder, "link", buffer, sizeof buffer);
  struct timespec times[2] = {{1, 2}, {0, UTIME_OMIT}};
  utimensat(folder, "link", times, AT_SYMLINK_NOFOLLOW);
  struct timeval old_times[2] = {{1, 2}, {3, 4}};
  syscall(SYS_utimes, "decode.file", old_times);
  renameat2(folder, "link", folder, "other", RENAME_NOREPLACE);
  linkat(folder, "fifo", AT_FDCWD, "decode.link", 0);
  fchownat(folder, "fifo", 1, 2, AT_SYMLINK_NOFOLLOW);
  syscall(SYS_getdents64, folder, buffer, sizeof buffer);
  unlinkat(folder, "fifo", 0);
  unlinkat(folder, "other", 0);
  unlinkat(AT_FDCWD, "decode.folder", AT_REMOVEDIR);
  unlink("decode.link");
  unlink("decode.device");
  setxattr("decode.file", "user.name", "value", 5, XATTR_CREATE);
  getxattr("decode.file", "user.name", buffer, sizeof buffer);
  getxattr("decode.file", "user.none", buffer, sizeof buffer);
  listxattr("decode.file", buffer, sizeof buffer);
  removexattr("decode.file", "user.name");
  struct statfs system;
  statfs("/proc", &system);
  statfs("/none", &system);
  umask(027);
  (void)!getcwd(buffer, 3);
  chdir(".");
  fchdir(folder);
  close(folder);
  close(fd);
  syscall(SYS_close_range, 100, 200, 0);
  creat("decode.file", 0640);
  truncate("decode.file", 5);
  rename("decode.file", "decode.again");
  unlink("decode.again");
  int memory = memfd_create("decode", MFD_CLOEXEC | MFD_ALLOW_SEALING);
  fcntl(memory, F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW);
  fcntl(memory, F_GET_SEALS);
  close(memory);
  int watch = inotify_init1(IN_NONBLOCK | IN_CLOEXEC);
  inotify_add_watch(watch, "/", IN_CREATE | IN_DELETE | IN_ONLYDIR);
  inotify_rm_watch(watch, 1);
  close(watch);
  close(-1);
  syscall(SYS_open, (void *)1, 0);
  syscall(SYS_open, NULL, 0x40000000);
}

static void terminals(void) {
  struct termios settings;
  struct winsize size;
  int number = 1, fd = open("/dev/null", O_RDWR);
  ioctl(fd, TCGETS, &settings);
  ioctl(fd, TIOCGWINSZ, &size);
  ioctl(fd, FIONREAD, &number);
  ioctl(fd, FIONBIO, &number);
  ioctl(fd, FIOCLEX);
  ioctl(fd, TIOCGPGRP, &number);
  ioctl(fd, 0x12345678, 5);
  int master = open("/dev/ptmx", O_RDWR | O_NOCTTY);
  ioctl(master, TIOCSPTLCK, &(int){0});
  ioctl(master, TCGETS, &settings);
  settings.c_lflag &= ~ECHO;
  ioctl(master, TCSETSW, &settings);
  size = (struct winsize){24, 80, 0, 0};
  ioctl(master, TIOCSWINSZ, &size);
  ioctl(master, TIOCGWINSZ, &size);
  close(master);
  close(fd);
}

static void waiting(void) {
  int ends[2], two[2];
  char byte;
  pipe2(ends, O_CLOEXEC | O_NONBLOCK);
  syscall(SYS_pipe, two);
  (void)!read(ends[0], &byte, 1);
  struct pollfd fds[2] = {{ends[0], POLLIN | POLLPRI, 0}, {ends[1], POLLOUT, 0}};
  syscall(SYS_poll, fds, 2, 100);
  syscall(SYS_poll, fds, 1, 0);
  ppoll(fds, 1, &(struct timespec){0, 1000}, NULL);
  fd_set readable, writable;
  FD_ZERO(&readable);
  FD_ZERO(&writable);
  FD_SET(ends[0], &readable);
  FD_SET(ends[1], &writable);
  struct timeval none = {0, 0};
  syscall(SYS_select, ends[1] + 1, &readable, &writable, NULL, &none);
  FD_ZERO(&readable);
  FD_SET(ends[0], &readable);
  syscall(SYS_select, ends[0] + 1, &readable, NULL, NULL, &none);
  pselect(ends[1] + 1, NULL, &writable, NULL, &(struct timespec){0, 0}, NULL);
  int epoll = epoll_create1(EPOLL_CLOEXEC);
  struct epoll_event event = {EPOLLIN | EPOLLET, {.u64 = 7}}, events[4];
  epoll_ctl(epoll, EPOLL_CTL_ADD, ends[0], &event);
  event.events = EPOLLOUT;
  epoll_ctl(epoll, EPOLL_CTL_ADD, ends[1], &event);
  epoll_ctl(epoll, EPOLL_CTL_DEL, ends[0], NULL);
  epoll_wait(epoll, events, 4, 0);
  epoll_pwait(epoll, events, 4, 0, NULL);
  close(epoll);
  int counter = eventfd(3, EFD_SEMAPHORE | EFD_CLOEXEC);
  (void)!read(counter, &(unsigned long){0}, 8);
  close(counter);
  int timer = timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK);
  struct itimerspec value = {{0, 0}, {1000, 5}}, old;
  timerfd_settime(timer, TFD_TIMER_ABSTIME, &value, NULL);
  timerfd_settime(timer, 0, &(struct itimerspec){{0, 0}, {0, 0}}, NULL);
  timerfd_gettime(timer, &old);
  close(timer);
  dup2(ends[0], 30);
  dup3(ends[0], 31, O_CLOEXEC);
  close(dup(30));
  splice(ends[0], NULL, two[1], NULL, 10, SPLICE_F_NONBLOCK | SPLICE_F_MOVE);
  tee(ends[0], two[1], 10, SPLICE_F_NONBLOCK);
  sendfile(two[1], ends[0], NULL, 10);
}

static void signalled(int number) { (void)number; }

static void signals(void) {
  struct sigaction action = {.sa_handler = signalled, .sa_flags = SA_RESTART | SA_NODEFER};
  sigset_t set, old;
  sigemptyset(&action.sa_mask);
  sigaddset(&action.sa_mask, SIGUSR2);
  sigaction(SIGUSR1, &action, NULL);
  sigaction(SIGRTMIN + 1, &action, NULL);
  kill(getpid(), SIGUSR1);
  sigfillset(&set);
  sigprocmask(SIG_BLOCK, &set, &old);
  kill(getpid(), SIGUSR1);
  union sigval value = {.sival_int = 7};
  sigqueue(getpid(), SIGRTMIN + 1, value);
  sigpending(&set);
  siginfo_t info;
  sigemptyset(&set);
  sigaddset(&set, SIGRTMIN + 1);
  sigtimedwait(&set, &info, &(struct timespec){0, 0});
  sigtimedwait(&set, &info, &(struct timespec){0, 0});
  int fd = signalfd(-1, &set, SFD_NONBLOCK);
  close(fd);
  sigprocmask(SIG_SETMASK, &old, NULL);
  stack_t stack = {.ss_sp = (void *)0x10000, .ss_flags = SS_DISABLE, .ss_size = 8192};
  stack_t former;
  sigaltstack(&stack, &former);
  signal(SIGALRM, signalled);
  struct itimerval soon = {{0, 0}, {0, 1000}};
  sigemptyset(&set);
  sigaddset(&set, SIGALRM);
  sigprocmask(SIG_BLOCK, &set, &old);
  setitimer(ITIMER_REAL, &soon, NULL);
  sigsuspend(&old);
  sigprocmask(SIG_SETMASK, &old, NULL);
  getitimer(ITIMER_REAL, &soon);
  alarm(100);
  alarm(0);
  timer_t timer;
  struct sigevent event = {.sigev_notify = SIGEV_SIGNAL, .sigev_signo = SIGUSR1};
  timer_create(CLOCK_REALTIME, &event, &timer);
  timer_settime(timer, 0, &(struct itimerspec){{0, 0}, {500, 0}}, NULL);
  timer_getoverrun(timer);
  timer_delete(timer);
  nanosleep(&(struct timespec){0, 1000}, NULL);
  struct timespec left;
  nanosleep(&(struct timespec){0, 1000}, &left);
  clock_nanosleep(CLOCK_MONOTONIC, 0, &(struct timespec){0, 1000}, NULL);
  clock_getres(CLOCK_BOOTTIME, &left);
  raise(SIGCHLD);
  tgkill(getpid(), gettid(), 0);
  syscall(SYS_tkill, gettid(), 0);
}

static void memory(void) {
  char *at = mmap((void *)0x10000000, 8192, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE, -1, 0);
  madvise(at, 4096, MADV_DONTNEED);
  mprotect(at, 4096, PROT_NONE);
  mlock(at + 4096, 4096);
  munlock(at + 4096, 4096);
  msync(at, 4096, MS_SYNC | MS_INVALIDATE);
  unsigned char resident[2];
  mincore(at, 8192, resident);
  mremap(at, 8192, 16384, MREMAP_MAYMOVE | MREMAP_FIXED, (void *)0x20000000);
  munmap((void *)0x20000000, 16384);
  mmap(NULL, 0, PROT_READ, MAP_SHARED, -1, 0);
  mmap(NULL, 4096, PROT_EXEC | 0x40, MAP_SHARED_VALIDATE | MAP_NORESERVE | MAP_POPULATE | MAP_STACK, 77, 0x1000);
  mlockall(MCL_CURRENT | MCL_FUTURE);
  munlockall();
  int id = shmget(IPC_PRIVATE, 4096, IPC_CREAT | 0600);
  (void)id;
  shmget(0x1234, 1, 0);
  semget(IPC_PRIVATE, -1, IPC_CREAT | IPC_EXCL | 0600);
  msgget(0x4321, 0);
  shmdt((void *)0x1000);
  shmctl(id, IPC_RMID, NULL);
}

static void identity(void) {
  struct rlimit limit;
  struct rusage usage;
  struct utsname names;
  gid_t groups[64];
  uid_t real, effective, saved;
  getrlimit(RLIMIT_NOFILE, &limit);
  limit = (struct rlimit){1024 * 1024, RLIM_INFINITY};
  setrlimit(RLIMIT_CORE, &limit);
  syscall(SYS_getrlimit, RLIMIT_STACK, &limit);
  getrusage(RUSAGE_SELF, &usage);
  uname(&names);
  getgroups(64, groups);
  getresuid(&real, &effective, &saved);
  getresgid(&real, &effective, &saved);
  setresuid(-1, -1, -1);
  setregid(-1, -1);
  getpgid(0);
  getsid(0);
  setpgid(0, 0);
  syscall(SYS_getpgrp);
  getpriority(PRIO_PROCESS, 0);
  setpriority(PRIO_PROCESS, 0, 1);
  cpu_set_t cpus;
  CPU_ZERO(&cpus);
  CPU_SET(0, &cpus);
  sched_setaffinity(0, 8, &cpus);
  sched_getscheduler(0);
  struct sched_param parameters = {0};
  sched_getparam(0, &parameters);
  sched_setscheduler(0, SCHED_OTHER, &parameters);
  sched_get_priority_max(SCHED_FIFO);
  sched_yield();
  prctl(PR_SET_NAME, "decoded");
  char name[16];
  prctl(PR_GET_NAME, name);
  prctl(PR_SET_PDEATHSIG, SIGTERM);
  prctl(PR_GET_DUMPABLE);
  prctl(PR_SET_DUMPABLE, 1);
  prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
  prctl(PR_CAPBSET_READ, 0);
  prctl(12345, 1, 2, 3, 4);
  unsigned header[2] = {0x20080522, 0};
  unsigned sets[6];
  syscall(SYS_capget, header, sets);
  syscall(SYS_personality, 0xffffffff);
  syscall(SYS_getcpu, NULL, NULL, NULL);
  unsigned word = 0;
  syscall(SYS_futex, &word, FUTEX_WAKE | FUTEX_PRIVATE_FLAG, 1);
  syscall(SYS_futex, &word, FUTEX_WAIT, 1, NULL);
  syscall(SYS_futex, &word, FUTEX_WAIT_BITSET | FUTEX_CLOCK_REALTIME, 0, &(struct timespec){1, 0}, NULL, FUTEX_BITSET_MATCH_ANY);
  syscall(SYS_futex, &word, FUTEX_CMP_REQUEUE, 1, 2, &word, 5);
  syscall(SYS_membarrier, 0, 0, 0);
  syscall(SYS_ioprio_get, 1, 0);
  syscall(SYS_kcmp, 1, 1, 0, 0, 0);
  syscall(SYS_unshare, CLONE_FS | CLONE_SYSVSEM);
  syscall(SYS_ptrace, 4, 0, 0, 0);
  syscall(9999, 1, 2, 3, 4, 5, 6);
  syscall(SYS_getrandom, name, 4, 2);
  pid_t child = fork();
  if (child == 0) _exit(9);
  int status;
  waitpid(child, &status, 0);
  child = fork();
  if (child == 0) raise(SIGKILL);
  siginfo_t info;
  waitid(P_PID, child, &info, WEXITED | WNOWAIT);
  wait4(child, &status, WNOHANG | __WALL, &usage);
  wait4(-1, &status, WNOHANG, NULL);
}

static void sockets(void) {
  char buffer[64] = "";
  struct sockaddr_un local = {.sun_family = AF_UNIX, .sun_path = "\0decode"};
  struct sockaddr_in inet = {.sin_family = AF_INET, .sin_port = htons(1), .sin_addr = {htonl(INADDR_LOOPBACK)}};
  struct sockaddr_in6 inet6 = {.sin6_family = AF_INET6, .sin6_port = htons(1), .sin6_addr = IN6ADDR_LOOPBACK_INIT};
  struct sockaddr_nl route = {.nl_family = AF_NETLINK};
  socklen_t length = sizeof local;
  int value = 1, pair[2];
  int server = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  bind(server, (void *)&local, offsetof(struct sockaddr_un, sun_path) + 7);
  listen(server, 5);
  getsockname(server, (void *)&local, &length);
  local = (struct sockaddr_un){.sun_family = AF_UNIX, .sun_path = "/none/socket"};
  int client = socket(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK, 0);
  connect(client, (void *)&local, sizeof local);
  sendto(client, "data", 4, MSG_NOSIGNAL | MSG_DONTWAIT, (void *)&local, sizeof local);
  int tcp = socket(AF_INET, SOCK_STREAM, IPPROTO_TCP);
  setsockopt(tcp, SOL_SOCKET, SO_REUSEADDR, &value, sizeof value);
  setsockopt(tcp, IPPROTO_TCP, TCP_NODELAY, &value, sizeof value);
  length = sizeof value;
  getsockopt(tcp, SOL_SOCKET, SO_ERROR, &value, &length);
  getsockopt(tcp, SOL_SOCKET, SO_TYPE, &value, &length);
  connect(tcp, (void *)&inet, sizeof inet);
  getpeername(tcp, (void *)&inet, &length);
  int tcp6 = socket(AF_INET6, SOCK_DGRAM, IPPROTO_UDP);
  connect(tcp6, (void *)&inet6, sizeof inet6);
  int netlink = socket(AF_NETLINK, SOCK_RAW, NETLINK_ROUTE);
  bind(netlink, (void *)&route, sizeof route);
  struct { struct nlmsghdr header; char body[16]; } request = {{32, 18, NLM_F_REQUEST | NLM_F_DUMP, 1, 0}, ""};
  sendto(netlink, &request, 32, 0, (void *)&route, sizeof route);
  socketpair(AF_UNIX, SOCK_STREAM, 0, pair);
  struct iovec vector[2] = {{"one", 3}, {"two", 3}};
  char control[64] __attribute__((aligned(8))) = "";
  struct msghdr message = {.msg_iov = vector, .msg_iovlen = 2, .msg_control = control, .msg_controllen = CMSG_SPACE(4)};
  *CMSG_FIRSTHDR(&message) = (struct cmsghdr){CMSG_LEN(4), SOL_SOCKET, SCM_RIGHTS};
  memcpy(CMSG_DATA(CMSG_FIRSTHDR(&message)), &server, 4);
  sendmsg(pair[0], &message, 0);
  struct iovec into = {buffer, sizeof buffer};
  message = (struct msghdr){.msg_iov = &into, .msg_iovlen = 1, .msg_control = control, .msg_controllen = sizeof control};
  recvmsg(pair[1], &message, MSG_CMSG_CLOEXEC);
  send(pair[0], "more", 4, 0);
  recv(pair[1], buffer, sizeof buffer, MSG_PEEK);
  recvfrom(pair[1], buffer, sizeof buffer, 0, NULL, NULL);
  shutdown(pair[0], SHUT_WR);
  struct ucred credentials;
  length = sizeof credentials;
  getsockopt(pair[0], SOL_SOCKET, SO_PEERCRED, &credentials, &length);
  accept4(server, NULL, NULL, SOCK_CLOEXEC + 1);
}

int main(void) {
  files();
  terminals();
  waiting();
  signals();
  memory();
  identity();
  sockets();
  return 0;
}
