/* Files, descriptors, asynchronous input. */
#define _GNU_SOURCE
#include <fcntl.h>
#include <linux/aio_abi.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

#include "probe.h"

static int ends[2];
static int file;
static int folder;

static void fill_pipe(void) { if (write(ends[1], "0123456789", 10) != 10) _exit(4); }
static void rewind_file(void) { lseek(file, 0, SEEK_SET); }
static void rewind_folder(void) { lseek(folder, 0, SEEK_SET); }

static void give_path(size_t at, const char *path) { give(at, path, strlen(path) + 1); }

static void give_vectors(void)
{
	struct iovec vectors[2] = { { (void *)PB, 7 }, { (void *)PC, 100 } };
	give(A, vectors, sizeof vectors);
}

static void asynchronous(void)
{
	static struct iocb block;
	struct timespec { long s, n; } wait = { 1, 0 };
	call(SYS_io_setup, 8, PA);
	long context = 0;
	if (syscall(SYS_io_setup, 8, &context) != 0) return;
	memset(&block, 0, sizeof block);
	block.aio_lio_opcode = IOCB_CMD_PREAD;
	block.aio_fildes = file;
	block.aio_buf = PD;
	block.aio_nbytes = 64;
	/* The block must lie in the area, for the rows to find it. Two runs leave two events. */
	give(C, &block, sizeof block);
	give_long(A, PC);
	call(SYS_io_submit, context, 1, PA);
	give(C, &block, sizeof block);
	give(A, &wait, sizeof wait);
	call(SYS_io_getevents, context, 1, 1, PB, PA);
}

