/*
 * How a 6.1 User-Mode Linux kernel forks a user process: the parent's stub itself calls
 * clone(CLONE_PARENT | CLONE_FILES), the new stub asks to be traced by the kernel (its parent,
 * though not its maker), takes a data page of its own and traps. Its pid travels through the shared
 * page.
 */
#include "stub.h"

/* One piece of assembly: the new stub's stack goes away under it when it maps its own data page. */
STUB_TEXT static void stub_clone(void) {
  asm volatile(
      "mov %[flags],%%edi; mov %[stack],%%rsi; xor %%edx,%%edx; xor %%r10d,%%r10d\n"
      "xor %%r8d,%%r8d; mov %[clone],%%eax; syscall\n"
      "movabs %[data],%%rbx; test %%rax,%%rax; jz 1f\n"
      "mov %%rax,%c[child](%%rbx); int3\n"
      "1: xor %%edi,%%edi; xor %%esi,%%esi; xor %%edx,%%edx; xor %%r10d,%%r10d\n"
      "mov %[ptrace],%%eax; syscall; mov %%rax,%%r12\n"
      "mov %%rbx,%%rdi; mov %[size],%%esi; mov $3,%%edx; mov $0x11,%%r10d\n"
      "mov %c[fd](%%rbx),%%r8; mov %c[offset](%%rbx),%%r9; mov %[mmap],%%eax; syscall\n"
      "mov %%rax,%c[remap](%%rbx); mov %%r12,%c[error](%%rbx); int3\n"
      :
      : [flags] "i"(CLONE_PARENT | CLONE_FILES | SIGCHLD),
        [stack] "r"(STUB_DATA + STUB_DATA_SIZE / 2), [clone] "i"(SYS_clone),
        [data] "i"(STUB_DATA), [child] "i"(offsetof(struct stub_data, child)),
        [ptrace] "i"(SYS_ptrace), [size] "i"(STUB_DATA_SIZE),
        [fd] "i"(offsetof(struct stub_data, fd)),
        [offset] "i"(offsetof(struct stub_data, child_offset)), [mmap] "i"(SYS_mmap),
        [remap] "i"(offsetof(struct stub_data, remap_result)),
        [error] "i"(offsetof(struct stub_data, child_error))
      : "memory", "rax", "rbx", "rcx", "rdx", "rsi", "rdi", "r8", "r9", "r10", "r11", "r12");
}

static pid_t fork_stub(pid_t parent) {
  struct stub_data *child_data = (struct stub_data *)(physical + CHILD_STUB_DATA_AT);
  stub_data()->child = 0;
  stub_data()->fd = physical_fd;
  stub_data()->child_offset = CHILD_STUB_DATA_AT;
  memset(child_data, 0, sizeof *child_data);
  child_data->child_error = -1;
  run_stub(parent, stub_clone);
  wait_stub_done(parent);
  pid_t child = stub_data()->child;
  EXPECT(child > 0);
  wait_stub_done(child);
  EXPECT_SAME(child_data->child_error, 0);
  EXPECT_SAME(child_data->remap_result, STUB_DATA);
  const long old_set_options = 21;
  EXPECT_SAME(ptrace(old_set_options, child, 0, PTRACE_O_TRACESYSGOOD), 0);
  return child;
}

/* Both stubs run the same guest code by turns; each has its own registers. */
static void take_turns(pid_t first, pid_t second) {
  pid_t pids[2] = {first, second};
  struct guest_state guests[2];
  long sums[2] = {0, 0};
  for (int k = 0; k < 2; k++) start_guest(pids[k], &guests[k], guest_calls);
  for (int i = 0; i < 50; i++) {
    for (int k = 0; k < 2; k++) {
      EXPECT_SAME(wait_stub(pids[k]), SYSCALL_STOP);
      save_guest(pids[k], &guests[k]);
      EXPECT_SAME(guests[k].registers.orig_rax, 500 + i);
      EXPECT_SAME(guests[k].registers.rsi, sums[k]);
      sums[k] += (k + 1) * i;
      guests[k].registers.rax = (k + 1) * i;
      guests[k].registers.orig_rax = -1;
      resume_guest(pids[k], &guests[k]);
    }
  }
  for (int k = 0; k < 2; k++) EXPECT_SAME(guest_result(pids[k]), sums[k]);
}

/* The second stub's address space is its own, its pages the same physical ones. */
static void share_page(pid_t first, pid_t second) {
  struct guest_state guest;
  add_map(GUEST_HOLE, PROT_READ | PROT_WRITE, HOLE_AT);
  run_batch(first);
  start_guest(first, &guest, guest_write);
  EXPECT_SAME(guest_result(first), 77);
  start_guest(second, &guest, guest_read);
  EXPECT_SAME(wait_stub(second), STOPPED_BY(SIGSEGV));
  EXPECT_SAME(*(long *)(physical + HOLE_AT + 16), 77);
}

int main(void) {
  make_physical_memory();
  for (int round = 0; round < 5; round++) {
    pid_t parent = start_stub();
    make_guest(parent);
    pid_t child = fork_stub(parent);
    take_turns(parent, child);
    share_page(parent, child);
    kill_stub(parent);
    kill_stub(child);
    ok("round %d", round);
  }
  return 0;
}
