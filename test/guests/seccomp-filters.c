/* A program that filters its own system calls (seccomp(2)): refused ones, SIGSYS, a supervisor, the strict mode. */
#include <fcntl.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stddef.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/ucontext.h>
#include <sys/wait.h>

#include "expect.h"

/* One call is treated otherwise than the rest. */
static int filter(int number, unsigned action, unsigned flags) {
  struct sock_filter code[] = {
      BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, arch)),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, AUDIT_ARCH_X86_64, 1, 0),
      BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_KILL_PROCESS),
      BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, number, 0, 1),
      BPF_STMT(BPF_RET | BPF_K, action),
      BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
  };
  struct sock_fprog program = {sizeof code / sizeof *code, code};
  return (int)syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, flags, &program);
}

static int ended(pid_t pid) {
  int status;
  EXPECT_SAME(waitpid(pid, &status, 0), pid);
  return status;
}

static void refused(void) {
  EXPECT_SAME(filter(SYS_getppid, SECCOMP_RET_ERRNO | 77, 0), 0);
  EXPECT_SAME(syscall(SYS_getppid), -1);
  EXPECT_SAME(errno, 77);
  EXPECT_SAME(filter(SYS_getpgrp, SECCOMP_RET_LOG, 0), 0);
  EXPECT_SAME(syscall(SYS_getpgrp), getpgid(0));
  EXPECT_SAME(filter(SYS_getuid, SECCOMP_RET_TRACE | 5, 0), 0);
  EXPECT_SAME(syscall(SYS_getuid), -1);
  EXPECT_SAME(errno, ENOSYS);
  char status[4096];
  int file = open("/proc/self/status", O_RDONLY);
  ssize_t size = read(file, status, sizeof status - 1);
  EXPECT(size > 0);
  status[size] = 0;
  EXPECT(strstr(status, "Seccomp:\t2\n"));
  close(file);
  ok("calls with other results");
}

static void *starts(void *word) { return word; }

/* Whatever has a number outside of the table is refused, as container runtimes have it. */
static void refused_by_default(void) {
  struct sock_filter code[] = {
      BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
      BPF_JUMP(BPF_JMP | BPF_JGT | BPF_K, 600, 0, 1),
      BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | 78),
      BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
  };
  struct sock_fprog program = {sizeof code / sizeof *code, code};
  EXPECT_SAME(syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &program), 0);
  EXPECT_SAME(syscall(1000), -1);
  EXPECT_SAME(errno, 78);
  /* Where portrace answers it: no such call. */
  EXPECT_SAME(syscall(SYS_rseq, NULL, 0, 0, 0), -1);
  EXPECT(errno == EINVAL || errno == ENOSYS);
  EXPECT_SAME(syscall(SYS_memfd_secret, -1), -1);
  EXPECT(errno == EINVAL || errno == ENOSYS);
  pthread_t thread;
  EXPECT_SAME(pthread_create(&thread, NULL, starts, NULL), 0);
  EXPECT_SAME(pthread_join(thread, NULL), 0);
  ok("calls of no number refused");
}

/* Whether a tracer of this program may be one that can suspend its filters: CAP_SYS_ADMIN, and no filter of its own. */
static int suspendable(void) {
  char status[4096];
  int file = open("/proc/self/status", O_RDONLY);
  ssize_t size = read(file, status, sizeof status - 1);
  close(file);
  EXPECT(size > 0);
  status[size] = 0;
  unsigned long long capabilities = strtoull(strstr(status, "CapEff:") + 7, NULL, 16);
  return capabilities >> 21 & 1 && strstr(status, "Seccomp:\t0\n");
}

/* Sandboxes kill for whatever they do not know. */
static void deadly_by_default(void) {
  pid_t pid = fork();
  if (pid == 0) {
    struct sock_filter code[] = {
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
        BPF_JUMP(BPF_JMP | BPF_JGT | BPF_K, 600, 0, 1),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_KILL_PROCESS),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
    };
    struct sock_fprog program = {sizeof code / sizeof *code, code};
    if (syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &program) != 0) _exit(1);
    if (syscall(SYS_memfd_secret, -1) != -1) _exit(2);
    pthread_t thread;
    if (pthread_create(&thread, NULL, starts, NULL) != 0) _exit(3);
    if (pthread_join(thread, NULL) != 0) _exit(4);
    pid_t child = fork();
    if (child == 0) _exit(syscall(SYS_memfd_secret, -1) == -1 ? 8 : 9);
    int status;
    if (waitpid(child, &status, 0) != child || status != 8 << 8) _exit(5);
    _exit(syscall(SYS_rseq, NULL, 0, 0, 0) == -1 ? 7 : 6);
  }
  EXPECT_SAME(ended(pid), 7 << 8);
  ok("calls of no number kill, and others do not");
}

