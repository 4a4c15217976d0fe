/*
 * Every way to make a process or start a program: vfork(2), posix_spawn(3), clone(2) and clone3(2) with
 * flags that are seldom seen alone, execve(2) that fails, from a thread, and of a script.
 */
#include <fcntl.h>
#include <limits.h>
#include <linux/futex.h>
#include <linux/sched.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <spawn.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include "expect.h"

#define STACK (256 * 1024)

extern char **environ;

static char self[PATH_MAX];

static int status_of(pid_t pid, int options) {
  int status;
  EXPECT_SAME(waitpid(pid, &status, options), pid);
  return status;
}

static void vforks(void) {
  volatile int shared = 1;
  pid_t pid = vfork();
  if (pid == 0) {
    shared = 2;
    _exit(4);
  }
  EXPECT_SAME(shared, 2);
  EXPECT_SAME(status_of(pid, 0), 4 << 8);
  ok("vfork shares memory");

  volatile int failure = 0;
  pid = vfork();
  if (pid == 0) {
    execl("/nonexistent/program", "program", (char *)NULL);
    failure = errno;
    execl("/", "folder", (char *)NULL);
    failure = failure * 1000 + errno;
    _exit(5);
  }
  EXPECT_SAME(failure, ENOENT * 1000 + EACCES);
  EXPECT_SAME(status_of(pid, 0), 5 << 8);
  ok("vfork and execve that fails");

  pid = vfork();
  if (pid == 0) {
    execl(self, self, "exit", "6", (char *)NULL);
    _exit(1);
  }
  EXPECT_SAME(status_of(pid, 0), 6 << 8);
  pid = vfork();
  if (pid == 0) {
    kill(getpid(), SIGKILL);
    _exit(1);
  }
  EXPECT_SAME(status_of(pid, 0), SIGKILL);
  ok("vfork and execve, and a signal");

  /* A vfork in the child of a vfork. */
  pid = vfork();
  if (pid == 0) {
    volatile pid_t inner = vfork();
    if (inner == 0) _exit(7);
    int status;
    _exit(waitpid(inner, &status, 0) == inner ? WEXITSTATUS(status) + 1 : 99);
  }
  EXPECT_SAME(status_of(pid, 0), 8 << 8);
  ok("vfork in vfork");
}

static void spawns(void) {
  posix_spawn_file_actions_t actions;
  posix_spawnattr_t attributes;
  int ends[2];
  pid_t pid;
  char text[64] = "";
  EXPECT_SAME(pipe2(ends, O_CLOEXEC), 0);
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_adddup2(&actions, ends[1], 1);
  posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0);
  posix_spawn_file_actions_addchdir_np(&actions, "/");
  posix_spawnattr_init(&attributes);
  sigset_t masked;
  sigemptyset(&masked);
  sigaddset(&masked, SIGUSR2);
  posix_spawnattr_setsigmask(&attributes, &masked);
  posix_spawnattr_setpgroup(&attributes, 0);
  posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETPGROUP);
  char *arguments[] = {self, "look", NULL};
  EXPECT_SAME(posix_spawn(&pid, self, &actions, &attributes, arguments, environ), 0);
  close(ends[1]);
  EXPECT_SAME(read(ends[0], text, sizeof text), 22);
  EXPECT_SAME(strcmp(text, "/ masked leader input\n"), 0);
  EXPECT_SAME(status_of(pid, 0), 0);
  close(ends[0]);
  ok("posix_spawn with file actions and attributes");
  char *nothing[] = {"nothing", NULL};
  EXPECT_SAME(posix_spawn(&pid, "/nonexistent/program", NULL, NULL, nothing, environ), ENOENT);
  EXPECT_SAME(posix_spawnp(&pid, "no-such-program-anywhere", NULL, NULL, nothing, environ), ENOENT);
  ok("posix_spawn that fails");
}

/* clone */

