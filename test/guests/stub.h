/*
 * A stub process as a User-Mode Linux kernel makes them: it shares descriptors with its tracer,
 * has a code page and a few data pages at fixed addresses above its guest's address range, and
 * runs small batches of system calls that the tracer puts into the data pages. The stub's and the
 * guest's code need nothing outside themselves and are mapped from one shared file, the "physical
 * memory", whose pages the tracer sees too.
 */
#ifndef STUB_H
#define STUB_H

#include <elf.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stddef.h>
#include <sys/mman.h>
#include <sys/ptrace.h>
#include <sys/rseq.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/user.h>
#include <sys/wait.h>
#include <ucontext.h>

#include "expect.h"

#define PAGE 4096UL
#define STUB_CODE 0x7fc0000000UL
#define STUB_DATA 0x7fc0001000UL
#define STUB_DATA_SIZE (4 * PAGE)
#define GUEST_CODE 0x1000000UL
#define GUEST_DATA 0x1001000UL
#define GUEST_HOLE 0x2000000UL

/* Offsets in the physical memory. */
#define STUB_CODE_AT 0
#define GUEST_CODE_AT (1 * PAGE)
#define GUEST_DATA_AT (2 * PAGE)
#define HOLE_AT (3 * PAGE)
#define STUB_DATA_AT (4 * PAGE)
#define CHILD_STUB_DATA_AT (8 * PAGE)
#define PHYSICAL_SIZE (12 * PAGE)

#define STOPPED_BY(signal) (((signal) << 8) | 0x7f)
#define SYSCALL_STOP STOPPED_BY(SIGTRAP | 0x80)
#define TRAP_STOP STOPPED_BY(SIGTRAP)
#define WAIT_OPTIONS (__WALL | WUNTRACED) /* 0x40000002 */

struct stub_call {
  long number, arguments[6], result;
};

/* The start of the stub's data pages; the rest of them is its stack. */
struct stub_data {
  long count;
  struct stub_call calls[8];
  struct {
    unsigned long address, error_code, trap;
  } fault;
  long child, child_error, remap_result, fd, child_offset;
};

/* The section names are C identifiers, so the linker defines where they start and end. */
#define STUB_TEXT __attribute__((section("stub_text"), noinline, used))
extern char __start_stub_text[], __stop_stub_text[], __start_guest_text[], __stop_guest_text[];

static char *physical;
static int physical_fd;

STUB_TEXT static void stub_batch(void) {
  struct stub_data *data = (struct stub_data *)STUB_DATA;
  for (long i = 0; i < data->count; i++) {
    struct stub_call *call = &data->calls[i];
    register long r10 asm("r10") = call->arguments[3];
    register long r8 asm("r8") = call->arguments[4];
    register long r9 asm("r9") = call->arguments[5];
    long result;
    asm volatile("syscall"
                 : "=a"(result)
                 : "a"(call->number), "D"(call->arguments[0]), "S"(call->arguments[1]),
                   "d"(call->arguments[2]), "r"(r10), "r"(r8), "r"(r9)
                 : "rcx", "r11", "memory");
    call->result = result;
  }
  for (;;) asm volatile("int3" ::: "memory");
}

/* The SIGSEGV handler: the fault's facts come from the frame that the kernel made. */
STUB_TEXT static void stub_fault(int signal, siginfo_t *info, void *context) {
  struct stub_data *data = (struct stub_data *)STUB_DATA;
  greg_t *registers = ((ucontext_t *)context)->uc_mcontext.gregs;
  (void)signal;
  (void)info;
  data->fault.address = registers[REG_CR2];
  data->fault.error_code = registers[REG_ERR];
  data->fault.trap = registers[REG_TRAPNO];
  for (;;) asm volatile("int3" ::: "memory");
}

/*
 * What the guest runs. Each is entered with fresh registers and ends with system call 60, its
 * result in rdi, which the tracer never lets happen.
 */
asm(".pushsection guest_text,\"ax\",@progbits\n"
    /* Calls 500 … 549, each with the running number as argument; the results are summed up. */
    "guest_calls: xor %ebx,%ebx; xor %r12d,%r12d\n"
    "1: lea 500(%rbx),%eax; mov %rbx,%rdi; mov %r12,%rsi; syscall\n"
    "add %rax,%r12; inc %ebx; cmp $50,%ebx; jne 1b\n"
    "2: mov %r12,%rdi; mov $60,%eax; syscall; jmp 2b\n"
    "guest_read: mov 0x2000008,%rdi; mov $60,%eax; syscall; jmp guest_read\n"
    "guest_write: movq $77,0x2000010; mov 0x2000010,%rdi; mov $60,%eax; syscall; jmp guest_write\n"
    "guest_trap: mov $5,%edi; int3; inc %edi; mov $60,%eax; syscall; jmp guest_trap\n"
    "guest_tls: mov %fs:8,%rdi; mov $60,%eax; syscall; jmp guest_tls\n"
    /* A counter in a register and one in memory; no system call ever. */
    "guest_spin: inc %r13; incq 0x1001000; jmp guest_spin\n"
    ".popsection\n");
