/* Sessions and process groups, orphans and who adopts them, zombies, signals to groups, priorities and limits. */
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include "expect.h"

static int status_of(pid_t pid) {
  int status;
  EXPECT_SAME(waitpid(pid, &status, 0), pid);
  return status;
}

static void sleep_for_ever(void) {
  for (;;) pause();
}

static void sessions(void) {
  pid_t pid = fork();
  if (pid == 0) {
    EXPECT_SAME(setsid(), getpid());
    EXPECT_SAME(getsid(0), getpid());
    EXPECT_SAME(getpgrp(), getpid());
    EXPECT_SAME(setsid(), -1);
    EXPECT_SAME(errno, EPERM);
    EXPECT_SAME(open("/dev/tty", O_RDWR), -1);
    EXPECT_SAME(errno, ENXIO);
    _exit(0);
  }
  EXPECT_SAME(status_of(pid), 0);
  ok("a session of its own");
}

/* Three processes in a group of their own, all ended by one signal. */
static void groups(void) {
  pid_t pids[3];
  for (int i = 0; i < 3; i++) {
    pids[i] = fork();
    if (pids[i] == 0) sleep_for_ever();
    EXPECT_SAME(setpgid(pids[i], pids[0]), 0);
    EXPECT_SAME(getpgid(pids[i]), pids[0]);
  }
  EXPECT_SAME(kill(-pids[0], 0), 0);
  EXPECT_SAME(killpg(pids[0], SIGTERM), 0);
  for (int i = 0; i < 3; i++) {
    int status;
    pid_t pid = waitpid(-pids[0], &status, 0);
    EXPECT(pid == pids[0] || pid == pids[1] || pid == pids[2]);
    EXPECT_SAME(status, SIGTERM);
  }
  EXPECT_SAME(kill(-pids[0], 0), -1);
  EXPECT_SAME(errno, ESRCH);
  ok("a group is signalled");

  /* The group of the caller: its own handler runs, too. */
  pid_t leader = fork();
  if (leader == 0) {
    setpgid(0, 0);
    pid_t child = fork();
    if (child == 0) sleep_for_ever();
    signal(SIGUSR1, SIG_IGN);
    EXPECT_SAME(kill(0, SIGUSR1), 0);
    EXPECT_SAME(status_of(child), SIGUSR1);
    _exit(0);
  }
  EXPECT_SAME(status_of(leader), 0);
  ok("its own group");
}

/* A stopped group that loses its last parent outside it gets SIGHUP and SIGCONT (setpgid(2)). */
static void orphaned_group(void) {
  int ends[2];
  char byte;
  EXPECT_SAME(pipe(ends), 0);
  pid_t middle = fork();
  if (middle == 0) {
    pid_t child = fork();
    if (child == 0) {
      setpgid(0, 0);
      raise(SIGSTOP);
      sleep_for_ever();
    }
    int status;
    EXPECT_SAME(waitpid(child, &status, WUNTRACED), child);
    EXPECT(WIFSTOPPED(status));
    _exit(0);
  }
  close(ends[1]);
  EXPECT_SAME(status_of(middle), 0);
  /* SIGHUP ended it: nobody has the pipe open. */
  EXPECT_SAME(read(ends[0], &byte, 1), 0);
  close(ends[0]);
  ok("an orphaned group hangs up");
}

