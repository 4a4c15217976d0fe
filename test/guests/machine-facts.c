/* What a program can learn of the machine, of time, of chance and of itself, printed: another value each time. */
#include <dirent.h>
#include <fcntl.h>
#include <linux/perf_event.h>
#include <poll.h>
#include <pthread.h>
#include <sched.h>
#include <sys/auxv.h>
#include <sys/eventfd.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/random.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/sysinfo.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/times.h>
#include <sys/timex.h>
#include <sys/utsname.h>
#include <sys/wait.h>
#include <time.h>

#include "expect.h"

#define MOST (1 << 20)

static unsigned char buffer[MOST];

/* All of a file by reads of a size, as a hash. */
static uint64_t hash_of(const char *name, size_t step) {
  int fd = open(name, O_RDONLY | O_CLOEXEC);
  EXPECT(fd >= 0);
  uint64_t hash = FNV_START;
  for (ssize_t got; (got = read(fd, buffer, step)) != 0; hash = fnv(hash, buffer, got)) EXPECT(got > 0);
  close(fd);
  return hash;
}

static void show_file(const char *name) { ok("%s: %016lx", name, (unsigned long)hash_of(name, 4096)); }

static void counters(void) {
  uint32_t low, high, processor;
  uint64_t last = 0, hash = FNV_START;
  for (int i = 0; i < 100; i++) {
    asm volatile("rdtsc" : "=a"(low), "=d"(high));
    uint64_t now = (uint64_t)high << 32 | low;
    EXPECT(now >= last);
    hash = fnv(hash, &now, sizeof now);
    asm volatile("rdtscp" : "=a"(low), "=d"(high), "=c"(processor));
    last = (uint64_t)high << 32 | low;
    EXPECT(last >= now);
    hash = fnv(fnv(hash, &last, sizeof last), &processor, sizeof processor);
  }
  ok("time stamp counter, hash %016lx", (unsigned long)hash);
}

static void chance(void) {
  uint64_t words[32];
  EXPECT_SAME(getrandom(words, sizeof words, GRND_NONBLOCK), sizeof words);
  ok("getrandom: 0x%lx", (unsigned long)fnv(FNV_START, words, sizeof words));
  EXPECT_SAME(getentropy(words, sizeof words), 0);
  ok("getentropy: 0x%lx", (unsigned long)fnv(FNV_START, words, sizeof words));
  static const char *const names[] = {"/dev/urandom", "/dev/random"};
  for (int i = 0; i < 2; i++) {
    int fd = open(names[i], O_RDONLY);
    EXPECT_SAME(read(fd, words, sizeof words), sizeof words);
    ok("%s: 0x%lx", names[i], (unsigned long)fnv(FNV_START, words, sizeof words));
    close(fd);
  }
  show_file("/proc/sys/kernel/random/uuid");
  ok("boot 0x%lx", (unsigned long)hash_of("/proc/sys/kernel/random/boot_id", 10));
  ok("AT_RANDOM: 0x%lx", (unsigned long)fnv(FNV_START, (const void *)getauxval(AT_RANDOM), 16));
  char name[] = "/tmp/machine-facts-XXXXXX";
  int fd = mkstemp(name);
  EXPECT(fd >= 0);
  ok("a name 0x%lx", (unsigned long)fnv(FNV_START, name, sizeof name));
  EXPECT_SAME(unlink(name) | close(fd), 0);
}

static void clocks(void) {
  struct timespec now;
  for (clockid_t clock = 0; clock < 12; clock++) {
    if (clock_gettime(clock, &now) == 0) ok("clock %d: %ld %ld", clock, now.tv_sec, now.tv_nsec);
  }
  clockid_t of_process;
  EXPECT_SAME(clock_getcpuclockid(0, &of_process), 0);
  EXPECT_SAME(clock_gettime(of_process, &now), 0);
  ok("of the process: %ld %ld", now.tv_sec, now.tv_nsec);
  struct timeval day;
  struct timezone zone;
  EXPECT_SAME(gettimeofday(&day, &zone), 0);
  ok("of day: %ld %ld", day.tv_sec, day.tv_usec);
  time_t seconds;
  EXPECT_SAME(syscall(SYS_time, &seconds), seconds);
  ok("time: %ld", (long)seconds);
  struct tms spent;
  long ticks = times(&spent);
  ok("times: %ld %ld %ld", ticks, (long)spent.tms_utime, (long)spent.tms_stime);
  struct timex state = {0};
  int kind = adjtimex(&state);
  EXPECT(kind >= 0);
  ok("adjtimex: %d, 0x%lx", kind, (unsigned long)fnv(FNV_START, &state, sizeof state));
  struct timex again = {0};
  EXPECT(clock_adjtime(CLOCK_REALTIME, &again) >= 0);
  ok("clock_adjtime: %ld", again.time.tv_sec);
}

