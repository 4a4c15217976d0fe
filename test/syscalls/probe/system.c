/* The machine, IPC, memory policy, keys, newer interfaces. */
#define _GNU_SOURCE
#include <fcntl.h>
#include <mqueue.h>
#include <string.h>
#include <sys/ipc.h>
#include <sys/mman.h>
#include <sys/msg.h>
#include <sys/sem.h>
#include <sys/shm.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "probe.h"

static int messages;
static int queue;

static void send_message(void)
{
	struct { long type; char text[12]; } message = { 3, "hello world" };
	if (msgsnd(messages, &message, 12, 0) != 0) _exit(4);
}

static void send_to_queue(void)
{
	if (syscall(SYS_mq_timedsend, queue, "hello", 5, 9, NULL) != 0) _exit(4);
}

static void ipc(void)
{
	int segment = shmget(IPC_PRIVATE, 4096, IPC_CREAT | 0600);
	call(SYS_shmctl, segment, IPC_STAT, PA);
	call(SYS_shmctl, segment, IPC_INFO, PA);
	call(SYS_shmctl, segment, SHM_INFO, PA);
	shmctl(segment, IPC_RMID, NULL);
	int semaphores = semget(IPC_PRIVATE, 3, IPC_CREAT | 0600);
	call(SYS_semctl, semaphores, 0, IPC_STAT, PA);
	call(SYS_semctl, semaphores, 0, IPC_INFO, PA);
	call(SYS_semctl, semaphores, 0, SEM_INFO, PA);
	call(SYS_semctl, semaphores, 0, GETALL, PA);
	call(SYS_semctl, semaphores, 0, GETVAL, PA);
	semctl(semaphores, 0, IPC_RMID);
	messages = msgget(IPC_PRIVATE, IPC_CREAT | 0600);
	call(SYS_msgctl, messages, IPC_STAT, PA);
	call(SYS_msgctl, messages, IPC_INFO, PA);
	call(SYS_msgctl, messages, MSG_INFO, PA);
	before_it(send_message);
	call(SYS_msgrcv, messages, PA, 100, 0, 0);
	before_it(send_message);
	call(SYS_msgrcv, messages, PA, 5, 0, MSG_NOERROR);
	msgctl(messages, IPC_RMID, NULL);
	struct { long flags, most, size, now, reserved[4]; } attributes = { 0, 4, 64, 0, { 0 } };
	queue = syscall(SYS_mq_open, "portrace-probe", O_RDWR | O_CREAT, 0600, &attributes);
	if (queue < 0) return;
	syscall(SYS_mq_unlink, "portrace-probe");
	before_it(send_to_queue);
	call(SYS_mq_timedreceive, queue, PA, 64, PB, 0);
	call(SYS_mq_getsetattr, queue, 0, PA);
}

static void memory(void)
{
	call(SYS_get_mempolicy, PA, PB, 128, 0, 0);
	give_long(A, AREA);
	give_long(A + 8, AREA + 4096);
	call(SYS_move_pages, 0, 2, PA, 0, PB, 0);
	give_long(A, 0x10000);
	call(SYS_move_pages, 0, 1, PA, 0, PB, 0);
	struct { unsigned entry, base, limit, flags; } segment = { 0, 0x1000, 0xfff, 0x51 };
	call(SYS_modify_ldt, 0, PA, 100);
	give(A, &segment, sizeof segment);
	call(SYS_modify_ldt, 0x11, PA, 16);
	call(SYS_modify_ldt, 0, PA, 100);
	call(SYS_modify_ldt, 2, PA, 100);
}

static void keys(void)
{
	long key = syscall(SYS_add_key, "user", "portrace-probe", "secret", 6, -2 /* process keyring */);
	if (key < 0) return;
	call(SYS_keyctl, 6 /* DESCRIBE */, key, PA, 100);
	call(SYS_keyctl, 11 /* READ */, key, PA, 100);
	call(SYS_keyctl, 11 /* READ */, key, PA, 3);
	call(SYS_keyctl, 17 /* GET_SECURITY */, key, PA, 100);
	call(SYS_keyctl, 31 /* CAPABILITIES */, PA, 100);
}

void probe_system(void)
{
	call(SYS_uname, PA);
	call(SYS_sysinfo, PA);
	call(SYS_getrandom, PA, 33, 0);
	call(SYS_syslog, 3, PA, 100);
	call(SYS_sysfs, 2, 0, PA);
	call(SYS_ustat, 5, PA);
	ipc();
	memory();
	keys();
	unsigned char parameters[120] = { 0 };
	give(A, parameters, sizeof parameters);
	call(SYS_io_uring_setup, 8, PA);
	unsigned attributes[32] = { 1, 4096 };
	give(A, attributes, sizeof attributes);
	call(SYS_perf_event_open, PA, 0, -1, -1, 0);
	give_int(B, 1000);
	call(459 /* lsm_get_self_attr */, 100, PA, PB, 0);
	give_int(B, 1000);
	call(461 /* lsm_list_modules */, PA, PB, 0);
	give_int(B, 4);
	call(461, PA, PB, 0);
	call(SYS_seccomp, 3 /* SECCOMP_GET_NOTIF_SIZES */, 0, PA);
}
