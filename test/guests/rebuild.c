/*
 * One program in several builds: MOVED has its code, data and stack elsewhere; the others ask the host
 * for something else, each at another place.
 */
#include <alloca.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <time.h>

#include "expect.h"

/* How often a build looks at the time, and how many ticks it waits for. */
#if defined MORE_TIME
#define LOOKS 6
#define TICKS 100
#elif defined LESS_TIME
#define LOOKS 1
#define TICKS 2
#else
#define LOOKS 3
#define TICKS 5
#endif

static void look_at_time(void) {
  struct timespec last = {0, 0}, now;
  for (int i = 0; i < LOOKS; i++) {
    EXPECT_SAME(syscall(SYS_clock_gettime, CLOCK_MONOTONIC, &now), 0);
    EXPECT(now.tv_sec > last.tv_sec || (now.tv_sec == last.tv_sec && now.tv_nsec > last.tv_nsec));
    last = now;
  }
  ok("time goes on");
  EXPECT_SAME(syscall(SYS_clock_gettime, CLOCK_MONOTONIC, &now), 0);
  EXPECT(now.tv_sec > last.tv_sec || (now.tv_sec == last.tv_sec && now.tv_nsec >= last.tv_nsec));
}

static volatile int ticks;
static void tick(int signal) {
  (void)signal;
  ticks++;
}

static void *thread(void *argument) {
  ok("thread %s", (const char *)argument);
  return argument;
}

static void die_in_child(void) {
  fflush(stdout);
  pid_t pid = fork();
  int status;
  if (pid == 0) {
#ifdef OTHER_STATUS
    _exit(4);
#else
    _exit(3);
#endif
  }
  EXPECT_SAME(waitpid(pid, &status, 0), pid);
  EXPECT(WIFEXITED(status));
  ok("child %d", WEXITSTATUS(status));
}

static void wait_for_ticks(void) {
  struct itimerval often = {{0, 2000}, {0, 2000}}, never = {{0, 0}, {0, 0}};
  signal(SIGALRM, tick);
  setitimer(ITIMER_REAL, &often, NULL);
  while (ticks < TICKS) continue;
  setitimer(ITIMER_REAL, &never, NULL);
  ok("ticked");
}

static void files(void) {
  char one[8], two[8];
  struct iovec parts[] = {{one, 4}, {two, 4}};
#ifdef OTHER_FILE
  int fd = open("/etc/group", O_RDONLY);
#else
  int fd = open("/etc/passwd", O_RDONLY);
#endif
  EXPECT(fd >= 0);
  EXPECT_SAME(readv(fd, parts, 2), 8);
  char *map = mmap(NULL, 4096, PROT_READ, MAP_PRIVATE, fd, 0);
  EXPECT(map != MAP_FAILED && memcmp(map, one, 4) == 0 && memcmp(map + 4, two, 4) == 0);
  close(fd);
  ok("%.4s%.4s", one, two);
}

static void faults(void) {
  fflush(stdout);
  if (fork() == 0) *(volatile int *)16 = 1;
  int status;
  wait(&status);
  EXPECT_SAME(WTERMSIG(status), SIGSEGV);
  ok("fault");
}

int main(int count, char **words) {
#ifdef MOVED
  memset(alloca(5000), count, 5000);
#endif
  char *text = malloc(1000);
  snprintf(text, 1000, "%s with %d words", count > 0 ? "started" : "", count);
  (void)words;
#ifdef OTHER_TEXT
  ok("%s!", text);
#else
  ok("%s", text);
#endif
  look_at_time();
  files();
  pthread_t id;
  void *got;
  EXPECT_SAME(pthread_create(&id, NULL, thread, text), 0);
  EXPECT_SAME(pthread_join(id, &got), 0);
  EXPECT(got == text);
#ifdef MORE
  getppid();
#endif
  die_in_child();
  faults();
  wait_for_ticks();
  return 0;
}