static void machine(void) {
  struct sysinfo info;
  EXPECT_SAME(sysinfo(&info), 0);
  ok("sysinfo: %ld, %lu of %lu, %d", info.uptime, info.freeram, info.totalram, info.procs);
  struct utsname name;
  EXPECT_SAME(uname(&name), 0);
  ok("uname: 0x%lx", (unsigned long)fnv(FNV_START, &name, sizeof name));
  struct rusage usage;
  EXPECT_SAME(getrusage(RUSAGE_SELF, &usage), 0);
  ok("usage: %ld.%ld, %ld KiB, %ld faults", usage.ru_utime.tv_sec, usage.ru_utime.tv_usec, usage.ru_maxrss, usage.ru_minflt);
  EXPECT_SAME(getrusage(RUSAGE_THREAD, &usage), 0);
  ok("of the thread: %ld.%ld, %ld switches", usage.ru_stime.tv_sec, usage.ru_stime.tv_usec, usage.ru_nvcsw);
  unsigned processor, node;
  EXPECT_SAME(syscall(SYS_getcpu, &processor, &node, NULL), 0);
  ok("processor %u, node %u, %d", processor, node, sched_getcpu());
  cpu_set_t set;
  EXPECT_SAME(sched_getaffinity(0, sizeof set, &set), 0);
  int count = CPU_COUNT(&set);
  EXPECT(CPU_ISSET(processor, &set));
  ok("affinity: %d of %d", count, get_nprocs());
  CPU_ZERO(&set);
  CPU_SET(processor, &set);
  EXPECT_SAME(sched_setaffinity(0, sizeof set, &set), 0);
  EXPECT_SAME(sched_getcpu(), processor);
  struct rlimit limit;
  EXPECT_SAME(getrlimit(RLIMIT_NOFILE, &limit), 0);
  ok("descriptors: %lu", (unsigned long)limit.rlim_cur);
  double load[3];
  EXPECT_SAME(getloadavg(load, 3), 3);
  ok("load: 0x%lx", (unsigned long)fnv(FNV_START, load, sizeof load));
  static const char *const files[] = {"/proc/uptime", "/proc/stat", "/proc/meminfo", "/proc/loadavg", "/proc/interrupts", "/proc/cpuinfo", "/proc/mounts", "/proc/net/dev", "/proc/vmstat", "/proc/version"};
  for (size_t i = 0; i < sizeof files / sizeof *files; i++) show_file(files[i]);
}

static void itself(void) {
  ok("pid %d, parent %d, thread %ld, group %d, session %d", getpid(), getppid(), syscall(SYS_gettid), getpgrp(), getsid(0));
  pid_t pid = fork();
  if (pid == 0) _exit(getppid() == 1 ? 1 : 0);
  int status;
  EXPECT_SAME(wait(&status), pid);
  ok("child %d: %d", pid, status);
  static const char *const files[] = {"/proc/self/stat", "/proc/self/status", "/proc/self/statm", "/proc/self/maps", "/proc/self/smaps_rollup", "/proc/self/cmdline", "/proc/self/environ", "/proc/self/auxv", "/proc/self/limits", "/proc/self/sched", "/proc/self/cgroup", "/proc/self/mountinfo", "/proc/thread-self/comm"};
  for (size_t i = 0; i < sizeof files / sizeof *files; i++) show_file(files[i]);
  ok("maps by small reads: %016lx", (unsigned long)hash_of("/proc/self/maps", 100));
  ssize_t length = readlink("/proc/self/exe", (char *)buffer, sizeof buffer);
  EXPECT(length > 0 && buffer[0] == '/');
  ok("program: 0x%lx", (unsigned long)fnv(FNV_START, buffer, length));
  EXPECT(getcwd((char *)buffer, sizeof buffer));
  ok("folder: 0x%lx", (unsigned long)fnv(FNV_START, buffer, strlen((char *)buffer)));
  int event = eventfd(3, 0);
  char name[40];
  snprintf(name, sizeof name, "/proc/self/fdinfo/%d", event);
  show_file(name);
  snprintf(name, sizeof name, "/proc/self/fd/%d", event);
  EXPECT((length = readlink(name, (char *)buffer, sizeof buffer)) > 0);
  ok("an event: %.*s", (int)length, buffer);
  int here, *there = malloc(sizeof here);
  ok("at %p, %p, %p, %p", (void *)&here, (void *)there, (void *)itself, sbrk(0));
  unsigned long limit = 0;
  EXPECT_SAME(prctl(PR_GET_TID_ADDRESS, &limit) == 0 || errno == EINVAL, 1);
  ok("word 0x%lx", limit);
  void *head;
  size_t size;
  EXPECT_SAME(syscall(SYS_get_robust_list, 0, &head, &size), 0);
  ok("robust list at %p, %zu", head, size);
  long result = syscall(SYS_rseq, NULL, 0, 0, 0); /* registered already, or there is none */
  EXPECT(result == -1 && (errno == EINVAL || errno == ENOSYS || errno == EPERM));
  ok("rseq");
}

