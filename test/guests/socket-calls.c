/* Sockets of every family that needs no other machine: what goes through them and what is said of them. */
#include <arpa/inet.h>
#include <fcntl.h>
#include <linux/if_packet.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <net/ethernet.h>
#include <net/if.h>
#include <netinet/in.h>
#include <netinet/ip_icmp.h>
#include <netinet/tcp.h>
#include <netinet/udp.h>
#include <poll.h>
#include <stddef.h>
#include <sys/sendfile.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <sys/un.h>
#include <sys/wait.h>

#include "answers.h"

static char buffer[1 << 16];

static void reap(pid_t pid) {
  int status;
  EXPECT_SAME(waitpid(pid, &status, 0), pid);
  EXPECT_SAME(status, 0);
}

/* Sends a byte with a descriptor. */
static void pass(int to, int fd) {
  char control[CMSG_SPACE(sizeof fd)] = "";
  struct iovec part = {"p", 1};
  struct msghdr message = {.msg_iov = &part, .msg_iovlen = 1, .msg_control = control, .msg_controllen = sizeof control};
  struct cmsghdr *header = CMSG_FIRSTHDR(&message);
  *header = (struct cmsghdr){.cmsg_len = CMSG_LEN(sizeof fd), .cmsg_level = SOL_SOCKET, .cmsg_type = SCM_RIGHTS};
  memcpy(CMSG_DATA(header), &fd, sizeof fd);
  EXPECT_SAME(sendmsg(to, &message, 0), 1);
}

static void local(void) {
  int ends[2], one = 1;
  EXPECT_SAME(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends), 0);
  EXPECT_SAME(setsockopt(ends[0], SOL_SOCKET, SO_PASSCRED, &one, sizeof one), 0);
  pid_t pid = fork();
  if (pid == 0) {
    int pipes[2];
    EXPECT_SAME(pipe(pipes), 0);
    EXPECT_SAME(write(pipes[1], "passed", 6), 6);
    pass(ends[1], pipes[0]);
    EXPECT_SAME(send(ends[1], "second packet", 13, MSG_EOR), 13);
    _exit(0);
  }
  char control[256], byte;
  struct iovec part = {&byte, 1};
  struct msghdr message = {.msg_iov = &part, .msg_iovlen = 1, .msg_control = control, .msg_controllen = sizeof control};
  EXPECT_SAME(recvmsg(ends[0], &message, MSG_CMSG_CLOEXEC), 1);
  int fd = -1, seen = 0;
  struct ucred who = {0};
  for (struct cmsghdr *header = CMSG_FIRSTHDR(&message); header; header = CMSG_NXTHDR(&message, header), seen++) {
    if (header->cmsg_type == SCM_RIGHTS) memcpy(&fd, CMSG_DATA(header), sizeof fd);
    if (header->cmsg_type == SCM_CREDENTIALS) memcpy(&who, CMSG_DATA(header), sizeof who);
  }
  EXPECT(seen >= 2 && who.pid == pid && fcntl(fd, F_GETFD) == FD_CLOEXEC);
  EXPECT_SAME(read(fd, buffer, 10), 6);
  EXPECT_SAME(memcmp(buffer, "passed", 6), 0);
  EXPECT_SAME(recv(ends[0], buffer, 6, MSG_PEEK | MSG_TRUNC), 13);
  EXPECT_SAME(recv(ends[0], buffer, 6, MSG_TRUNC), 13);
  EXPECT_SAME(memcmp(buffer, "second", 6), 0);
  reap(pid);
  struct ucred peer;
  socklen_t length = sizeof peer;
  EXPECT_SAME(getsockopt(ends[0], SOL_SOCKET, SO_PEERCRED, &peer, &length), 0);
  EXPECT_SAME(peer.pid, getpid());
  close(fd), close(ends[0]), close(ends[1]);
  tell("local: %d from %d", who.pid, peer.pid);
}

