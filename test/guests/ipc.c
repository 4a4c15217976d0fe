/* What processes tell each other without files: System V, POSIX queues, futexes, keys, maps of the kernel. */
#include <fcntl.h>
#include <linux/bpf.h>
#include <linux/futex.h>
#include <linux/landlock.h>
#include <mqueue.h>
#include <poll.h>
#include <signal.h>
#include <sys/ipc.h>
#include <sys/mman.h>
#include <sys/msg.h>
#include <sys/prctl.h>
#include <sys/sem.h>
#include <sys/shm.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>

#include "answers.h"

static void reap(pid_t pid) {
  int status;
  EXPECT_SAME(waitpid(pid, &status, 0), pid);
  EXPECT_SAME(status, 0);
}

struct message {
  long type;
  char text[64];
};

static void messages(void) {
  int queue = msgget(IPC_PRIVATE, IPC_CREAT | 0600);
  EXPECT(queue >= 0);
  struct message message = {3, "the third"};
  pid_t pid = fork();
  if (pid == 0) {
    EXPECT_SAME(msgrcv(queue, &message, sizeof message.text, 5, 0), 6); /* waits for its type */
    EXPECT_SAME(strcmp(message.text, "fifth"), 0);
    message = (struct message){7, "answer"};
    EXPECT_SAME(msgsnd(queue, &message, 7, 0), 0);
    _exit(0);
  }
  EXPECT_SAME(msgsnd(queue, &message, 10, 0), 0);
  message = (struct message){5, "fifth"};
  EXPECT_SAME(msgsnd(queue, &message, 6, 0), 0);
  EXPECT_SAME(msgrcv(queue, &message, sizeof message.text, 7, 0), 7);
  EXPECT_SAME(strcmp(message.text, "answer"), 0);
  reap(pid);
  memset(&message, '.', sizeof message);
  EXPECT_SAME(msgrcv(queue, &message, 3, 0, 0), -1);
  EXPECT_SAME(errno, E2BIG);
  EXPECT_SAME(msgrcv(queue, &message, 3, -4, MSG_NOERROR), 3);
  EXPECT(message.type == 3 && memcmp(message.text, "the.", 4) == 0);
  EXPECT_SAME(msgrcv(queue, &message, 3, 0, IPC_NOWAIT), -1);
  EXPECT_SAME(errno, ENOMSG);
  struct msqid_ds state;
  EXPECT_SAME(msgctl(queue, IPC_STAT, &state), 0);
  EXPECT(state.msg_qnum == 0 && state.msg_lrpid == getpid());
  EXPECT_SAME(msgctl(queue, IPC_RMID, NULL), 0);
  tell("messages, queue %d", queue);
}

static void semaphores(void) {
  int set = semget(IPC_PRIVATE, 3, IPC_CREAT | 0600);
  EXPECT(set >= 0);
  unsigned short values[] = {1, 0, 7};
  EXPECT_SAME(semctl(set, 0, SETALL, values), 0);
  pid_t pid = fork();
  if (pid == 0) {
    struct sembuf down[] = {{0, -1, SEM_UNDO}, {1, -2, 0}}; /* both at once: waits for the second */
    EXPECT_SAME(semop(set, down, 2), 0);
    _exit(0); /* gives the first one back */
  }
  struct sembuf up = {1, 2, 0}, zero = {1, 0, 0};
  EXPECT_SAME(semop(set, &up, 1), 0);
  EXPECT_SAME(semop(set, &zero, 1), 0);
  reap(pid);
  memset(values, 0xff, sizeof values);
  EXPECT_SAME(semctl(set, 0, GETALL, values), 0);
  EXPECT(values[0] == 1 && values[1] == 0 && values[2] == 7);
  EXPECT_SAME(semctl(set, 2, GETVAL), 7);
  struct sembuf down = {1, -1, 0};
  struct timespec soon = {0, 10000000};
  EXPECT_SAME(semtimedop(set, &down, 1, &soon), -1);
  EXPECT_SAME(errno, EAGAIN);
  struct semid_ds state;
  EXPECT_SAME(semctl(set, 0, IPC_STAT, &state), 0);
  EXPECT_SAME(state.sem_nsems, 3);
  EXPECT_SAME(semctl(set, 0, IPC_RMID), 0);
  EXPECT_SAME(semop(set, &down, 1), -1);
  EXPECT_SAME(errno, EINVAL);
  int segment = shmget(IPC_PRIVATE, 5000, IPC_CREAT | 0600);
  struct shmid_ds shape;
  EXPECT_SAME(shmctl(segment, IPC_STAT, &shape), 0);
  EXPECT_SAME(shape.shm_segsz, 5000);
  EXPECT_SAME(shmctl(segment, IPC_RMID, NULL), 0);
  tell("semaphores, set %d", set);
}