static int descriptor;
static volatile int seen;
static char folder[PATH_MAX];

static int closes(void *argument) {
  seen = 1;
  return close(*(int *)argument) == 0 ? 0 : 1;
}

static int moves(void *argument) {
  return chdir(argument);
}

static int counts(void *argument) {
  for (int i = 0; i < 100; i++) ++*(volatile int *)argument;
  return 9;
}

static int ends(void *argument) {
  return (int)(long)argument;
}

static void handler(int signal) { seen = signal; }

static int handles(void *argument) {
  (void)argument;
  signal(SIGUSR1, handler);
  return 0;
}

static int says_parent(void *argument) {
  *(volatile pid_t *)argument = getppid();
  return 3;
}

static int makes_sibling(void *argument) {
  static char stack[STACK];
  return clone(says_parent, stack + STACK, CLONE_VM | CLONE_PARENT | SIGCHLD, argument) > 0 ? 0 : 1;
}

static void clones(void) {
  static char stack[STACK];
  int status;
  descriptor = open("/dev/null", O_RDONLY);
  pid_t pid = clone(closes, stack + STACK, CLONE_FILES | SIGCHLD, &descriptor);
  EXPECT_SAME(status_of(pid, 0), 0);
  EXPECT_SAME(seen, 0);
  EXPECT_SAME(fcntl(descriptor, F_GETFD), -1);
  EXPECT_SAME(errno, EBADF);
  ok("CLONE_FILES alone");

  EXPECT(getcwd(folder, sizeof folder));
  pid = clone(moves, stack + STACK, CLONE_FS | SIGCHLD, "/proc");
  EXPECT_SAME(status_of(pid, 0), 0);
  char now[PATH_MAX];
  EXPECT(getcwd(now, sizeof now));
  EXPECT_SAME(strcmp(now, "/proc"), 0);
  EXPECT_SAME(chdir(folder), 0);
  ok("CLONE_FS alone");

  int count = 0;
  pid = clone(counts, stack + STACK, CLONE_VM | SIGCHLD, &count);
  EXPECT_SAME(status_of(pid, 0), 9 << 8);
  EXPECT_SAME(count, 100);
  ok("CLONE_VM alone");

  pid = clone(handles, stack + STACK, CLONE_VM | CLONE_SIGHAND | SIGCHLD, NULL);
  EXPECT_SAME(status_of(pid, 0), 0);
  raise(SIGUSR1);
  EXPECT_SAME(seen, SIGUSR1);
  signal(SIGUSR1, SIG_DFL);
  ok("CLONE_SIGHAND in another process");

  /* No signal at its end: only waits for clones find it. */
  pid = clone(ends, stack + STACK, CLONE_VM, (void *)11);
  EXPECT_SAME(waitpid(pid, &status, 0), -1);
  EXPECT_SAME(errno, ECHILD);
  EXPECT_SAME(status_of(pid, __WCLONE), 11 << 8);
  signal(SIGUSR2, handler);
  pid = clone(ends, stack + STACK, CLONE_VM | SIGUSR2, (void *)12);
  while (waitpid(pid, &status, __WALL) < 0) EXPECT_SAME(errno, EINTR);
  EXPECT_SAME(status, 12 << 8);
  EXPECT_SAME(seen, SIGUSR2);
  ok("other signals at the end");

  volatile pid_t parent = 0;
  pid_t maker = clone(makes_sibling, stack + STACK, CLONE_VM | SIGCHLD, (void *)&parent);
  EXPECT_SAME(status_of(maker, 0), 0);
  EXPECT(waitpid(-1, &status, 0) > 0);
  EXPECT_SAME(status, 3 << 8);
  EXPECT_SAME(parent, getpid());
  ok("CLONE_PARENT");

  pid_t told = 0, here = -1;
  pid = clone(ends, stack + STACK, CLONE_VM | CLONE_PARENT_SETTID | CLONE_CHILD_SETTID | SIGCHLD, (void *)13, &told, NULL, &here);
  EXPECT_SAME(status_of(pid, 0), 13 << 8);
  EXPECT_SAME(told, pid);
  EXPECT_SAME(here, pid);
  pid_t clear = 1;
  pid = clone(ends, stack + STACK, CLONE_VM | CLONE_CHILD_CLEARTID | SIGCHLD, (void *)14, NULL, NULL, &clear);
  while (__atomic_load_n(&clear, __ATOMIC_SEQ_CST) != 0) syscall(SYS_futex, &clear, FUTEX_WAIT, 1, NULL);
  EXPECT_SAME(status_of(pid, 0), 14 << 8);
  ok("ids told and cleared");

  pid = clone(counts, stack + STACK, CLONE_VM | CLONE_VFORK | CLONE_FS | CLONE_FILES | CLONE_IO | CLONE_SYSVSEM | SIGCHLD, &count);
  EXPECT_SAME(count, 200);
  EXPECT_SAME(status_of(pid, 0), 9 << 8);
  errno = 0;
  EXPECT_SAME(clone(ends, stack + STACK, CLONE_THREAD | SIGCHLD, NULL), -1);
  EXPECT_SAME(errno, EINVAL);
  ok("many flags, and wrong ones");
}