static void abstract(void) {
  int server = socket(AF_UNIX, SOCK_STREAM, 0), client;
  struct sockaddr_un address = {.sun_family = AF_UNIX};
  EXPECT_SAME(bind(server, (void *)&address, sizeof address.sun_family), 0); /* the kernel chooses a name */
  socklen_t length = sizeof address;
  EXPECT_SAME(getsockname(server, (void *)&address, &length), 0);
  EXPECT_SAME(length, 8);
  EXPECT_SAME(listen(server, 1), 0);
  pid_t pid = fork();
  if (pid == 0) {
    client = socket(AF_UNIX, SOCK_STREAM, 0);
    EXPECT_SAME(connect(client, (void *)&address, length), 0);
    EXPECT_SAME(write(client, "hello", 5), 5);
    EXPECT_SAME(shutdown(client, SHUT_WR), 0);
    EXPECT_SAME(read(client, buffer, 10), 2);
    _exit(0);
  }
  struct sockaddr_un peer;
  socklen_t size = sizeof peer;
  int fd = accept4(server, (void *)&peer, &size, SOCK_CLOEXEC);
  EXPECT(fd >= 0 && size == 2);
  EXPECT_SAME(recv(fd, buffer, 10, MSG_WAITALL), 5);
  EXPECT_SAME(send(fd, "ok", 2, MSG_NOSIGNAL), 2);
  reap(pid);
  close(fd), close(server);
  tell("an abstract name: 0x%.5s", address.sun_path + 1);
}

static int listening(int family, int type, struct sockaddr_storage *address, socklen_t *length) {
  int fd = socket(family, type, 0);
  EXPECT(fd >= 0);
  memset(address, 0, sizeof *address);
  address->ss_family = family;
  if (family == AF_INET) ((struct sockaddr_in *)address)->sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  else ((struct sockaddr_in6 *)address)->sin6_addr = in6addr_loopback;
  *length = family == AF_INET ? sizeof(struct sockaddr_in) : sizeof(struct sockaddr_in6);
  if (bind(fd, (void *)address, *length) < 0) return -1;
  EXPECT_SAME(getsockname(fd, (void *)address, length), 0);
  if (type == SOCK_STREAM) EXPECT_SAME(listen(fd, 5), 0);
  return fd;
}

static void streams(int family, const char *name) {
  struct sockaddr_storage address;
  socklen_t length;
  int server = listening(family, SOCK_STREAM, &address, &length), one = 1;
  if (!answer(name, server)) return;
  pid_t pid = fork();
  if (pid == 0) {
    int client = socket(family, SOCK_STREAM | SOCK_NONBLOCK, 0), error;
    socklen_t size = sizeof error;
    EXPECT(connect(client, (void *)&address, length) == 0 || errno == EINPROGRESS);
    struct pollfd entry = {.fd = client, .events = POLLOUT};
    EXPECT_SAME(poll(&entry, 1, -1), 1);
    EXPECT_SAME(getsockopt(client, SOL_SOCKET, SO_ERROR, &error, &size), 0);
    EXPECT_SAME(error, 0);
    EXPECT_SAME(setsockopt(client, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one), 0);
    EXPECT_SAME(fcntl(client, F_SETFL, 0), 0);
    for (int i = 0; i < 64; i++) {
      memset(buffer, i, 4096);
      for (int done = 0, now; done < 4096; done += now) EXPECT((now = send(client, buffer + done, 4096 - done, 0)) > 0);
    }
    EXPECT_SAME(shutdown(client, SHUT_WR), 0);
    EXPECT_SAME(recv(client, buffer, 5, MSG_WAITALL), 5);
    EXPECT_SAME(memcmp(buffer, "bytes", 5), 0);
    _exit(0);
  }
  struct sockaddr_storage peer;
  socklen_t size = sizeof peer;
  int fd = accept(server, (void *)&peer, &size);
  EXPECT(fd >= 0 && size == length);
  uint64_t hash = FNV_START;
  long total = 0;
  for (ssize_t got; (got = recv(fd, buffer, sizeof buffer, 0)) != 0; total += got) {
    EXPECT(got > 0);
    hash = fnv(hash, buffer, got);
  }
  EXPECT_SAME(total, 64 * 4096);
  struct tcp_info info;
  size = sizeof info;
  EXPECT_SAME(getsockopt(fd, IPPROTO_TCP, TCP_INFO, &info, &size), 0);
  int file = open("/tmp", O_TMPFILE | O_RDWR, 0600);
  EXPECT_SAME(write(file, "file bytes", 10), 10);
  off_t at = 5;
  EXPECT_SAME(sendfile(fd, file, &at, 5), 5);
  reap(pid);
  close(file), close(fd), close(server);
  tell("%s: port %d, hash %016lx, round trip %u us", name, ntohs(((struct sockaddr_in *)&peer)->sin_port), (unsigned long)hash, info.tcpi_rtt);
}

