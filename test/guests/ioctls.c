/* ioctl(2) by families: terminals, sockets, files, blocks, chance, and requests that nobody knows. */
#include <fcntl.h>
#include <linux/fiemap.h>
#include <linux/fs.h>
#include <linux/if_tun.h>
#include <linux/loop.h>
#include <linux/random.h>
#include <linux/rtc.h>
#include <linux/sockios.h>
#include <net/if.h>
#include <netinet/in.h>
#include <poll.h>
#include <pty.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <termios.h>

#include "answers.h"

static char buffer[8192];

static volatile sig_atomic_t resized;

static void on_resize(int number) { resized = number; }

/* A session of its own on a terminal whose other end is the parent. */
static void at_terminal(int terminal) {
  struct winsize size;
  int group;
  EXPECT(setsid() > 0);
  EXPECT(signal(SIGWINCH, on_resize) != SIG_ERR);
  EXPECT(signal(SIGHUP, SIG_IGN) != SIG_ERR); /* to leave a terminal hangs up */
  EXPECT_SAME(ioctl(terminal, TIOCSCTTY, 0), 0);
  EXPECT_SAME(ioctl(terminal, TIOCGPGRP, &group), 0);
  EXPECT_SAME(group, getpgrp());
  EXPECT_SAME(ioctl(terminal, TIOCGSID, &group), 0);
  EXPECT_SAME(group, getpid());
  int tty = open("/dev/tty", O_RDWR);
  EXPECT(tty >= 0);
  EXPECT_SAME(write(tty, "ready\n", 6), 6);
  EXPECT_SAME(read(tty, buffer, 100), 5); /* a line */
  EXPECT_SAME(memcmp(buffer, "line\n", 5), 0);
  EXPECT_SAME(ioctl(tty, TIOCGWINSZ, &size), 0);
  EXPECT(size.ws_row == 30 && size.ws_col == 90 && resized == SIGWINCH);
  EXPECT_SAME(ioctl(tty, TIOCNOTTY), 0);
  _exit(0);
}

/* All that comes until some bytes are there. */
static void expect_from(int fd, const char *text) {
  size_t length = strlen(text), have = 0;
  while (have < length) {
    ssize_t got = read(fd, buffer + have, length - have);
    EXPECT(got > 0);
    have += got;
  }
  EXPECT_SAME(memcmp(buffer, text, length), 0);
}

static void terminals(void) {
  int master = posix_openpt(O_RDWR | O_NOCTTY), number, waiting, packet = 1;
  EXPECT(master >= 0);
  EXPECT_SAME(grantpt(master), 0);
  EXPECT_SAME(unlockpt(master), 0);
  EXPECT_SAME(ioctl(master, TIOCGPTN, &number), 0);
  int terminal = open(ptsname(master), O_RDWR | O_NOCTTY);
  EXPECT(terminal >= 0 && isatty(terminal));
  struct termios modes;
  EXPECT_SAME(tcgetattr(terminal, &modes), 0);
  EXPECT(modes.c_lflag & ECHO && modes.c_cc[VINTR] == 3);
  modes.c_lflag &= ~ECHO;
  modes.c_oflag &= ~ONLCR;
  EXPECT_SAME(tcsetattr(terminal, TCSADRAIN, &modes), 0);
  EXPECT_SAME(ioctl(terminal, TIOCOUTQ, &waiting), 0);
  struct winsize size = {25, 80, 0, 0};
  EXPECT_SAME(ioctl(master, TIOCSWINSZ, &size), 0);
  pid_t pid = fork();
  EXPECT(pid >= 0);
  if (pid == 0) {
    close(master);
    at_terminal(terminal);
  }
  expect_from(master, "ready\n");
  size = (struct winsize){30, 90, 1, 2};
  EXPECT_SAME(ioctl(master, TIOCSWINSZ, &size), 0);
  EXPECT_SAME(write(master, "linf\177e\n", 7), 7); /* edited on the way */
  int status;
  EXPECT_SAME(waitpid(pid, &status, 0), pid);
  EXPECT_SAME(status, 0);
  cfmakeraw(&modes);
  EXPECT_SAME(tcsetattr(terminal, TCSANOW, &modes), 0);
  EXPECT_SAME(write(master, "raw", 3), 3);
  struct pollfd entry = {.fd = terminal, .events = POLLIN};
  EXPECT_SAME(poll(&entry, 1, -1), 1);
  EXPECT_SAME(read(terminal, buffer, 100), 3);
  EXPECT_SAME(ioctl(terminal, FIONREAD, &waiting), 0);
  EXPECT_SAME(waiting, 0);
  EXPECT_SAME(ioctl(master, TIOCPKT, &packet), 0);
  EXPECT_SAME(tcflush(terminal, TCIOFLUSH), 0);
  EXPECT(read(master, buffer, 100) == 1 && buffer[0] & TIOCPKT_FLUSHREAD);
  EXPECT_SAME(tcsendbreak(terminal, 0), 0);
  close(terminal);
  EXPECT_SAME(read(master, buffer, 1), -1);
  EXPECT_SAME(errno, EIO);
  close(master);
  tell("terminal %d", number);
}

