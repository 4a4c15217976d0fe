/*
 * Asynchronous input and output of the kernel (io_setup(2)), as libaio does it: reads, writes, vectors, a sync, an eventfd, a
 * poll, a thread that waits for another's requests, and a look into the ring itself. What it reads depends on what it wrote.
 */
#include <fcntl.h>
#include <linux/aio_abi.h>
#include <poll.h>
#include <pthread.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <time.h>

#include "expect.h"

enum { BLOCK = 4096, BLOCKS = 4, MOST = 8 };

/* fs/aio.c */
struct ring {
  unsigned id, size, head, tail, magic;
};

static aio_context_t context;
static int file;
static char *buffers;

static struct iocb request(int operation, int descriptor, void *buffer, size_t size, long long offset) {
  return (struct iocb){
      .aio_data = (uintptr_t)buffer ^ 0x5a,
      .aio_key = 0x5a, /* the kernel clears it */
      .aio_lio_opcode = (unsigned short)operation,
      .aio_fildes = (unsigned)descriptor,
      .aio_buf = (uintptr_t)buffer,
      .aio_nbytes = size,
      .aio_offset = offset,
  };
}

static long submit(int count, struct iocb *requests) {
  struct iocb *pointers[MOST];
  for (int i = 0; i < count; i++) pointers[i] = &requests[i];
  long taken = syscall(SYS_io_submit, context, (long)count, pointers);
  for (long i = 0; i < taken; i++) EXPECT_SAME(requests[i].aio_key, 0);
  return taken;
}

static long fetch(long least, long most, struct io_event *events, const struct timespec *timeout) {
  return syscall(SYS_io_getevents, context, least, most, events, timeout);
}

/* Fetches as many events, in any order, and adds their results. */
static long long results(int count) {
  struct io_event events[MOST];
  long long sum = 0;
  EXPECT_SAME(fetch(count, MOST, events, NULL), count);
  for (int i = 0; i < count; i++) {
    struct iocb *of = (struct iocb *)(uintptr_t)events[i].obj;
    EXPECT(events[i].data == of->aio_data);
    EXPECT(events[i].res >= 0);
    sum += events[i].res;
  }
  return sum;
}

static void fill_and_read(void) {
  struct iocb writes[BLOCKS], reads[BLOCKS];
  for (int i = 0; i < BLOCKS; i++) {
    memset(buffers + i * BLOCK, 'a' + i, BLOCK);
    writes[i] = request(IOCB_CMD_PWRITE, file, buffers + i * BLOCK, BLOCK, i * BLOCK);
  }
  EXPECT_SAME(submit(BLOCKS, writes), BLOCKS);
  EXPECT_SAME(results(BLOCKS), BLOCKS * BLOCK);
  memset(buffers, 0, BLOCKS * BLOCK);
  for (int i = 0; i < BLOCKS; i++) reads[i] = request(IOCB_CMD_PREAD, file, buffers + i * BLOCK, BLOCK, (BLOCKS - 1 - i) * BLOCK);
  EXPECT_SAME(submit(BLOCKS, reads), BLOCKS);
  const volatile struct ring *ring = (void *)context;
  EXPECT(ring->size >= MOST);
  EXPECT_SAME(results(BLOCKS), BLOCKS * BLOCK);
  EXPECT_SAME(ring->head, ring->tail);
  for (int i = 0; i < BLOCKS; i++) EXPECT_SAME(buffers[i * BLOCK + 17], 'a' + BLOCKS - 1 - i);
  ok("writes and reads");
}

static void vectors(void) {
  struct iovec parts[2] = {{buffers + BLOCK, BLOCK}, {buffers, BLOCK}};
  struct iocb requests[2] = {request(IOCB_CMD_PREADV, file, parts, 2, 0), request(IOCB_CMD_FDSYNC, file, NULL, 0, 0)};
  EXPECT_SAME(submit(2, requests), 2);
  EXPECT_SAME(results(2), 2 * BLOCK);
  EXPECT_SAME(buffers[0], 'b');
  EXPECT_SAME(buffers[BLOCK], 'a');
  requests[0] = request(IOCB_CMD_PWRITEV, file, parts, 2, 2 * BLOCK);
  EXPECT_SAME(submit(1, requests), 1);
  EXPECT_SAME(results(1), 2 * BLOCK);
  ok("vectors, and a sync");
}

static void told_by_eventfd(void) {
  int bell = eventfd(0, 0);
  EXPECT(bell >= 0);
  struct iocb read_one = request(IOCB_CMD_PREAD, file, buffers, BLOCK, 3 * BLOCK);
  read_one.aio_flags = IOCB_FLAG_RESFD;
  read_one.aio_resfd = (unsigned)bell;
  EXPECT_SAME(submit(1, &read_one), 1);
  uint64_t rung;
  EXPECT_SAME(read(bell, &rung, sizeof rung), sizeof rung);
  EXPECT_SAME(rung, 1);
  EXPECT_SAME(results(1), BLOCK);
  EXPECT_SAME(buffers[0], 'b');
  close(bell);
  ok("an eventfd");
}