static void datagrams(int family, const char *name) {
  struct sockaddr_storage address;
  socklen_t length;
  int server = listening(family, SOCK_DGRAM, &address, &length), client = socket(family, SOCK_DGRAM, 0), one = 1;
  if (!answer(name, server)) return;
  EXPECT_SAME(setsockopt(server, SOL_SOCKET, SO_TIMESTAMPNS, &one, sizeof one), 0);
  EXPECT_SAME(setsockopt(server, SOL_SOCKET, SO_RXQ_OVFL, &one, sizeof one), 0);
  if (family == AF_INET) EXPECT_SAME(setsockopt(server, IPPROTO_IP, IP_PKTINFO, &one, sizeof one), 0);
  EXPECT_SAME(connect(client, (void *)&address, length), 0);
  struct iovec out[] = {{"first", 5}, {"the second", 10}, {"3", 1}};
  struct mmsghdr sent[3];
  memset(sent, 0, sizeof sent);
  for (int i = 0; i < 3; i++) sent[i].msg_hdr = (struct msghdr){.msg_iov = &out[i], .msg_iovlen = 1};
  EXPECT_SAME(sendmmsg(client, sent, 3, 0), 3);
  EXPECT(sent[0].msg_len == 5 && sent[1].msg_len == 10 && sent[2].msg_len == 1);
  static char room[4][8], control[4][256];
  struct sockaddr_storage peers[4];
  struct iovec in[4];
  struct mmsghdr got[4];
  memset(got, 0, sizeof got);
  for (int i = 0; i < 4; i++) {
    in[i] = (struct iovec){room[i], 8};
    got[i].msg_hdr = (struct msghdr){.msg_name = &peers[i], .msg_namelen = sizeof peers[i], .msg_iov = &in[i], .msg_iovlen = 1, .msg_control = control[i], .msg_controllen = 256};
  }
  struct timespec wait = {5, 0};
  EXPECT_SAME(recvmmsg(server, got, 4, MSG_WAITFORONE, &wait), 3);
  EXPECT(got[0].msg_len == 5 && memcmp(room[0], "first", 5) == 0);
  EXPECT(got[1].msg_len == 8 && got[1].msg_hdr.msg_flags & MSG_TRUNC && memcmp(room[1], "the seco", 8) == 0);
  struct timespec stamp = {0, 0};
  for (struct cmsghdr *header = CMSG_FIRSTHDR(&got[2].msg_hdr); header; header = CMSG_NXTHDR(&got[2].msg_hdr, header)) {
    if (header->cmsg_level == SOL_SOCKET && header->cmsg_type == SO_TIMESTAMPNS) memcpy(&stamp, CMSG_DATA(header), sizeof stamp);
  }
  EXPECT(stamp.tv_sec > 0);
  EXPECT_SAME(sendto(server, "back", 4, 0, (void *)&peers[0], got[0].msg_hdr.msg_namelen), 4);
  socklen_t size = sizeof peers[3];
  EXPECT_SAME(recvfrom(client, buffer, 100, 0, (void *)&peers[3], &size), 4);
  EXPECT_SAME(size, length);
  EXPECT_SAME(recv(server, buffer, 1, MSG_DONTWAIT), -1);
  EXPECT_SAME(errno, EAGAIN);
  close(server);
  EXPECT_SAME(send(client, "nobody", 6, 0), 6);
  EXPECT_SAME(recv(client, buffer, 1, 0), -1);
  EXPECT_SAME(errno, ECONNREFUSED);
  close(client);
  tell("%s: at %ld %ld", name, stamp.tv_sec, stamp.tv_nsec);
}

/* Asks the kernel for its interfaces. */
static void links(void) {
  int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE);
  if (!answer("netlink", fd)) return;
  struct {
    struct nlmsghdr head;
    struct ifinfomsg body;
  } request = {{sizeof request, RTM_GETLINK, NLM_F_REQUEST | NLM_F_DUMP, 1, 0}, {.ifi_family = AF_UNSPEC}};
  EXPECT_SAME(send(fd, &request, sizeof request, 0), sizeof request);
  uint64_t hash = FNV_START;
  for (int done = 0; !done;) {
    struct sockaddr_nl from;
    struct iovec part = {buffer, sizeof buffer};
    struct msghdr message = {.msg_name = &from, .msg_namelen = sizeof from, .msg_iov = &part, .msg_iovlen = 1};
    int left = recvmsg(fd, &message, 0);
    EXPECT(left > 0 && from.nl_pid == 0);
    hash = fnv(hash, buffer, left);
    for (struct nlmsghdr *head = (void *)buffer; NLMSG_OK(head, (unsigned)left); head = NLMSG_NEXT(head, left)) done |= head->nlmsg_type == NLMSG_DONE;
  }
  struct sockaddr_nl self;
  socklen_t length = sizeof self;
  EXPECT_SAME(getsockname(fd, (void *)&self, &length), 0);
  close(fd);
  tell("interfaces: %016lx, port %u", (unsigned long)hash, self.nl_pid);
}