static pid_t clone3(struct clone_args *arguments) { return syscall(SYS_clone3, arguments, sizeof *arguments); }

static void clones3(void) {
  struct clone_args plain = {.exit_signal = SIGCHLD};
  pid_t pid = clone3(&plain);
  if (pid == 0) _exit(21);
  EXPECT_SAME(status_of(pid, 0), 21 << 8);

  int pidfd = -1;
  pid_t told = 0;
  struct clone_args with_pidfd = {
      .flags = CLONE_PIDFD | CLONE_PARENT_SETTID, .pidfd = (uint64_t)&pidfd, .parent_tid = (uint64_t)&told, .exit_signal = SIGCHLD};
  pid = clone3(&with_pidfd);
  if (pid == 0) _exit(22);
  EXPECT(pidfd >= 0);
  EXPECT_SAME(told, pid);
  siginfo_t info;
  EXPECT_SAME(waitid(P_PIDFD, pidfd, &info, WEXITED), 0);
  EXPECT_SAME(info.si_status, 22);
  EXPECT_SAME(info.si_pid, pid);
  close(pidfd);
  ok("clone3 with a pidfd");

  /* Without the flag the child inherits the handler. */
  for (int clears = 0; clears < 2; clears++) {
    signal(SIGUSR1, handler);
    signal(SIGUSR2, SIG_IGN);
    struct clone_args arguments = {.flags = clears ? CLONE_CLEAR_SIGHAND : 0, .exit_signal = SIGCHLD};
    pid = clone3(&arguments);
    if (pid == 0) {
      struct sigaction action;
      sigaction(SIGUSR2, NULL, &action);
      if (action.sa_handler != SIG_IGN) _exit(1);
      raise(SIGUSR1);
      _exit(23);
    }
    EXPECT_SAME(status_of(pid, 0), clears ? SIGUSR1 : 23 << 8);
    signal(SIGUSR1, SIG_DFL);
    signal(SIGUSR2, SIG_DFL);
  }
  ok("clone3 with cleared handlers");

  struct clone_args wrong = {.flags = CLONE_SIGHAND | CLONE_CLEAR_SIGHAND | CLONE_VM, .exit_signal = SIGCHLD};
  EXPECT_SAME(clone3(&wrong), -1);
  EXPECT_SAME(errno, EINVAL);
  EXPECT_SAME(syscall(SYS_clone3, NULL, sizeof wrong), -1);
  EXPECT_SAME(errno, EFAULT);
  EXPECT_SAME(syscall(SYS_clone3, &plain, 8), -1);
  EXPECT_SAME(errno, EINVAL);
  ok("clone3 with wrong arguments");
}