extern char guest_calls[], guest_read[], guest_write[], guest_trap[], guest_tls[], guest_spin[];

static inline unsigned long stub_address(const void *code) {
  return STUB_CODE + ((const char *)code - __start_stub_text);
}

static inline unsigned long guest_address(const char *code) {
  return GUEST_CODE + (code - __start_guest_text);
}

static inline struct stub_data *stub_data(void) {
  return (struct stub_data *)(physical + STUB_DATA_AT);
}

/* An unlinked tmpfs file of a few pages, mapped whole in the tracer, with the code pages filled. */
static inline void make_physical_memory(void) {
  physical_fd = open("/dev/shm", O_TMPFILE | O_EXCL | O_RDWR | O_CLOEXEC, 0700);
  EXPECT(physical_fd >= 0);
  EXPECT_SAME(lseek(physical_fd, PHYSICAL_SIZE - 1, SEEK_SET), PHYSICAL_SIZE - 1);
  EXPECT_SAME(write(physical_fd, "", 1), 1);
  physical = mmap(NULL, PHYSICAL_SIZE, PROT_READ | PROT_WRITE | PROT_EXEC, MAP_SHARED,
                  physical_fd, 0);
  EXPECT(physical != MAP_FAILED);
  EXPECT(__stop_stub_text - __start_stub_text <= (long)PAGE);
  EXPECT(__stop_guest_text - __start_guest_text <= (long)PAGE);
  memcpy(physical + STUB_CODE_AT, __start_stub_text, __stop_stub_text - __start_stub_text);
  memcpy(physical + GUEST_CODE_AT, __start_guest_text, __stop_guest_text - __start_guest_text);
}

/*
 * libc registers memory in which the kernel notes restartable sequences. The guest's wiping munmap
 * may take that memory away, and the kernel would end the stub for it.
 */
static inline void leave_restartable_sequences(void) {
  if (__rseq_size == 0) return;
  char *area = (char *)__builtin_thread_pointer() + __rseq_offset;
  if (syscall(SYS_rseq, area, 32, 1, 0x53053053) < 0) _exit(7);
}

static inline void become_stub(void) {
  leave_restartable_sequences();
  if (ptrace(PTRACE_TRACEME, 0, 0, 0) < 0) _exit(3);
  signal(SIGTERM, SIG_DFL);
  signal(SIGWINCH, SIG_IGN);
  void *code = mmap((void *)STUB_CODE, PAGE, PROT_EXEC, MAP_FIXED | MAP_PRIVATE, physical_fd,
                    STUB_CODE_AT);
  void *data = mmap((void *)STUB_DATA, STUB_DATA_SIZE, PROT_READ | PROT_WRITE,
                    MAP_FIXED | MAP_SHARED, physical_fd, STUB_DATA_AT);
  if (code == MAP_FAILED || data == MAP_FAILED) _exit(4);
  stack_t stack = {.ss_sp = data, .ss_size = STUB_DATA_SIZE};
  struct sigaction action = {.sa_flags = SA_ONSTACK | SA_NODEFER | SA_SIGINFO};
  action.sa_sigaction = (void (*)(int, siginfo_t *, void *))stub_address(stub_fault);
  if (sigaltstack(&stack, NULL) < 0 || sigaction(SIGSEGV, &action, NULL) < 0) _exit(5);
  kill(getpid(), SIGSTOP);
  _exit(6);
}

static inline int wait_stub(pid_t pid) {
  int status;
  EXPECT_SAME(wait4(pid, &status, WAIT_OPTIONS, NULL), pid);
  return status;
}

/* Waits for the int3 of a stub; a preemption meant for its guest is sent on its way. */
static inline void wait_stub_done(pid_t pid) {
  int status;
  while ((status = wait_stub(pid)) == STOPPED_BY(SIGALRM)) {
    EXPECT_SAME(ptrace(PTRACE_CONT, pid, 0, 0), 0);
  }
  EXPECT_SAME(status, TRAP_STOP);
}

static struct user_regs_struct stub_registers;