/* A packet of ours, seen on the loopback. */
static void packets(void) {
  int fd = socket(AF_PACKET, SOCK_DGRAM, htons(ETH_P_IP));
  if (!answer("packet", fd)) return;
  struct sockaddr_ll here = {.sll_family = AF_PACKET, .sll_protocol = htons(ETH_P_IP), .sll_ifindex = if_nametoindex("lo")};
  EXPECT_SAME(bind(fd, (void *)&here, sizeof here), 0);
  struct sockaddr_storage address;
  socklen_t length;
  int server = listening(AF_INET, SOCK_DGRAM, &address, &length);
  EXPECT_SAME(sendto(server, "seen on the way", 15, 0, (void *)&address, length), 15);
  unsigned short port = ((struct sockaddr_in *)&address)->sin_port, to = 0;
  struct sockaddr_ll from;
  while (to != port) {
    socklen_t size = sizeof from;
    ssize_t got = recvfrom(fd, buffer, sizeof buffer, 0, (void *)&from, &size);
    EXPECT(got > 0);
    if (got == 20 + 8 + 15 && buffer[9] == IPPROTO_UDP) memcpy(&to, buffer + 22, sizeof to);
  }
  EXPECT_SAME(memcmp(buffer + 28, "seen on the way", 15), 0);
  struct tpacket_stats stats;
  length = sizeof stats;
  EXPECT_SAME(getsockopt(fd, SOL_PACKET, PACKET_STATISTICS, &stats, &length), 0);
  close(fd), close(server);
  tell("a packet: type %d, %u of them", from.sll_pkttype, stats.tp_packets);
}

static void echoes(void) {
  int fd = socket(AF_INET, SOCK_RAW, IPPROTO_ICMP);
  if (!answer("raw", fd)) return;
  struct icmphdr echo = {.type = ICMP_ECHO, .un.echo = {.id = htons(4711), .sequence = htons(1)}};
  unsigned sum = 0;
  for (size_t i = 0; i < sizeof echo / 2; i++) sum += ((unsigned short *)&echo)[i];
  echo.checksum = ~(sum + (sum >> 16));
  struct sockaddr_in to = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
  EXPECT_SAME(sendto(fd, &echo, sizeof echo, 0, (void *)&to, sizeof to), sizeof echo);
  struct icmphdr reply;
  do {
    EXPECT(recv(fd, buffer, sizeof buffer, 0) > 20);
    memcpy(&reply, buffer + 20, sizeof reply);
  } while (reply.type != ICMP_ECHOREPLY || reply.un.echo.id != echo.un.echo.id);
  close(fd);
  ok("an echo");
}

static void options(void) {
  int fd = socket(AF_INET, SOCK_STREAM, 0), value = 0;
  socklen_t length = sizeof value;
  EXPECT_SAME(getsockopt(fd, SOL_SOCKET, SO_RCVBUF, &value, &length), 0);
  ok("receive buffer %d", value);
  EXPECT_SAME(getsockopt(fd, SOL_SOCKET, SO_TYPE, &value, &length), 0);
  EXPECT_SAME(value, SOCK_STREAM);
  struct linger linger = {1, 3};
  EXPECT_SAME(setsockopt(fd, SOL_SOCKET, SO_LINGER, &linger, sizeof linger), 0);
  length = 4;
  memset(&linger, 0x55, sizeof linger);
  EXPECT_SAME(getsockopt(fd, SOL_SOCKET, SO_LINGER, &linger, &length), 0); /* cut short */
  EXPECT(length == 4 && linger.l_onoff == 1 && linger.l_linger == 0x55555555);
  char name[32] = "";
  length = sizeof name;
  EXPECT_SAME(getsockopt(fd, IPPROTO_TCP, TCP_CONGESTION, name, &length), 0);
  EXPECT(strlen(name) > 0);
  EXPECT_SAME(getsockopt(fd, 12345, 1, name, &length), -1);
  struct sockaddr_in peer;
  length = sizeof peer;
  EXPECT_SAME(getpeername(fd, (void *)&peer, &length), -1);
  EXPECT_SAME(errno, ENOTCONN);
  close(fd);
  ok("options");
}

int main(void) {
  local();
  abstract();
  streams(AF_INET, "TCP");
  streams(AF_INET6, "TCP, version 6");
  datagrams(AF_INET, "UDP");
  datagrams(AF_INET6, "UDP, version 6");
  links();
  packets();
  echoes();
  options();
  return 0;
}
