/*
 * A thread's call returns, and has written memory, while another computes for longer than a turn: the place where that one
 * is interrupted is told with the memory as the returned call left it. These calls are none that write elsewhere first.
 */
#include <fcntl.h>
#include <linux/aio_abi.h>
#include <pthread.h>
#include <sys/sendfile.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <time.h>

#include "expect.h"

enum { ROUNDS = 6, SIZE = 600000, BLOCK = 4096 };

static char content[SIZE] __attribute__((aligned(BLOCK)));
static int file, ends[2];
static aio_context_t context;

static void compute(void) {
  static volatile unsigned value;
  for (int pass = 0; pass < 12000000; pass++) value = value * 1103515245 + 12345;
}

static void rest(void) {
  struct timespec moment = {.tv_nsec = 3000000};
  nanosleep(&moment, NULL);
}

static void *send_all(void *unused) {
  for (int round = 0; round < ROUNDS; round++) {
    off_t at = 0;
    while (at < SIZE) EXPECT(sendfile(ends[0], file, &at, SIZE - (size_t)at) > 0);
  }
  return unused;
}

static void receive_all(void) {
  for (long left = SIZE; left > 0;) {
    long got = read(ends[1], content, (size_t)left);
    EXPECT(got > 0);
    left -= got;
  }
}

static void *fetch_all(void *unused) {
  for (int round = 0; round < ROUNDS; round++) {
    struct io_event event;
    EXPECT_SAME(syscall(SYS_io_getevents, context, 1L, 1L, &event, NULL), 1);
    EXPECT_SAME(event.res, BLOCK);
  }
  return unused;
}

static void write_one(void) {
  struct iocb request = {.aio_lio_opcode = IOCB_CMD_PWRITE, .aio_fildes = (unsigned)file, .aio_buf = (uintptr_t)content, .aio_nbytes = BLOCK};
  struct iocb *requests[] = {&request};
  EXPECT_SAME(syscall(SYS_io_submit, context, 1L, requests), 1);
}

static void during(const char *name, void *(*sleeper)(void *), void (*waker)(void)) {
  pthread_t thread;
  EXPECT_SAME(pthread_create(&thread, NULL, sleeper, NULL), 0);
  for (int round = 0; round < ROUNDS; round++) {
    rest();
    waker();
    compute();
  }
  EXPECT_SAME(pthread_join(thread, NULL), 0);
  ok("%s", name);
}

int main(void) {
  char name[] = "/tmp/late-returns-XXXXXX";
  file = mkstemp(name);
  EXPECT(file >= 0);
  EXPECT_SAME(unlink(name), 0);
  EXPECT_SAME(write(file, content, SIZE), SIZE);
  EXPECT_SAME(socketpair(AF_UNIX, SOCK_STREAM, 0, ends), 0);
  EXPECT_SAME(syscall(SYS_io_setup, 8, &context), 0);
  during("sendfile", send_all, receive_all);
  during("io_getevents", fetch_all, write_one);
  return 0;
}
