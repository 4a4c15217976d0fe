/*
 * The loop in which a User-Mode Linux kernel runs its user processes: a traced stub whose guest
 * makes system calls that the tracer answers, faults that the tracer repairs by a batch of calls
 * in the stub, breakpoints, a spinning guest that a timer preempts, and the stub's end.
 */
#include <stdbool.h>
#include <time.h>

#include "stub.h"

#define PREEMPTIONS 20

static volatile pid_t spinning;
static volatile int ticks;
static timer_t timer;

static void arm(void) {
  struct itimerspec ten_ms = {.it_value = {0, 10 * 1000 * 1000}};
  timer_settime(timer, 0, &ten_ms, NULL);
}

static void on_alarm(int signal, siginfo_t *info, void *context) {
  (void)signal;
  (void)info;
  (void)context;
  ticks++;
  if (spinning) kill(spinning, SIGALRM);
}

static void make_timer(void) {
  static char stack[64 * 1024];
  stack_t alternate = {.ss_sp = stack, .ss_size = sizeof stack};
  struct sigaction action = {.sa_flags = SA_SIGINFO | SA_ONSTACK | SA_RESTART};
  struct sigevent event = {.sigev_notify = SIGEV_SIGNAL, .sigev_signo = SIGALRM};
  action.sa_sigaction = on_alarm;
  EXPECT_SAME(sigaltstack(&alternate, NULL), 0);
  EXPECT_SAME(sigaction(SIGALRM, &action, NULL), 0);
  EXPECT_SAME(timer_create(CLOCK_MONOTONIC, &event, &timer), 0);
}

/* Fifty calls of the guest, none of which the host sees. */
static void calls(pid_t pid) {
  struct guest_state guest;
  long sum = 0;
  start_guest(pid, &guest, guest_calls);
  for (int i = 0; i < 50; i++) {
    EXPECT_SAME(wait_stub(pid), SYSCALL_STOP);
    save_guest(pid, &guest);
    EXPECT_SAME(guest.registers.orig_rax, 500 + i);
    EXPECT_SAME(guest.registers.rax, -ENOSYS);
    EXPECT_SAME(guest.registers.rdi, i);
    EXPECT_SAME(guest.registers.rsi, sum);
    sum += i * i + 1;
    guest.registers.rax = i * i + 1;
    guest.registers.orig_rax = -1;
    resume_guest(pid, &guest);
  }
  EXPECT_SAME(guest_result(pid), sum);
  ok("50 calls answered, sum %ld", sum);
}

/* Runs the guest into its fault, the fault into the stub's handler, and leaves the guest saved. */
static void take_fault(pid_t pid, struct guest_state *guest, const char *code, bool pending_alarm) {
  siginfo_t info;
  start_guest(pid, guest, code);
  EXPECT_SAME(wait_stub(pid), STOPPED_BY(SIGSEGV));
  save_guest(pid, guest);
  EXPECT_SAME(ptrace(PTRACE_GETSIGINFO, pid, 0, &info), 0);
  EXPECT_SAME(info.si_signo, SIGSEGV);
  EXPECT_SAME(info.si_code, SEGV_MAPERR);
  EXPECT((unsigned long)info.si_addr >= GUEST_HOLE && (unsigned long)info.si_addr < GUEST_HOLE + PAGE);
  if (pending_alarm) EXPECT_SAME(kill(pid, SIGALRM), 0);
  EXPECT_SAME(ptrace(PTRACE_CONT, pid, 0, SIGSEGV), 0);
  if (pending_alarm) {
    /* The frame is pushed first, then the signal stops the task before the handler's first step. */
    struct user_regs_struct registers;
    EXPECT_SAME(wait_stub(pid), STOPPED_BY(SIGALRM));
    EXPECT_SAME(ptrace(PTRACE_GETREGS, pid, 0, &registers), 0);
    EXPECT_SAME(registers.rip, stub_address(stub_fault));
    EXPECT_SAME(registers.rdi, SIGSEGV);
    EXPECT_SAME(ptrace(PTRACE_CONT, pid, 0, 0), 0);
  }
  EXPECT_SAME(wait_stub(pid), TRAP_STOP);
  EXPECT_SAME(ptrace(PTRACE_GETSIGINFO, pid, 0, &info), 0);
  EXPECT_SAME(info.si_signo, SIGTRAP);
  EXPECT_SAME(info.si_code, SI_KERNEL);
  EXPECT_SAME(stub_data()->fault.trap, 14);
}

static void unmap_hole(pid_t pid) {
  add_call((struct stub_call){.number = SYS_munmap, .arguments = {GUEST_HOLE, PAGE}});
  run_batch(pid);
}

static void faults(pid_t pid) {
  struct guest_state guest;
  *(long *)(physical + HOLE_AT + 8) = 1234;
  for (int round = 0; round < 5; round++) {
    take_fault(pid, &guest, guest_read, round == 3);
    EXPECT_SAME(stub_data()->fault.address, GUEST_HOLE + 8);
    EXPECT_SAME(stub_data()->fault.error_code, 4); /* user, read, not present */
    add_map(GUEST_HOLE, PROT_READ, HOLE_AT);
    run_batch(pid);
    resume_guest(pid, &guest);
    EXPECT_SAME(guest_result(pid), 1234);
    unmap_hole(pid);
  }
  take_fault(pid, &guest, guest_write, false);
  EXPECT_SAME(stub_data()->fault.address, GUEST_HOLE + 16);
  EXPECT_SAME(stub_data()->fault.error_code, 6); /* user, write, not present */
  add_map(GUEST_HOLE, PROT_READ | PROT_WRITE, HOLE_AT);
  run_batch(pid);
  resume_guest(pid, &guest);
  EXPECT_SAME(guest_result(pid), 77);
  EXPECT_SAME(*(long *)(physical + HOLE_AT + 16), 77);
  unmap_hole(pid);
  ok("faults repaired");
}