static volatile int trapped, number, code;
static void *volatile where;
static void answers(int signal, siginfo_t *info, void *context) {
  ucontext_t *interrupted = context;
  (void)signal;
  trapped++;
  number = info->si_syscall;
  code = info->si_code;
  where = info->si_call_addr;
  EXPECT_SAME(info->si_errno, 33);
  EXPECT(info->si_call_addr == (void *)interrupted->uc_mcontext.gregs[REG_RIP]);
  interrupted->uc_mcontext.gregs[REG_RAX] = 4242;
}

static void traps(void) {
  struct sigaction action = {.sa_flags = SA_SIGINFO};
  action.sa_sigaction = answers;
  EXPECT_SAME(sigaction(SIGSYS, &action, NULL), 0);
  EXPECT_SAME(filter(SYS_getegid, SECCOMP_RET_TRAP | 33, 0), 0);
  for (int i = 0; i < 3; i++) EXPECT_SAME(syscall(SYS_getegid), 4242);
  EXPECT_SAME(trapped, 3);
  EXPECT_SAME(number, SYS_getegid);
  EXPECT_SAME(code, 1); /* SYS_SECCOMP */
  ok("calls that become signals");
}

static volatile int steps;
static void *calls(void *argument) {
  steps = 1;
  syscall((long)argument);
  steps = 2;
  return NULL;
}

static void deadly(void) {
  pid_t pid = fork();
  if (pid == 0) {
    if (filter(SYS_getgid, SECCOMP_RET_KILL_PROCESS, 0) != 0) _exit(1);
    syscall(SYS_getgid);
    _exit(2);
  }
  EXPECT_SAME(ended(pid) & 0x7f, SIGSYS);
  /* Only the thread ends, and what it did before is seen. */
  const int numbers[] = {SYS_getgid, SYS_munlockall, SYS_madvise, SYS_fork, SYS_shmdt};
  for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++) {
    pid = fork();
    if (pid == 0) {
      pthread_t thread;
      if (filter(numbers[i], SECCOMP_RET_KILL_THREAD, 0) != 0) _exit(1);
      pthread_create(&thread, NULL, calls, (void *)(long)numbers[i]);
      pthread_join(thread, NULL);
      _exit(10 + steps);
    }
    EXPECT_SAME(ended(pid), 11 << 8);
  }
  ok("deadly calls");
}

static void strict(void) {
  int ends[2];
  char text[8] = "";
  EXPECT_SAME(pipe(ends), 0);
  pid_t pid = fork();
  if (pid == 0) {
    if (prctl(PR_SET_SECCOMP, SECCOMP_MODE_STRICT) != 0) _exit(1);
    if (write(ends[1], "strict", 7) != 7) syscall(SYS_exit, 2);
    syscall(SYS_exit, 4);
  }
  EXPECT_SAME(read(ends[0], text, sizeof text), 7);
  EXPECT_SAME(strcmp(text, "strict"), 0);
  EXPECT_SAME(ended(pid), 4 << 8);
  pid = fork();
  if (pid == 0) {
    if (prctl(PR_SET_SECCOMP, SECCOMP_MODE_STRICT) != 0) _exit(1);
    syscall(SYS_getpid);
    syscall(SYS_exit, 5);
  }
  EXPECT_SAME(ended(pid) & 0x7f, SIGKILL);
  close(ends[0]);
  close(ends[1]);
  ok("the strict mode");
}

static void send_descriptor(int socket, int descriptor) {
  char byte = 'd', room[CMSG_SPACE(sizeof(int))] = "";
  struct iovec part = {&byte, 1};
  struct msghdr message = {.msg_iov = &part, .msg_iovlen = 1, .msg_control = room, .msg_controllen = sizeof room};
  struct cmsghdr *header = CMSG_FIRSTHDR(&message);
  header->cmsg_level = SOL_SOCKET;
  header->cmsg_type = SCM_RIGHTS;
  header->cmsg_len = CMSG_LEN(sizeof(int));
  memcpy(CMSG_DATA(header), &descriptor, sizeof descriptor);
  if (sendmsg(socket, &message, 0) != 1) _exit(1);
}

static int receive_descriptor(int socket) {
  char byte, room[CMSG_SPACE(sizeof(int))];
  struct iovec part = {&byte, 1};
  struct msghdr message = {.msg_iov = &part, .msg_iovlen = 1, .msg_control = room, .msg_controllen = sizeof room};
  EXPECT_SAME(recvmsg(socket, &message, 0), 1);
  int descriptor;
  memcpy(&descriptor, CMSG_DATA(CMSG_FIRSTHDR(&message)), sizeof descriptor);
  return descriptor;
}