static void failures(void) {
  struct iocb bad = request(IOCB_CMD_PREAD, 999, buffers, BLOCK, 0), unknown = request(77, file, buffers, BLOCK, 0);
  struct io_event events[MOST];
  const struct timespec moment = {.tv_nsec = 2000000};
  EXPECT(submit(1, &bad) < 0 && errno == EBADF);
  EXPECT(submit(1, &unknown) < 0 && errno == EINVAL);
  EXPECT_SAME(unknown.aio_key, 0);
  EXPECT_SAME(fetch(1, MOST, events, &moment), 0);
  struct iocb behind = request(IOCB_CMD_PREAD, file, buffers, BLOCK, 1000 * BLOCK);
  EXPECT_SAME(submit(1, &behind), 1);
  EXPECT_SAME(results(1), 0);
  ok("failures");
}

/* Where the kernel has it: since Linux 4.18. */
static void polled(void) {
  int ends[2];
  EXPECT_SAME(pipe(ends), 0);
  struct iocb wait = request(IOCB_CMD_POLL, ends[0], NULL, 0, 0);
  wait.aio_buf = POLLIN;
  struct io_event event;
  if (submit(1, &wait) == 1) {
    const struct timespec moment = {.tv_nsec = 1000000};
    EXPECT_SAME(fetch(1, 1, &event, &moment), 0);
    EXPECT_SAME(write(ends[1], "x", 1), 1);
    EXPECT_SAME(fetch(1, 1, &event, NULL), 1);
    EXPECT(event.res & POLLIN);
  } else {
    EXPECT_SAME(errno, EINVAL);
  }
  close(ends[0]);
  close(ends[1]);
  ok("a poll");
}

static void *fetcher(void *sum) {
  *(long long *)sum = results(2);
  EXPECT_SAME(buffers[0], 'a');
  EXPECT_SAME(buffers[BLOCK], 'b');
  return NULL;
}

static void by_threads(void) {
  pthread_t thread;
  long long sum = 0;
  EXPECT_SAME(pthread_create(&thread, NULL, fetcher, &sum), 0);
  struct timespec moment = {.tv_nsec = 5000000};
  nanosleep(&moment, NULL);
  struct iocb reads[2] = {request(IOCB_CMD_PREAD, file, buffers, BLOCK, 0), request(IOCB_CMD_PREAD, file, buffers + BLOCK, BLOCK, BLOCK)};
  EXPECT_SAME(submit(2, reads), 2);
  EXPECT_SAME(pthread_join(thread, NULL), 0);
  EXPECT_SAME(sum, 2 * BLOCK);
  ok("another thread's requests");
}

static void mapped(void) {
  const char *shown = mmap(NULL, BLOCK, PROT_READ, MAP_SHARED, file, 0), *own = mmap(NULL, BLOCK, PROT_READ, MAP_PRIVATE, file, 0);
  EXPECT(shown != MAP_FAILED && own != MAP_FAILED);
  EXPECT_SAME(shown[0], 'a');
  memset(buffers, 'z', BLOCK);
  struct iocb write_one = request(IOCB_CMD_PWRITE, file, buffers, BLOCK, 0);
  EXPECT_SAME(submit(1, &write_one), 1);
  EXPECT_SAME(results(1), BLOCK);
  EXPECT_SAME(shown[5], 'z');
  EXPECT_SAME(own[5], 'z');
  ok("a mapped file");
}

static void not_inherited(void) {
  pid_t child = fork();
  if (child == 0) {
    struct io_event event;
    EXPECT(fetch(0, 1, &event, NULL) < 0 && errno == EINVAL);
    _exit(0);
  }
  int status;
  EXPECT_SAME(waitpid(child, &status, 0), child);
  EXPECT_SAME(status, 0);
  ok("no child's");
}

int main(void) {
  char name[] = "/tmp/kernel-aio-XXXXXX";
  file = mkstemp(name);
  EXPECT(file >= 0);
  /* Where the file system allows it, past the page cache: then requests take their time. */
  fcntl(file, F_SETFL, O_DIRECT);
  EXPECT_SAME(unlink(name), 0);
  buffers = mmap(NULL, BLOCKS * BLOCK, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  EXPECT(buffers != MAP_FAILED);
  EXPECT_SAME(syscall(SYS_io_setup, MOST, &context), 0);
  fill_and_read();
  vectors();
  told_by_eventfd();
  failures();
  polled();
  by_threads();
  not_inherited();
  mapped();
  EXPECT_SAME(syscall(SYS_io_destroy, context), 0);
  EXPECT(syscall(SYS_io_destroy, context) < 0 && errno == EINVAL);
  return 0;
}