static void breakpoint(pid_t pid) {
  struct guest_state guest;
  siginfo_t info;
  start_guest(pid, &guest, guest_trap);
  EXPECT_SAME(wait_stub(pid), TRAP_STOP);
  save_guest(pid, &guest);
  EXPECT_SAME(ptrace(PTRACE_GETSIGINFO, pid, 0, &info), 0);
  EXPECT_SAME(info.si_code, SI_KERNEL);
  EXPECT_SAME(guest.registers.rdi, 5);
  EXPECT_SAME(guest.registers.rip, guest_address(guest_trap) + 6);
  guest.registers.rdi = 40;
  resume_guest(pid, &guest);
  EXPECT_SAME(guest_result(pid), 41);
  ok("breakpoint passed");
}

/* The thread pointer, set both ways a kernel sets it. */
static void thread_pointer(pid_t pid) {
  const long arch_prctl = 30, set_fs = 0x1002;
  struct guest_state guest;
  long *data = (long *)(physical + GUEST_DATA_AT);
  data[65] = 99;
  data[129] = 100;
  EXPECT_SAME(ptrace(arch_prctl, pid, GUEST_DATA + 512, set_fs), 0);
  EXPECT_SAME(ptrace(PTRACE_GETREGS, pid, 0, &guest.registers), 0);
  EXPECT_SAME(guest.registers.fs_base, GUEST_DATA + 512);
  start_guest(pid, &guest, guest_tls);
  EXPECT_SAME(guest_result(pid), 99);
  save_guest(pid, &guest);
  guest.registers.fs_base = GUEST_DATA + 1024;
  EXPECT_SAME(ptrace(PTRACE_SETREGS, pid, 0, &guest.registers), 0);
  start_guest(pid, &guest, guest_tls);
  EXPECT_SAME(guest_result(pid), 100);
  ok("thread pointer set");
}

/*
 * The guest spins while the tracer sits in wait4: the tracer's timer handler signals the stub, the
 * wait restarts and reports the stop. Two counters prove where each stop was.
 */
static void preempt(pid_t pid) {
  struct guest_state guest;
  volatile unsigned long *counter = (unsigned long *)(physical + GUEST_DATA_AT);
  unsigned long last = 0;
  uint64_t hash = FNV_START;
  *counter = 0;
  save_guest(pid, &guest);
  guest.registers.r13 = 0;
  EXPECT_SAME(ptrace(PTRACE_SETREGS, pid, 0, &guest.registers), 0);
  start_guest(pid, &guest, guest_spin);
  spinning = pid;
  arm();
  /* Where the tracer is slow, ticks may come before the guest has run at all. */
  int rounds = 0;
  for (;;) {
    EXPECT_SAME(wait_stub(pid), STOPPED_BY(SIGALRM));
    save_guest(pid, &guest);
    EXPECT(guest.registers.rip >= guest_address(guest_spin));
    EXPECT(guest.registers.r13 - *counter <= 1);
    EXPECT(guest.registers.r13 >= last);
    last = guest.registers.r13;
    hash = fnv(hash, &guest.registers.r13, 8);
    hash = fnv(hash, &guest.registers.rip, 8);
    if (++rounds >= PREEMPTIONS && last > 0) break;
    resume_guest(pid, &guest);
    arm();
  }
  spinning = 0;
  EXPECT_SAME(timer_delete(timer), 0);
  EXPECT(ticks >= rounds);
  ok("preempted %d times, counter %lu, hash %016lx", rounds, last, (unsigned long)hash);
}

/* A signal for a stopped stub stays pending, once, and stops it before its next instruction. */
static void pending(pid_t pid) {
  struct guest_state guest;
  save_guest(pid, &guest);
  unsigned long at = guest.registers.rip, counter = guest.registers.r13;
  EXPECT_SAME(kill(pid, SIGALRM), 0);
  EXPECT_SAME(kill(pid, SIGALRM), 0);
  EXPECT_SAME(wait4(pid, NULL, WAIT_OPTIONS | WNOHANG, NULL), 0);
  resume_guest(pid, &guest);
  EXPECT_SAME(wait_stub(pid), STOPPED_BY(SIGALRM));
  save_guest(pid, &guest);
  EXPECT_SAME(guest.registers.rip, at);
  EXPECT_SAME(guest.registers.r13, counter);
  guest.registers.rip = guest_address(guest_trap);
  resume_guest(pid, &guest);
  EXPECT_SAME(wait_stub(pid), TRAP_STOP); /* and not a second SIGALRM */
  ok("pending signal stopped once");
}

/* A batch that a pending signal meets first goes on after CONT 0. */
static void batch_with_signal(pid_t pid) {
  EXPECT_SAME(kill(pid, SIGALRM), 0);
  add_map(GUEST_HOLE, PROT_READ, HOLE_AT);
  add_call((struct stub_call){.number = SYS_munmap, .arguments = {GUEST_HOLE, PAGE}});
  run_batch(pid);
  ok("batch with a pending signal");
}

int main(void) {
  make_timer();
  make_physical_memory();
  pid_t pid = start_stub();
  make_guest(pid);
  calls(pid);
  faults(pid);
  breakpoint(pid);
  thread_pointer(pid);
  preempt(pid);
  pending(pid);
  batch_with_signal(pid);
  kill_stub(pid);
  for (int i = 0; i < 10; i++) kill_stub(start_stub());
  ok("stubs killed");
  return 0;
}