static volatile sig_atomic_t told;

static void on_message(int number) { told = number; }

static void queues(void) {
  char name[32], text[64];
  snprintf(name, sizeof name, "/portrace-ipc-%d", getpid());
  struct mq_attr shape = {.mq_maxmsg = 4, .mq_msgsize = sizeof text};
  mqd_t queue = mq_open(name, O_CREAT | O_EXCL | O_RDWR, 0600, &shape);
  if (!answer("queue", queue)) return;
  EXPECT(signal(SIGUSR1, on_message) != SIG_ERR);
  struct sigevent event = {.sigev_notify = SIGEV_SIGNAL, .sigev_signo = SIGUSR1};
  EXPECT_SAME(mq_notify(queue, &event), 0);
  pid_t pid = fork();
  if (pid == 0) {
    EXPECT_SAME(mq_send(queue, "low", 3, 1), 0);
    EXPECT_SAME(mq_send(queue, "high", 4, 9), 0);
    _exit(0);
  }
  reap(pid);
  EXPECT_SAME(told, SIGUSR1);
  unsigned priority;
  memset(text, '.', sizeof text);
  EXPECT_SAME(mq_receive(queue, text, sizeof text, &priority), 4);
  EXPECT(priority == 9 && memcmp(text, "high.", 5) == 0);
  EXPECT_SAME(mq_getattr(queue, &shape), 0);
  EXPECT(shape.mq_curmsgs == 1 && shape.mq_msgsize == sizeof text);
  EXPECT_SAME(mq_receive(queue, text, sizeof text, NULL), 3);
  struct timespec now;
  EXPECT_SAME(clock_gettime(CLOCK_REALTIME, &now), 0);
  EXPECT_SAME(mq_timedreceive(queue, text, sizeof text, &priority, &now), -1);
  EXPECT_SAME(errno, ETIMEDOUT);
  struct pollfd entry = {.fd = queue, .events = POLLIN | POLLOUT};
  EXPECT(poll(&entry, 1, 0) == 1 && entry.revents == POLLOUT);
  EXPECT_SAME(mq_close(queue), 0);
  EXPECT_SAME(mq_unlink(name), 0);
}

/* Two processes that take turns at a word they share. */
static void turns(void) {
  unsigned *word = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  EXPECT(word != MAP_FAILED);
  pid_t pid = fork();
  EXPECT(pid >= 0);
  unsigned mine = pid == 0;
  for (unsigned turn = mine; turn < 200; turn += 2) {
    for (unsigned now; (now = __atomic_load_n(word, __ATOMIC_ACQUIRE)) != turn;) syscall(SYS_futex, word, FUTEX_WAIT, now, NULL, NULL, 0);
    word[1 + turn] = turn * turn;
    __atomic_store_n(word, turn + 1, __ATOMIC_RELEASE);
    EXPECT(syscall(SYS_futex, word, FUTEX_WAKE, 1, NULL, NULL, 0) >= 0);
  }
  if (pid == 0) _exit(0);
  reap(pid);
  EXPECT_SAME(*word, 200);
  struct timespec soon = {0, 5000000};
  EXPECT_SAME(syscall(SYS_futex, word, FUTEX_WAIT_BITSET | FUTEX_CLOCK_REALTIME, 200, &soon, NULL, 1), -1);
  EXPECT_SAME(errno, ETIMEDOUT);
  ok("turns, hash %016lx", (unsigned long)fnv(FNV_START, word, 804));
}

static void keys(void) {
  long key = syscall(SYS_add_key, "user", "portrace-ipc", "payload", 7, -2 /* the process keyring */);
  if (!answer("key", key)) return;
  char text[64];
  memset(text, '.', sizeof text);
  EXPECT_SAME(syscall(SYS_keyctl, 11 /* KEYCTL_READ */, key, text, sizeof text), 7);
  EXPECT_SAME(memcmp(text, "payload.", 8), 0);
  long length = syscall(SYS_keyctl, 6 /* KEYCTL_DESCRIBE */, key, text, sizeof text);
  EXPECT(length > 0 && strncmp(text, "user;", 5) == 0);
  EXPECT_SAME(syscall(SYS_request_key, "user", "portrace-ipc", NULL, 0), key);
  EXPECT_SAME(syscall(SYS_keyctl, 3 /* KEYCTL_REVOKE */, key), 0);
  tell("key 0x%lx", key);
}

