/*
 * execve in all its forms: of itself with other arguments, after vfork, by posix_spawn, by a script's
 * interpreter, of a descriptor, from a second thread, and failing.
 */
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <spawn.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include "expect.h"

static char *self = "/proc/self/exe";
extern char **environ;

static int finish(pid_t pid) {
  int status;
  EXPECT_SAME(waitpid(pid, &status, 0), pid);
  EXPECT(WIFEXITED(status));
  return WEXITSTATUS(status);
}

static void failing(void) {
  char *arguments[] = {"nothing", NULL};
  char name[] = "/tmp/exec-chain-XXXXXX";
  EXPECT_SAME(execve("/nonexistent/program", arguments, environ), -1);
  EXPECT_SAME(errno, ENOENT);
  EXPECT_SAME(execve("/", arguments, environ), -1);
  EXPECT_SAME(errno, EACCES);
  EXPECT_SAME(syscall(SYS_execve, 16L, arguments, environ), -1);
  EXPECT_SAME(errno, EFAULT);
  int fd = mkstemp(name);
  EXPECT_SAME(write(fd, "no program", 10), 10);
  EXPECT_SAME(fchmod(fd, 0700), 0);
  close(fd);
  EXPECT_SAME(execve(name, arguments, environ), -1);
  EXPECT_SAME(errno, ENOEXEC);
  unlink(name);
  ok("failing calls came back");
}

static void by_script(void) {
  char name[] = "/tmp/exec-chain-XXXXXX";
  int fd = mkstemp(name);
  static const char text[] = "#!/bin/sh\nexit $(($1 + 2))\n";
  EXPECT_SAME(write(fd, text, sizeof text - 1), sizeof text - 1);
  EXPECT_SAME(fchmod(fd, 0700), 0);
  close(fd);
  pid_t pid = vfork();
  if (pid == 0) {
    execl(name, name, "40", NULL);
    _exit(127);
  }
  EXPECT_SAME(finish(pid), 42);
  unlink(name);
  ok("script ran");
}

static void *exec_from_thread(void *argument) {
  (void)argument;
  execl(self, "exec-chain", "code", "23", NULL);
  return NULL;
}

static void children(void) {
  char *arguments[] = {"exec-chain", "code", "21", NULL};
  pid_t pid = vfork();
  if (pid == 0) {
    execv(self, arguments);
    _exit(127);
  }
  EXPECT_SAME(finish(pid), 21);
  ok("vfork and exec");

  pid = vfork();
  if (pid == 0) _exit(3);
  EXPECT_SAME(finish(pid), 3);
  ok("vfork and exit");

  EXPECT_SAME(posix_spawn(&pid, self, NULL, NULL, arguments, environ), 0);
  EXPECT_SAME(finish(pid), 21);
  EXPECT_SAME(posix_spawn(&pid, "/nonexistent", NULL, NULL, arguments, environ), ENOENT);
  ok("posix_spawn");

  int fd = open(self, O_RDONLY | O_CLOEXEC);
  pid = fork();
  if (pid == 0) {
    fexecve(fd, arguments, environ);
    _exit(127);
  }
  EXPECT_SAME(finish(pid), 21);
  close(fd);
  ok("exec of a descriptor");

  pid = fork();
  if (pid == 0) {
    pthread_t thread;
    pthread_create(&thread, NULL, exec_from_thread, NULL);
    for (;;) pause();
  }
  EXPECT_SAME(finish(pid), 23);
  ok("exec from a second thread");
}

/* Replaces itself five times; pid, environment, descriptors and dispositions pass through. */
static void stage(int number, char **arguments) {
  char next[16];
  struct sigaction action;
  sigaction(SIGUSR1, NULL, &action);
  EXPECT(action.sa_handler == SIG_IGN);
  sigaction(SIGUSR2, NULL, &action);
  EXPECT(action.sa_handler == SIG_DFL);
  EXPECT_SAME(atoi(arguments[3]), getpid());
  EXPECT_SAME(strcmp(getenv("CHAIN"), "kept"), 0);
  EXPECT(fcntl(atoi(arguments[4]), F_GETFD) >= 0);
  EXPECT_SAME(fcntl(atoi(arguments[5]), F_GETFD), -1);
  ok("stage %d", number);
  if (number == 5) exit(0);
  snprintf(next, sizeof next, "%d", number + 1);
  execl(self, "exec-chain", "stage", next, arguments[3], arguments[4], arguments[5], NULL);
  EXPECT(!"reached");
}

static void ignore(int signal) { (void)signal; }

int main(int count, char **arguments) {
  if (count == 3 && strcmp(arguments[1], "code") == 0) return atoi(arguments[2]);
  if (count == 6 && strcmp(arguments[1], "stage") == 0) stage(atoi(arguments[2]), arguments);
  failing();
  by_script();
  children();
  char pid[16], kept[16], closed[16];
  snprintf(pid, sizeof pid, "%d", getpid());
  snprintf(kept, sizeof kept, "%d", open("/dev/null", O_RDONLY));
  snprintf(closed, sizeof closed, "%d", open("/dev/null", O_RDONLY | O_CLOEXEC));
  setenv("CHAIN", "kept", 1);
  signal(SIGUSR1, SIG_IGN);
  signal(SIGUSR2, ignore);
  execl(self, "exec-chain", "stage", "1", pid, kept, closed, NULL);
  EXPECT(!"reached");
}
