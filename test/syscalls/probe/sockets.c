/* Sockets. */
#define _GNU_SOURCE
#include <net/if.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/un.h>
#include <unistd.h>

#include "probe.h"

static int listener;
static int datagrams[2];
static struct sockaddr_un name;

static void connect_once(void)
{
	int client = socket(AF_UNIX, SOCK_STREAM, 0);
	connect(client, (struct sockaddr *)&name, sizeof name);
}

static void send_datagram(void)
{
	if (send(datagrams[1], "hello, world", 12, 0) != 12) _exit(4);
}

static void send_with_descriptor(void)
{
	char control[CMSG_SPACE(sizeof(int))];
	struct iovec vector = { "hello, world", 12 };
	struct msghdr message = { .msg_iov = &vector, .msg_iovlen = 1, .msg_control = control, .msg_controllen = sizeof control };
	memset(control, 0, sizeof control);
	struct cmsghdr *header = CMSG_FIRSTHDR(&message);
	header->cmsg_level = SOL_SOCKET;
	header->cmsg_type = SCM_RIGHTS;
	header->cmsg_len = CMSG_LEN(sizeof(int));
	*(int *)CMSG_DATA(header) = 0;
	if (sendmsg(datagrams[1], &message, 0) != 12) _exit(4);
}

static void give_message(size_t at, size_t control)
{
	struct iovec vectors[2] = { { (void *)(PC), 5 }, { (void *)(PC + 64), 50 } };
	struct msghdr message = { .msg_name = (void *)PB, .msg_namelen = 100, .msg_iov = (void *)(PB + 512), .msg_iovlen = 2,
		.msg_control = (void *)PD, .msg_controllen = control };
	give(at, &message, sizeof message);
	give(B + 512, vectors, sizeof vectors);
}

void probe_sockets(void)
{
	call(SYS_socketpair, AF_UNIX, SOCK_STREAM, 0, PA);
	name.sun_family = AF_UNIX;
	strcpy(name.sun_path, "socket");
	listener = socket(AF_UNIX, SOCK_STREAM, 0);
	if (bind(listener, (struct sockaddr *)&name, sizeof name) != 0 || listen(listener, 9) != 0) _exit(4);
	before_it(connect_once);
	give_int(B, 100);
	call(SYS_accept, listener, PA, PB);
	before_it(connect_once);
	give_int(B, 1);
	call(SYS_accept4, listener, PA, PB, 0);
	give_int(B, 5);
	call(SYS_getsockname, listener, PA, PB);
	give_int(B, 200);
	call(SYS_getsockname, listener, PA, PB);

	if (socketpair(AF_UNIX, SOCK_DGRAM, 0, datagrams) != 0) _exit(4);
	struct sockaddr_un other = { AF_UNIX, "other" };
	if (bind(datagrams[1], (struct sockaddr *)&other, sizeof other) != 0) _exit(4);
	give_int(B, 100);
	call(SYS_getpeername, datagrams[0], PA, PB);
	before_it(send_datagram);
	give_int(C, 100);
	call(SYS_recvfrom, datagrams[0], PA, 5, MSG_TRUNC, PB, PC);
	before_it(send_datagram);
	give_int(C, 100);
	call(SYS_recvfrom, datagrams[0], PA, 100, 0, PB, PC);
	before_it(send_with_descriptor);
	give_message(A, 100);
	call(SYS_recvmsg, datagrams[0], PA, 0);
	before_it(send_with_descriptor);
	give_message(A, 4);
	call(SYS_recvmsg, datagrams[0], PA, 0);
	before_it(send_with_descriptor);
	give_message(A, 100);
	call(SYS_recvmmsg, datagrams[0], PA, 1, 0, 0);
	/* No memory for the data: some of it arrives all the same. */
	struct iovec crossing = { (void *)(AREA + AREA_SIZE - 4), 50 };
	struct msghdr half = { .msg_iov = (void *)PB, .msg_iovlen = 1 };
	before_it(send_datagram);
	give(A, &half, sizeof half);
	give(B, &crossing, sizeof crossing);
	call(SYS_recvmsg, datagrams[0], PA, 0);
	struct iovec vector = { (void *)PC, 5 };
	struct mmsghdr message = { .msg_hdr = { .msg_iov = (void *)PB, .msg_iovlen = 1 } };
	give(A, &message, sizeof message);
	give(B, &vector, sizeof vector);
	call(SYS_sendmmsg, datagrams[0], PA, 1, 0);

	give_int(B, 4);
	call(SYS_getsockopt, datagrams[0], SOL_SOCKET, SO_TYPE, PA, PB);
	give_int(B, 100);
	call(SYS_getsockopt, datagrams[0], SOL_SOCKET, SO_PEERCRED, PA, PB);
	give_int(B, 2);
	call(SYS_getsockopt, datagrams[0], SOL_SOCKET, SO_RCVTIMEO, PA, PB);
	int inet = socket(AF_INET, SOCK_STREAM, 0);
	give_int(B, 300);
	call(SYS_getsockopt, inet, IPPROTO_TCP, TCP_INFO, PA, PB);

	struct ifreq loopback = { .ifr_name = "lo" };
	static const unsigned long requests[] = { SIOCGIFFLAGS, SIOCGIFADDR, SIOCGIFMTU, SIOCGIFINDEX, SIOCGIFHWADDR, SIOCGIFMAP, SIOCGIFTXQLEN };
	for (size_t i = 0; i < sizeof requests / sizeof *requests; i++) {
		give(A, &loopback, sizeof loopback);
		call(SYS_ioctl, inet, requests[i], PA);
	}
	struct ifconf list = { .ifc_len = 400, .ifc_buf = (void *)PB };
	give(A, &list, sizeof list);
	call(SYS_ioctl, inet, SIOCGIFCONF, PA);
	call(SYS_ioctl, inet, FIONREAD, PA);
	call(SYS_ioctl, inet, SIOCATMARK, PA);
	call(SYS_ioctl, inet, SIOCGPGRP, PA);
}