/* A stub with its options set, stopped; stub_registers are those of its kill call. */
static inline pid_t start_stub(void) {
  pid_t pid = syscall(SYS_clone, CLONE_FILES | SIGCHLD, 0, NULL, NULL, 0);
  EXPECT(pid >= 0);
  if (pid == 0) become_stub();
  EXPECT_SAME(wait_stub(pid), STOPPED_BY(SIGSTOP));
  EXPECT_SAME(ptrace(PTRACE_SETOPTIONS, pid, 0, PTRACE_O_TRACESYSGOOD), 0);
  EXPECT_SAME(ptrace(PTRACE_GETREGS, pid, 0, &stub_registers), 0);
  EXPECT_SAME(stub_registers.orig_rax, SYS_kill);
  return pid;
}

/* Lets the stub run one of its own functions up to the int3. */
static inline void run_stub(pid_t pid, const void *code) {
  struct user_regs_struct registers = stub_registers;
  registers.rip = stub_address(code);
  registers.rsp = STUB_DATA + STUB_DATA_SIZE - 8;
  EXPECT_SAME(ptrace(PTRACE_SETREGS, pid, 0, &registers), 0);
  EXPECT_SAME(ptrace(PTRACE_CONT, pid, 0, 0), 0);
}

static inline void add_call(struct stub_call call) { stub_data()->calls[stub_data()->count++] = call; }

static inline void add_map(unsigned long at, long protection, long offset) {
  add_call((struct stub_call){.number = SYS_mmap,
                              .arguments = {at, PAGE, protection, MAP_SHARED | MAP_FIXED,
                                            physical_fd, offset}});
}

static inline void run_batch(pid_t pid) {
  struct stub_data *data = stub_data();
  run_stub(pid, stub_batch);
  wait_stub_done(pid);
  for (long i = 0; i < data->count; i++) {
    struct stub_call *call = &data->calls[i];
    EXPECT_SAME(call->result, call->number == SYS_mmap ? call->arguments[0] : 0);
  }
  data->count = 0;
}

/* Wipes the guest's address range and maps its code and data. */
static inline void make_guest(pid_t pid) {
  add_call((struct stub_call){.number = SYS_munmap, .arguments = {0, STUB_CODE}});
  add_map(GUEST_CODE, PROT_READ | PROT_EXEC, GUEST_CODE_AT);
  add_map(GUEST_DATA, PROT_READ | PROT_WRITE, GUEST_DATA_AT);
  run_batch(pid);
}

/* The guest's registers and extended state while its stub does something else. */
struct guest_state {
  struct user_regs_struct registers;
  char extended[16384];
  size_t extended_size;
};

static inline void save_guest(pid_t pid, struct guest_state *guest) {
  struct iovec extended = {guest->extended, sizeof guest->extended};
  EXPECT_SAME(ptrace(PTRACE_GETREGS, pid, 0, &guest->registers), 0);
  EXPECT_SAME(ptrace(PTRACE_GETREGSET, pid, NT_X86_XSTATE, &extended), 0);
  guest->extended_size = extended.iov_len;
}

static inline void resume_guest(pid_t pid, struct guest_state *guest) {
  struct iovec extended = {guest->extended, guest->extended_size};
  EXPECT_SAME(ptrace(PTRACE_SETREGS, pid, 0, &guest->registers), 0);
  EXPECT_SAME(ptrace(PTRACE_SETREGSET, pid, NT_X86_XSTATE, &extended), 0);
  EXPECT_SAME(ptrace(PTRACE_SYSEMU, pid, 0, 0), 0);
}

static inline void start_guest(pid_t pid, struct guest_state *guest, const char *code) {
  save_guest(pid, guest);
  guest->registers.rip = guest_address(code);
  guest->registers.orig_rax = -1;
  resume_guest(pid, guest);
}

/* Waits for the guest's last call and returns its argument. */
static inline long guest_result(pid_t pid) {
  struct user_regs_struct registers;
  EXPECT_SAME(wait_stub(pid), SYSCALL_STOP);
  EXPECT_SAME(ptrace(PTRACE_GETREGS, pid, 0, &registers), 0);
  EXPECT_SAME(registers.orig_rax, 60);
  return registers.rdi;
}

/* The end of a stub, stopped as it is: killed, asked twice more, and collected without a status. */
static inline void kill_stub(pid_t pid) {
  EXPECT_SAME(kill(pid, SIGKILL), 0);
  EXPECT_SAME(ptrace(PTRACE_KILL, pid, 0, 0), 0);
  errno = 0;
  EXPECT_SAME(ptrace(PTRACE_CONT, pid, 0, 0x123456789), -1);
  EXPECT_SAME(errno, ESRCH);
  EXPECT_SAME(wait4(pid, NULL, __WALL, NULL), pid);
}

#endif
