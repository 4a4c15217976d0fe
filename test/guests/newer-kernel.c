/*
 * Runs a program as if the kernel had the call of newer-call.c: a filter hands it to this process
 * (seccomp_unotify(2)), which answers from outside.
 */
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <poll.h>
#include <stddef.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/wait.h>

#include "expect.h"
#include "newer-call.h"

static int filtered(void) {
  struct sock_filter filter[] = {
      BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_newer, 0, 1),
      BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_USER_NOTIF),
      BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
  };
  struct sock_fprog program = {sizeof filter / sizeof *filter, filter};
  EXPECT_SAME(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0), 0);
  return syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, SECCOMP_FILTER_FLAG_NEW_LISTENER, &program);
}

static void put(pid_t pid, uint64_t address, const char *text) {
  struct iovec here = {(void *)text, strlen(text) + 1}, there = {(void *)address, strlen(text) + 1};
  EXPECT_SAME(process_vm_writev(pid, &here, 1, &there, 1, 0), strlen(text) + 1);
}

static void serve(int listener) {
  struct seccomp_notif asked = {0};
  if (ioctl(listener, SECCOMP_IOCTL_NOTIF_RECV, &asked) < 0) return;
  struct newer given;
  struct iovec here = {&given, sizeof given}, there = {(void *)asked.data.args[0], sizeof given};
  EXPECT_SAME(process_vm_readv(asked.pid, &here, 1, &there, 1, 0), sizeof given);
  put(asked.pid, (uintptr_t)given.text, "through a structure");
  put(asked.pid, asked.data.args[2], "directly");
  struct seccomp_notif_resp answer = {.id = asked.id, .val = NEWER_RESULT};
  EXPECT_SAME(ioctl(listener, SECCOMP_IOCTL_NOTIF_SEND, &answer), 0);
}

int main(int argc, char **argv) {
  int ends[2];
  EXPECT(argc > 1);
  EXPECT_SAME(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends), 0);
  pid_t pid = fork();
  EXPECT(pid >= 0);
  if (pid == 0) {
    int listener = filtered();
    EXPECT(listener >= 0);
    EXPECT_SAME(write(ends[1], &listener, sizeof listener), sizeof listener);
    char byte;
    EXPECT_SAME(read(ends[1], &byte, 1), 1); /* until the parent has it */
    close(listener);
    execvp(argv[1], argv + 1);
    _exit(127);
  }
  int theirs;
  EXPECT_SAME(read(ends[0], &theirs, sizeof theirs), sizeof theirs);
  int process = syscall(SYS_pidfd_open, pid, 0), listener = syscall(SYS_pidfd_getfd, process, theirs, 0);
  EXPECT(listener >= 0);
  EXPECT_SAME(write(ends[0], "!", 1), 1);
  struct pollfd entries[] = {{listener, POLLIN, 0}, {process, POLLIN, 0}};
  while (entries[1].revents == 0) {
    EXPECT(poll(entries, 2, -1) > 0);
    if (entries[0].revents & POLLIN) serve(listener);
  }
  int status;
  EXPECT_SAME(waitpid(pid, &status, 0), pid);
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}
