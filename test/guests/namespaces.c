/*
 * Processes in namespaces of their own (namespaces(7)): pids, users, mounts, network, host names. Where the caller
 * may not make them, that is told and all is well.
 */
#include <fcntl.h>
#include <linux/sched.h>
#include <net/if.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/utsname.h>
#include <sys/wait.h>

#include "expect.h"

static pid_t clone3(unsigned long flags) {
  struct clone_args arguments = {.flags = flags, .exit_signal = SIGCHLD};
  return syscall(SYS_clone3, &arguments, sizeof arguments);
}

static int ended(pid_t pid) {
  int status;
  EXPECT_SAME(waitpid(pid, &status, 0), pid);
  return status;
}

static volatile int noted;
static volatile pid_t sender;
static void note(int signal, siginfo_t *info, void *context) {
  (void)context;
  noted = signal;
  sender = info->si_pid;
}

static void *thread_id(void *argument) {
  (void)argument;
  return (void *)syscall(SYS_gettid);
}

/* The first process of a PID namespace: its children have small pids, orphans become its children. */
static void first_process(void) {
  EXPECT_SAME(getpid(), 1);
  EXPECT_SAME(getppid(), 0);
  pid_t child = fork();
  if (child == 0) {
    EXPECT_SAME(getppid(), 1);
    pid_t orphan = fork();
    if (orphan == 0) {
      while (getppid() != 1) usleep(1000);
      _exit(8);
    }
    EXPECT_SAME(orphan, 3);
    _exit(7);
  }
  EXPECT_SAME(child, 2);
  EXPECT_SAME(ended(child), 7 << 8);
  EXPECT_SAME(ended(3), 8 << 8);
  pthread_t thread;
  void *id;
  EXPECT_SAME(pthread_create(&thread, NULL, thread_id, NULL), 0);
  EXPECT_SAME(pthread_join(thread, &id), 0);
  EXPECT_SAME((long)id, 4);
  /* Signals between its processes, which show pids of the namespace. */
  struct sigaction action = {.sa_flags = SA_SIGINFO};
  action.sa_sigaction = note;
  EXPECT_SAME(sigaction(SIGUSR1, &action, NULL), 0);
  sigset_t blocked, old;
  sigemptyset(&blocked);
  sigaddset(&blocked, SIGUSR1);
  EXPECT_SAME(sigprocmask(SIG_BLOCK, &blocked, &old), 0);
  child = fork();
  if (child == 0) {
    kill(1, SIGUSR1);
    _exit(0);
  }
  while (!noted) sigsuspend(&old);
  EXPECT_SAME(sender, child);
  EXPECT_SAME(child, 5);
  EXPECT_SAME(ended(child), 0);
  EXPECT_SAME(sigprocmask(SIG_SETMASK, &old, NULL), 0);
  /* A signal among instructions. */
  noted = 0;
  child = fork();
  if (child == 0) {
    usleep(20000);
    kill(1, SIGUSR1);
    _exit(0);
  }
  for (volatile long spins = 0; !noted; spins++) continue;
  EXPECT_SAME(ended(child), 0);
  /* Its end is the end of all. */
  child = fork();
  if (child == 0) {
    for (;;) pause();
  }
  _exit(9);
}

static void pids(void) {
  pid_t pid = clone3(CLONE_NEWPID);
  EXPECT(pid >= 0);
  if (pid == 0) first_process();
  EXPECT_SAME(ended(pid), 9 << 8);
  ok("pids of their own");
}

static void unshared(void) {
  pid_t pid = fork();
  if (pid == 0) {
    EXPECT_SAME(unshare(CLONE_NEWPID), 0);
    pid_t child = fork();
    if (child == 0) _exit(getpid() == 1 ? 5 : 6);
    EXPECT(child > 1);
    EXPECT_SAME(ended(child), 5 << 8);
    EXPECT_SAME(fork(), -1);
    EXPECT_SAME(errno, ENOMEM);
    _exit(0);
  }
  EXPECT_SAME(ended(pid), 0);
  ok("unshared pids");
}

static void write_map(const char *name, const char *text) {
  int file = open(name, O_WRONLY);
  EXPECT(file >= 0);
  EXPECT_SAME(write(file, text, strlen(text)), strlen(text));
  close(file);
}

static void users(void) {
  pid_t pid = fork();
  if (pid == 0) {
    char text[64];
    unsigned user = geteuid(), group = getegid();
    if (unshare(CLONE_NEWUSER | CLONE_NEWUTS | CLONE_NEWIPC | CLONE_NEWNET | CLONE_NEWNS) != 0) _exit(50);
    write_map("/proc/self/setgroups", "deny");
    snprintf(text, sizeof text, "0 %u 1", user);
    write_map("/proc/self/uid_map", text);
    snprintf(text, sizeof text, "0 %u 1", group);
    write_map("/proc/self/gid_map", text);
    EXPECT_SAME(getuid(), 0);
    EXPECT_SAME(sethostname("inside", 6), 0);
    struct utsname names;
    EXPECT_SAME(uname(&names), 0);
    EXPECT_SAME(strcmp(names.nodename, "inside"), 0);
    EXPECT_SAME(if_nametoindex("lo"), 1);
    EXPECT_SAME(if_nametoindex("eth0"), 0);
    _exit(51);
  }
  EXPECT_SAME(ended(pid), 51 << 8);
  ok("users, host names and networks of their own");
}

/* A file system of its own, in which the program starts itself by another name. */
static void mounts(const char *self) {
  char folder[] = "/tmp/portrace-root-XXXXXX", name[64];
  EXPECT(mkdtemp(folder));
  pid_t pid = fork();
  if (pid == 0) {
    EXPECT_SAME(unshare(CLONE_NEWNS), 0);
    EXPECT_SAME(mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL), 0);
    EXPECT_SAME(mount("none", folder, "tmpfs", 0, NULL), 0);
    snprintf(name, sizeof name, "%s/program", folder);
    int to = open(name, O_CREAT | O_WRONLY | O_CLOEXEC, 0755), from = open(self, O_RDONLY | O_CLOEXEC);
    EXPECT(to >= 0 && from >= 0);
    static char block[65536];
    for (ssize_t size; (size = read(from, block, sizeof block)) > 0;) EXPECT_SAME(write(to, block, size), size);
    close(to);
    close(from);
    /* What a dynamic program needs. */
    const char *folders[] = {"lib", "lib64", "usr"};
    for (int i = 0; i < 3; i++) {
      char source[16], target[64];
      snprintf(source, sizeof source, "/%s", folders[i]);
      snprintf(target, sizeof target, "%s/%s", folder, folders[i]);
      EXPECT_SAME(mkdir(target, 0755), 0);
      EXPECT_SAME(mount(source, target, NULL, MS_BIND | MS_REC, NULL), 0);
    }
    EXPECT_SAME(chroot(folder), 0);
    EXPECT_SAME(chdir("/"), 0);
    execl("/program", "program", "inside", (char *)NULL);
    _exit(1);
  }
  EXPECT_SAME(ended(pid), 61 << 8);
  EXPECT_SAME(rmdir(folder), 0);
  ok("a root of its own");
}

int main(int count, char **arguments) {
  (void)arguments;
  if (count > 1) return access("/tmp", F_OK) != 0 ? 61 : 1;
  pid_t pid = clone3(CLONE_NEWPID);
  if (pid == 0) _exit(0);
  if (pid < 0) {
    ok("no namespaces for this user, errno %d", errno);
    return 0;
  }
  EXPECT_SAME(ended(pid), 0);
  pids();
  unshared();
  users();
  mounts("/proc/self/exe");
  return 0;
}