static void files(void) {
  struct stat status;
  EXPECT_SAME(stat("/tmp", &status), 0);
  ok("/tmp: inode %lu, %ld links, changed %ld.%ld", (unsigned long)status.st_ino, (long)status.st_nlink, status.st_mtim.tv_sec, status.st_mtim.tv_nsec);
  int fd = open("/tmp", O_TMPFILE | O_RDWR, 0600);
  EXPECT_SAME(fstat(fd, &status), 0);
  ok("a new file: inode %lu, born %ld", (unsigned long)status.st_ino, status.st_ctim.tv_nsec);
  struct statx more;
  EXPECT_SAME(statx(fd, "", AT_EMPTY_PATH, STATX_ALL, &more), 0);
  ok("statx: inode %lu, mount %lu", (unsigned long)more.stx_ino, (unsigned long)more.stx_mnt_id);
  struct statvfs space;
  EXPECT_SAME(statvfs("/tmp", &space), 0);
  ok("free: %lu", (unsigned long)space.f_bfree);
  close(fd);
  DIR *folder = opendir("/proc/self/fd");
  EXPECT(folder);
  uint64_t hash = FNV_START;
  for (struct dirent *entry; (entry = readdir(folder));) hash = fnv(hash, entry->d_name, strlen(entry->d_name));
  closedir(folder);
  ok("descriptors in order: %016lx", (unsigned long)hash);
  folder = opendir("/usr/include");
  EXPECT(folder || (folder = opendir("/usr")));
  hash = FNV_START;
  for (struct dirent *entry; (entry = readdir(folder));) {
    hash = fnv(fnv(hash, entry->d_name, strlen(entry->d_name)), &entry->d_ino, sizeof entry->d_ino);
    long place = telldir(folder);
    hash = fnv(hash, &place, sizeof place);
  }
  closedir(folder);
  ok("a folder in order: %016lx", (unsigned long)hash);
}

/* Reads and results shorter than the buffer leave the rest of it alone. */
static void short_results(void) {
  int pipes[2];
  EXPECT_SAME(pipe(pipes), 0);
  uint64_t hash = FNV_START;
  for (int i = 1; i < 50; i++) {
    memset(buffer, i, 100);
    EXPECT_SAME(write(pipes[1], "0123456789012345678901234567890123456789012345678", i), i);
    EXPECT_SAME(read(pipes[0], buffer, 100), i);
    EXPECT_SAME(buffer[i], i);
    hash = fnv(hash, buffer, 100);
  }
  memset(buffer, 'u', 200);
  struct sockaddr_storage address;
  memset(&address, 'a', sizeof address);
  socklen_t size = sizeof address;
  int socket_ = socket(AF_UNIX, SOCK_STREAM, 0);
  EXPECT_SAME(getsockname(socket_, (void *)&address, &size), 0);
  hash = fnv(hash, &address, sizeof address);
  struct utsname name; /* as the kernel fills it, padding included */
  memset(&name, 'n', sizeof name);
  EXPECT_SAME(uname(&name), 0);
  EXPECT(getcwd((char *)buffer, 200));
  ok("short results: %016lx", (unsigned long)fnv(fnv(hash, &name, sizeof name), buffer, 200));
  close(socket_);
}

/* A counter of the processor's, or of the kernel's where there is none, or nothing where it is not allowed. */
static void performance(void) {
  struct perf_event_attr attributes = {.type = PERF_TYPE_SOFTWARE, .size = sizeof attributes, .config = PERF_COUNT_SW_TASK_CLOCK, .exclude_kernel = 1};
  long fd = syscall(SYS_perf_event_open, &attributes, 0, -1, -1, PERF_FLAG_FD_CLOEXEC);
  uint64_t count = 0;
  if (fd >= 0) {
    for (volatile int i = 0; i < 10000; i++);
    EXPECT_SAME(read(fd, &count, sizeof count), sizeof count);
    EXPECT_SAME(ioctl(fd, PERF_EVENT_IOC_RESET, 0), 0);
    close(fd);
  }
  ok("performance counter: %lu", (unsigned long)count);
}

static void *look(void *argument) {
  ok("a thread: %ld, on its stack %p", syscall(SYS_gettid), (void *)&argument);
  return NULL;
}

int main(void) {
  counters();
  chance();
  clocks();
  machine();
  itself();
  files();
  short_results();
  performance();
  pthread_t thread;
  EXPECT_SAME(pthread_create(&thread, NULL, look, NULL), 0);
  EXPECT_SAME(pthread_join(thread, NULL), 0);
  return 0;
}