static void orphans(void) {
  int ends[2], go[2];
  EXPECT_SAME(pipe(ends), 0);
  EXPECT_SAME(pipe(go), 0);
  EXPECT_SAME(prctl(PR_SET_CHILD_SUBREAPER, 1), 0);
  pid_t self = getpid();
  pid_t middle = fork();
  if (middle == 0) {
    pid_t orphan = fork();
    if (orphan == 0) {
      char byte;
      EXPECT_SAME(read(go[0], &byte, 1), 1);
      EXPECT_SAME(getppid(), self);
      _exit(17);
    }
    EXPECT_SAME(write(ends[1], &orphan, sizeof orphan), sizeof orphan);
    _exit(16);
  }
  pid_t orphan;
  EXPECT_SAME(read(ends[0], &orphan, sizeof orphan), sizeof orphan);
  EXPECT_SAME(status_of(middle), 16 << 8);
  EXPECT_SAME(write(go[1], "g", 1), 1);
  EXPECT_SAME(status_of(orphan), 17 << 8);
  EXPECT_SAME(prctl(PR_SET_CHILD_SUBREAPER, 0), 0);
  ok("a subreaper adopts and collects");

  /* The signal of a parent's death. */
  middle = fork();
  if (middle == 0) {
    pid_t orphaned = fork();
    if (orphaned == 0) {
      EXPECT_SAME(prctl(PR_SET_PDEATHSIG, SIGKILL), 0);
      EXPECT_SAME(write(ends[1], "r", 1), 1);
      sleep_for_ever();
    }
    char byte;
    EXPECT_SAME(read(ends[0], &byte, 1), 1);
    _exit(0);
  }
  close(ends[1]);
  EXPECT_SAME(status_of(middle), 0);
  char byte;
  EXPECT_SAME(read(ends[0], &byte, 1), 0);
  close(ends[0]);
  close(go[0]);
  close(go[1]);
  ok("a child dies with its parent");
}

static void zombies(void) {
  signal(SIGCHLD, SIG_IGN);
  pid_t pid = fork();
  if (pid == 0) _exit(1);
  int status;
  EXPECT_SAME(waitpid(pid, &status, 0), -1);
  EXPECT_SAME(errno, ECHILD);
  signal(SIGCHLD, SIG_DFL);
  ok("no zombie where SIGCHLD is ignored");

  pid = fork();
  if (pid == 0) _exit(2);
  siginfo_t info;
  EXPECT_SAME(waitid(P_PID, pid, &info, WEXITED | WNOWAIT), 0);
  char name[40], state[512];
  snprintf(name, sizeof name, "/proc/%d/stat", pid);
  int file = open(name, O_RDONLY);
  ssize_t size = read(file, state, sizeof state - 1);
  EXPECT(size > 0);
  state[size] = 0;
  EXPECT_SAME(strrchr(state, ')')[2], 'Z');
  close(file);
  EXPECT_SAME(kill(pid, SIGTERM), 0);
  EXPECT_SAME(status_of(pid), 2 << 8);
  ok("a zombie in /proc");

  /* Many at once. */
  for (int i = 0; i < 60; i++) {
    pid = fork();
    if (pid == 0) _exit(3);
    EXPECT(pid > 0);
  }
  for (int i = 0; i < 60; i++) {
    EXPECT(wait(&status) > 0);
    EXPECT_SAME(status, 3 << 8);
  }
  EXPECT_SAME(wait(&status), -1);
  ok("60 zombies");
}

static void limits(void) {
  pid_t pid = fork();
  if (pid == 0) {
    struct rlimit none = {0, 0}, old;
    EXPECT_SAME(getrlimit(RLIMIT_FSIZE, &old), 0);
    signal(SIGXFSZ, SIG_DFL);
    EXPECT_SAME(setrlimit(RLIMIT_FSIZE, &none), 0);
    int file = open("/tmp", O_TMPFILE | O_RDWR, 0600);
    EXPECT(file >= 0);
    if (write(file, "x", 1) == 1) _exit(1);
    _exit(2);
  }
  EXPECT_SAME(WTERMSIG(status_of(pid)), SIGXFSZ);
  pid = fork();
  if (pid == 0) {
    struct rlimit one = {1, 2};
    EXPECT_SAME(setrlimit(RLIMIT_CPU, &one), 0);
    for (;;) continue;
  }
  EXPECT_SAME(WTERMSIG(status_of(pid)), SIGXCPU);
  ok("limits end a process");
}

int main(void) {
  sessions();
  groups();
  orphaned_group();
  orphans();
  zombies();
  limits();
  return 0;
}