static void maps(void) {
  union bpf_attr attributes = {.map_type = BPF_MAP_TYPE_ARRAY, .key_size = 4, .value_size = 8, .max_entries = 4};
  int map = syscall(SYS_bpf, BPF_MAP_CREATE, &attributes, sizeof attributes);
  if (!answer("bpf", map)) return;
  uint32_t key = 2;
  uint64_t value = 0x1122334455667788;
  memset(&attributes, 0, sizeof attributes);
  attributes.map_fd = map, attributes.key = (uintptr_t)&key, attributes.value = (uintptr_t)&value;
  EXPECT_SAME(syscall(SYS_bpf, BPF_MAP_UPDATE_ELEM, &attributes, sizeof attributes), 0);
  value = 0;
  EXPECT_SAME(syscall(SYS_bpf, BPF_MAP_LOOKUP_ELEM, &attributes, sizeof attributes), 0);
  EXPECT_SAME(value, 0x1122334455667788);
  attributes.next_key = (uintptr_t)&value;
  EXPECT_SAME(syscall(SYS_bpf, BPF_MAP_GET_NEXT_KEY, &attributes, sizeof attributes), 0);
  EXPECT_SAME((uint32_t)value, 3);
  struct bpf_map_info info = {0};
  memset(&attributes, 0, sizeof attributes);
  attributes.info.bpf_fd = map, attributes.info.info_len = sizeof info, attributes.info.info = (uintptr_t)&info;
  EXPECT_SAME(syscall(SYS_bpf, BPF_OBJ_GET_INFO_BY_FD, &attributes, sizeof attributes), 0);
  EXPECT_SAME(info.max_entries, 4);
  close(map);
  tell("map %u", info.id);
}

/* A descriptor taken from another process. */
static void taken(void) {
  int pipes[2], ends[2];
  EXPECT_SAME(pipe(pipes), 0);
  pid_t pid = fork();
  if (pid == 0) {
    EXPECT_SAME(pipe(ends), 0);
    EXPECT_SAME(write(ends[1], "taken", 5), 5);
    EXPECT_SAME(write(pipes[1], &ends[0], sizeof ends[0]), sizeof ends[0]);
    pause();
  }
  int theirs;
  EXPECT_SAME(read(pipes[0], &theirs, sizeof theirs), sizeof theirs);
  int process = syscall(SYS_pidfd_open, pid, 0);
  int fd = syscall(SYS_pidfd_getfd, process, theirs, 0);
  if (answer("taken", fd)) {
    char text[8] = "";
    EXPECT_SAME(read(fd, text, sizeof text), 5);
    EXPECT_SAME(strcmp(text, "taken"), 0);
    close(fd);
  }
  EXPECT_SAME(syscall(SYS_pidfd_send_signal, process, SIGKILL, NULL, 0), 0);
  int status;
  EXPECT_SAME(waitpid(pid, &status, 0), pid);
  EXPECT(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
  close(process), close(pipes[0]), close(pipes[1]);
}

static void fenced(void) {
  pid_t pid = fork();
  if (pid == 0) {
    struct landlock_ruleset_attr rules = {.handled_access_fs = LANDLOCK_ACCESS_FS_WRITE_FILE};
    int fd = syscall(SYS_landlock_create_ruleset, &rules, sizeof rules, 0);
    if (answer("landlock", fd)) {
      EXPECT_SAME(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0), 0);
      EXPECT_SAME(syscall(SYS_landlock_restrict_self, fd, 0), 0);
      EXPECT_SAME(open("/dev/null", O_WRONLY), -1);
      EXPECT_SAME(errno, EACCES);
    }
    _exit(0);
  }
  reap(pid);
  EXPECT_SAME(syscall(SYS_membarrier, 0 /* MEMBARRIER_CMD_QUERY */, 0, 0) >= 0 || errno == ENOSYS, 1);
  EXPECT_SAME(syscall(SYS_kcmp, getpid(), getpid(), 1 /* KCMP_VM */, 0, 0) == 0 || errno == ENOSYS, 1);
  ok("fenced");
}

int main(void) {
  messages();
  semaphores();
  queues();
  turns();
  keys();
  maps();
  taken();
  fenced();
  return 0;
}