void probe_files(void)
{
	static char text[5000];
	memset(text, 'x', sizeof text);
	file = open("file", O_CREAT | O_RDWR, 0600);
	if (write(file, text, sizeof text) != sizeof text || pipe(ends) != 0) _exit(4);
	if (symlink("file", "link") != 0 && access("link", F_OK) != 0) _exit(4);
	folder = open(".", O_RDONLY | O_DIRECTORY);

	before_it(fill_pipe);
	call(SYS_read, ends[0], PA, 100);
	before_it(rewind_file);
	call(SYS_read, file, PA, 4000);
	/* The memory ends before the buffer does. */
	before_it(fill_pipe);
	call(SYS_read, ends[0], AREA + AREA_SIZE - 4, 10);
	call(SYS_pread64, file, PA, 300, 10);
	before_it(fill_pipe);
	give_vectors();
	call(SYS_readv, ends[0], PA, 2);
	/* The second buffer crosses the end of the memory. */
	struct iovec crossing[2] = { { (void *)PB, 7 }, { (void *)(AREA + AREA_SIZE - 8), 100 } };
	give(A, crossing, sizeof crossing);
	call(SYS_preadv, file, PA, 2, 5);
	give(A, crossing + 1, sizeof *crossing);
	before_it(fill_pipe);
	call(SYS_readv, ends[0], PA, 1);
	give_vectors();
	call(SYS_preadv, file, PA, 2, 5);
	give_vectors();
	call(SYS_preadv2, file, PA, 2, 5, 0, 0);

	give_path(A, "file");
	call(SYS_stat, PA, PB);
	give_path(A, "link");
	call(SYS_lstat, PA, PB);
	call(SYS_fstat, file, PA);
	call(SYS_fstat, file, AREA + AREA_SIZE - 40);
	give_path(A, "link");
	call(SYS_newfstatat, AT_FDCWD, PA, PB, AT_SYMLINK_NOFOLLOW);
	give_path(A, "file");
	call(SYS_statx, AT_FDCWD, PA, 0, 0xfff, PB);
	give_path(A, "file");
	call(SYS_statfs, PA, PB);
	call(SYS_fstatfs, file, PA);
	call(SYS_getcwd, PA, 2000);
	give_path(A, "link");
	call(SYS_readlink, PA, PB, 100);
	give_path(A, "link");
	call(SYS_readlinkat, AT_FDCWD, PA, PB, 2);
	before_it(rewind_folder);
	call(SYS_getdents64, folder, PA, 2048);
	before_it(rewind_folder);
	call(SYS_getdents, folder, PA, 2048);
	call(SYS_pipe, PA);
	call(SYS_pipe2, PA, O_CLOEXEC);
	call(SYS_mincore, 0x7e0000000000L, 8192, PA);
	give_path(A, "file");
	give_int(B, 128);
	call(SYS_name_to_handle_at, AT_FDCWD, PA, PB, PC, 0);
	give_path(A, "file");
	give_int(B, 0);
	call(SYS_name_to_handle_at, AT_FDCWD, PA, PB, PC, 0);

	give_path(A, "file");
	give_path(B, "user.portrace");
	give_path(C, "value");
	call(SYS_setxattr, PA, PB, PC, 5, 0);
	give_path(A, "file");
	give_path(B, "user.portrace");
	call(SYS_getxattr, PA, PB, PC, 100);
	give_path(B, "user.portrace");
	call(SYS_fgetxattr, file, PB, PC, 0);
	call(SYS_flistxattr, file, PA, 100);

	int copy = open("copy", O_CREAT | O_RDWR, 0600);
	give_long(A, 3);
	call(SYS_sendfile, copy, file, PA, 10);
	give_long(A, 3);
	give_long(B, 900);
	call(SYS_copy_file_range, file, PA, copy, PB, 10, 0);
	give_long(A, 3);
	call(SYS_splice, file, PA, ends[1], 0, 10, 0);

	struct flock lock = { .l_type = F_WRLCK };
	give(A, &lock, sizeof lock);
	call(SYS_fcntl, file, F_GETLK, PA);
	give(A, &lock, sizeof lock);
	call(SYS_fcntl, file, F_OFD_GETLK, PA);
	call(SYS_fcntl, file, F_GETOWN_EX, PA);
	call(SYS_fcntl, file, 1035 /* F_GET_RW_HINT */, PA);
	call(SYS_fcntl, file, F_GETFL, PA);

	int terminal = open("/dev/ptmx", O_RDWR | O_NOCTTY);
	if (terminal >= 0) {
		static const unsigned long requests[] = { TCGETS, 0x5405 /* TCGETA */, 0x802c542a /* TCGETS2 */, TIOCGWINSZ, FIONREAD, TIOCOUTQ,
			TIOCGPTN, TIOCGPGRP, TIOCGSID, TIOCGETD, TIOCGEXCL, TIOCGPKT, TIOCGPTLCK, TIOCMGET, 0x5456 /* TIOCGLCKTRMIOS */,
			0x80045432 /* TIOCGDEV */ };
		for (size_t i = 0; i < sizeof requests / sizeof *requests; i++) call(SYS_ioctl, terminal, requests[i], PA);
		give_int(A, 0);
		call(SYS_ioctl, terminal, TIOCSPTLCK, PA);
	}
	call(SYS_ioctl, file, FIONREAD, PA);
	call(SYS_ioctl, file, 2 /* FIGETBSZ */, PA);
	call(SYS_ioctl, file, 0x80086601 /* FS_IOC_GETFLAGS */, PA);
	call(SYS_ioctl, file, 0x80087601 /* FS_IOC_GETVERSION */, PA);
	call(SYS_ioctl, file, 0x801c581f /* FS_IOC_FSGETXATTR */, PA);
	/* struct fiemap: start, length, flags, mapped, room for 2 extents, reserved. */
	give_long(A, 0);
	give_long(A + 8, -1);
	give_long(A + 16, 1);
	give_long(A + 24, 2);
	call(SYS_ioctl, file, 0xc020660b /* FS_IOC_FIEMAP */, PA);
	asynchronous();

	/* cachestat, file_getattr, statmount, listmount: Linux 6.5 and later. */
	give_long(A, 0);
	give_long(A + 8, 4096);
	call(451, file, PA, PB, 0);
	give_path(A, "file");
	call(468, AT_FDCWD, PA, PB, 24, 0);
	give_int(A, 24);
	give_int(A + 4, 0);
	give_long(A + 8, -1);
	give_long(A + 16, 0);
	call(458, PA, PB, 8, 0);
	give_path(A, "file");
	struct { int size, zero; long id, mask; } request = { 24, 0, 0, 0xff };
	static unsigned char buffer[256];
	if (syscall(SYS_statx, AT_FDCWD, "file", 0, 0x4000 /* STATX_MNT_ID_UNIQUE */, buffer) == 0) {
		memcpy(&request.id, buffer + 0x90, 8);
		give(A, &request, sizeof request);
		call(457, PA, PB, 2000, 0);
	}
}