static void sockets(void) {
  int fd = socket(AF_INET, SOCK_DGRAM, 0), count;
  struct ifreq request;
  memset(&request, 0, sizeof request);
  strcpy(request.ifr_name, "lo");
  EXPECT_SAME(ioctl(fd, SIOCGIFINDEX, &request), 0);
  tell("loopback %d", request.ifr_ifindex);
  EXPECT_SAME(ioctl(fd, SIOCGIFFLAGS, &request), 0);
  EXPECT(request.ifr_flags & IFF_LOOPBACK);
  EXPECT_SAME(ioctl(fd, SIOCGIFMTU, &request), 0);
  EXPECT(request.ifr_mtu > 0);
  answer("address", ioctl(fd, SIOCGIFADDR, &request));
  EXPECT_SAME(ioctl(fd, SIOCGIFHWADDR, &request), 0);
  strcpy(request.ifr_name, "nowhere");
  EXPECT_SAME(ioctl(fd, SIOCGIFINDEX, &request), -1);
  EXPECT_SAME(errno, ENODEV);
  struct ifconf all = {.ifc_len = sizeof buffer, .ifc_buf = buffer};
  EXPECT_SAME(ioctl(fd, SIOCGIFCONF, &all), 0);
  tell("%d bytes of interfaces, 0x%lx", all.ifc_len, (unsigned long)fnv(FNV_START, buffer, all.ifc_len));
  close(fd);
  int ends[2], mark;
  EXPECT_SAME(socketpair(AF_UNIX, SOCK_STREAM, 0, ends), 0);
  EXPECT_SAME(write(ends[0], "waiting", 7), 7);
  EXPECT_SAME(ioctl(ends[1], SIOCINQ, &count), 0);
  EXPECT_SAME(count, 7);
  EXPECT_SAME(ioctl(ends[0], SIOCOUTQ, &count), 0);
  EXPECT(count >= 7);
  EXPECT_SAME(ioctl(ends[1], SIOCATMARK, &mark) == 0 || errno == EOPNOTSUPP || errno == EINVAL || errno == ENOTTY, 1);
  int on = 1;
  EXPECT_SAME(ioctl(ends[1], FIONBIO, &on), 0);
  EXPECT_SAME(ioctl(ends[1], FIOCLEX), 0);
  EXPECT_SAME(fcntl(ends[1], F_GETFD), FD_CLOEXEC);
  EXPECT_SAME(read(ends[1], buffer, 100), 7);
  EXPECT_SAME(read(ends[1], buffer, 100), -1);
  EXPECT_SAME(errno, EAGAIN);
  close(ends[0]), close(ends[1]);
  ok("sockets");
}

static void files(void) {
  int fd = open("/tmp", O_TMPFILE | O_RDWR, 0600), count = 0;
  memset(buffer, 'f', sizeof buffer);
  EXPECT_SAME(write(fd, buffer, sizeof buffer), sizeof buffer);
  EXPECT_SAME(lseek(fd, 100, SEEK_SET), 100);
  EXPECT_SAME(ioctl(fd, FIONREAD, &count), 0);
  EXPECT_SAME(count, (int)sizeof buffer - 100);
  EXPECT_SAME(fsync(fd), 0);
  long flags = 0;
  answer("flags", ioctl(fd, FS_IOC_GETFLAGS, &flags));
  struct {
    struct fiemap head;
    struct fiemap_extent extents[8];
  } map = {.head = {.fm_length = FIEMAP_MAX_OFFSET, .fm_flags = FIEMAP_FLAG_SYNC, .fm_extent_count = 8}};
  if (answer("extents", ioctl(fd, FS_IOC_FIEMAP, &map))) {
    tell("the first at %llu, 0x%lx", map.extents[0].fe_physical, (unsigned long)fnv(FNV_START, &map.extents, map.head.fm_mapped_extents * sizeof *map.extents));
  }
  int other = open("/tmp", O_TMPFILE | O_RDWR, 0600);
  answer("clone", ioctl(other, FICLONE, fd));
  EXPECT_SAME(ioctl(fd, 0x80085aff, buffer), -1); /* nobody's */
  EXPECT_SAME(errno, ENOTTY);
  EXPECT_SAME(ioctl(999, FIONREAD, &count), -1);
  EXPECT_SAME(errno, EBADF);
  close(fd), close(other);
  ok("files");
}

static void devices(void) {
  int fd = open("/dev/random", O_RDONLY), count = 0;
  EXPECT_SAME(ioctl(fd, RNDGETENTCNT, &count), 0);
  tell("entropy %d", count);
  close(fd);
  fd = open("/dev/loop-control", O_RDWR);
  if (answer("loop", fd)) {
    close(fd);
    fd = open("/dev/loop0", O_RDONLY);
    if (answer("loop 0", fd)) {
      unsigned long long size = 1;
      struct loop_info64 info;
      answer("size", ioctl(fd, BLKGETSIZE64, &size));
      answer("sector", ioctl(fd, BLKSSZGET, &count));
      answer("status", ioctl(fd, LOOP_GET_STATUS64, &info));
      close(fd);
    }
  }
  fd = open("/dev/net/tun", O_RDWR);
  if (answer("tun", fd)) {
    struct ifreq request;
    memset(&request, 0, sizeof request);
    request.ifr_flags = IFF_TUN | IFF_NO_PI;
    unsigned features;
    EXPECT_SAME(ioctl(fd, TUNGETFEATURES, &features), 0);
    if (answer("tun interface", ioctl(fd, TUNSETIFF, &request))) {
      tell("named %s", request.ifr_name);
      EXPECT_SAME(ioctl(fd, TUNGETIFF, &request), 0);
    }
    close(fd);
  }
  fd = open("/dev/rtc0", O_RDONLY);
  if (answer("clock", fd)) {
    struct rtc_time now;
    if (answer("its time", ioctl(fd, RTC_RD_TIME, &now))) tell("%d:%d", now.tm_hour, now.tm_min);
    close(fd);
  }
}

int main(void) {
  terminals();
  sockets();
  files();
  devices();
  return 0;
}