/* The parent answers the child's calls. */
static void supervised(void) {
  int sockets[2];
  EXPECT_SAME(socketpair(AF_UNIX, SOCK_STREAM, 0, sockets), 0);
  pid_t pid = fork();
  if (pid == 0) {
    int listener = filter(SYS_getsid, SECCOMP_RET_USER_NOTIF, SECCOMP_FILTER_FLAG_NEW_LISTENER);
    if (listener < 0) _exit(1);
    send_descriptor(sockets[1], listener);
    close(listener);
    if (syscall(SYS_getsid, 11) != 1011) _exit(2);
    if (syscall(SYS_getsid, 12) != -1 || errno != EPERM) _exit(3);
    if (syscall(SYS_getsid, 0) <= 0) _exit(4);
    _exit(6);
  }
  int listener = receive_descriptor(sockets[0]);
  for (int i = 0; i < 3; i++) {
    struct seccomp_notif asked;
    struct seccomp_notif_resp answer;
    memset(&asked, 0, sizeof asked);
    memset(&answer, 0, sizeof answer);
    struct pollfd wait_for = {.fd = listener, .events = POLLIN};
    EXPECT_SAME(poll(&wait_for, 1, -1), 1);
    EXPECT_SAME(ioctl(listener, SECCOMP_IOCTL_NOTIF_RECV, &asked), 0);
    EXPECT_SAME(asked.pid, pid);
    EXPECT_SAME(asked.data.nr, SYS_getsid);
    answer.id = asked.id;
    if (i == 0) answer.val = 1000 + (long long)asked.data.args[0];
    if (i == 1) answer.error = -EPERM;
    if (i == 2) answer.flags = SECCOMP_USER_NOTIF_FLAG_CONTINUE;
    EXPECT_SAME(ioctl(listener, SECCOMP_IOCTL_NOTIF_ID_VALID, &asked.id), 0);
    EXPECT_SAME(ioctl(listener, SECCOMP_IOCTL_NOTIF_SEND, &answer), 0);
  }
  EXPECT_SAME(ended(pid), 6 << 8);
  close(listener);
  ok("a supervisor answers");
}

/* Calls that never sleep do under a supervisor. */
static void supervised_at_once(void) {
  int sockets[2];
  EXPECT_SAME(socketpair(AF_UNIX, SOCK_STREAM, 0, sockets), 0);
  pid_t pid = fork();
  if (pid == 0) {
    int listener = filter(SYS_getppid, SECCOMP_RET_USER_NOTIF, SECCOMP_FILTER_FLAG_NEW_LISTENER);
    if (listener < 0) _exit(1);
    send_descriptor(sockets[1], listener);
    _exit(syscall(SYS_getppid) == 1234 ? 6 : 2);
  }
  int listener = receive_descriptor(sockets[0]);
  struct seccomp_notif asked;
  memset(&asked, 0, sizeof asked);
  EXPECT_SAME(ioctl(listener, SECCOMP_IOCTL_NOTIF_RECV, &asked), 0);
  struct seccomp_notif_resp answer = {.id = asked.id, .val = 1234};
  EXPECT_SAME(ioctl(listener, SECCOMP_IOCTL_NOTIF_SEND, &answer), 0);
  EXPECT_SAME(ended(pid), 6 << 8);
  close(listener);
  ok("a supervisor answers what never sleeps");
}

static void pass(int signal) { (void)signal; }

/* The number of a call that SIGSYS refused stays in rax: no mapping is there, and none is gone. */
static void undone(void) {
  char *page = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  EXPECT(page != MAP_FAILED);
  pid_t pid = fork();
  if (pid == 0) {
    if (signal(SIGSYS, pass) == SIG_ERR || filter(SYS_mmap, SECCOMP_RET_TRAP, 0) != 0 || filter(SYS_munmap, SECCOMP_RET_TRAP, 0) != 0) _exit(1);
    if (syscall(SYS_mmap, NULL, 4096, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) != SYS_mmap) _exit(2);
    if (syscall(SYS_munmap, page, 4096) != SYS_munmap) _exit(3);
    page[0] = 1;
    _exit(6);
  }
  EXPECT_SAME(ended(pid), 6 << 8);
  pid = fork();
  if (pid == 0) {
    if (signal(SIGSYS, SIG_IGN) == SIG_ERR || filter(SYS_getppid, SECCOMP_RET_TRAP, 0) != 0) _exit(1);
    syscall(SYS_getppid);
    _exit(2);
  }
  EXPECT_SAME(ended(pid) & 0x7f, SIGSYS);
  ok("refused by SIGSYS");
}

int main(void) {
  EXPECT_SAME(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0), 0);
  if (suspendable()) deadly_by_default();
  strict();
  supervised();
  supervised_at_once();
  undone();
  deadly();
  refused();
  refused_by_default();
  traps();
  return 0;
}