/* exec */

static pthread_barrier_t barrier;

static void *waits_for_ever(void *argument) {
  pthread_barrier_wait(&barrier);
  for (;;) pause();
  return argument;
}

static void *execs(void *argument) {
  pthread_barrier_wait(&barrier);
  execl(self, self, "same", argument, (char *)NULL);
  _exit(1);
}

static void program_of_thread(void) {
  pid_t pid = fork();
  if (pid == 0) {
    pthread_t thread;
    char text[16];
    snprintf(text, sizeof text, "%d", getpid());
    pthread_barrier_init(&barrier, NULL, 4);
    for (int i = 0; i < 3; i++) EXPECT_SAME(pthread_create(&thread, NULL, waits_for_ever, NULL), 0);
    EXPECT_SAME(pthread_create(&thread, NULL, execs, text), 0);
    for (;;) pause();
  }
  EXPECT_SAME(status_of(pid, 0), 31 << 8);
  ok("a thread starts a program in its process");
}

static void scripts(void) {
  char name[] = "/tmp/portrace-script-XXXXXX", line[PATH_MAX + 32];
  int file = mkstemp(name);
  EXPECT(file >= 0);
  int size = snprintf(line, sizeof line, "#!%s script\nnothing\n", self);
  EXPECT_SAME(write(file, line, size), size);
  EXPECT_SAME(fchmod(file, 0755), 0);
  close(file);
  pid_t pid = fork();
  if (pid == 0) {
    execl(name, "unseen", "argument", (char *)NULL);
    _exit(1);
  }
  EXPECT_SAME(status_of(pid, 0), 41 << 8);
  ok("a script's interpreter");

  /* A program that is no program: execve says so. */
  file = open(name, O_WRONLY | O_TRUNC);
  EXPECT_SAME(write(file, "no program\n", 11), 11);
  close(file);
  EXPECT_SAME(execl(name, name, (char *)NULL), -1);
  EXPECT_SAME(errno, ENOEXEC);
  ok("no program");

  /* By descriptor, of a file that has no name any more. */
  EXPECT_SAME(unlink(name), 0);
  file = open(self, O_RDONLY | O_CLOEXEC);
  pid = fork();
  if (pid == 0) {
    char *arguments[] = {"nameless", "exit", "42", NULL};
    fexecve(file, arguments, environ);
    _exit(1);
  }
  EXPECT_SAME(status_of(pid, 0), 42 << 8);
  close(file);
  ok("a program by descriptor");
}

/* What this program is when it is started by itself. */
static int again(int count, char **arguments) {
  const char *what = arguments[1];
  if (strcmp(what, "exit") == 0) return atoi(arguments[2]);
  if (strcmp(what, "same") == 0) return atoi(arguments[2]) == getpid() && (pid_t)syscall(SYS_gettid) == getpid() ? 31 : 1;
  if (strcmp(what, "script") == 0) return count == 4 && strcmp(arguments[3], "argument") == 0 ? 41 : 1;
  if (strcmp(what, "look") == 0) {
    char here[PATH_MAX], byte;
    sigset_t masked;
    sigprocmask(SIG_BLOCK, NULL, &masked);
    printf("%s %s %s %s\n", getcwd(here, sizeof here), sigismember(&masked, SIGUSR2) ? "masked" : "open",
           getpgrp() == getpid() ? "leader" : "member", read(0, &byte, 1) == 0 ? "input" : "none");
    return 0;
  }
  return 1;
}

int main(int count, char **arguments) {
  if (count > 1) return again(count, arguments);
  EXPECT_SAME(setenv("PATH", "/usr/bin:/bin", 1), 0);
  EXPECT(readlink("/proc/self/exe", self, sizeof self - 1) > 0);
  vforks();
  spawns();
  clones();
  clones3();
  program_of_thread();
  scripts();
  return 0;
}
