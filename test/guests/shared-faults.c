/*
 * Ticks come while code in a shared page that nobody may write runs up to a fault, or to a system call. Whoever
 * looks for the place of a tick among its instructions must lose neither: as a handler sees it, and a tracer.
 */
#include <sys/time.h>
#include <ucontext.h>

#include "stub.h"

#define ROUNDS 150
#define LONGEST 400000

/*
 * Counts down twice, so that a place in the first loop does not come again before the end; then reads what the
 * second argument points at, or makes the call of that number.
 */
#define SECOND "; mov $300000,%ecx; 1: dec %rcx; jnz 1b; "
asm(".pushsection shared_text,\"ax\",@progbits\n"
    "count_and_read: dec %rdi; jnz count_and_read" SECOND "mov (%rsi),%rax; ret\n"
    "count_and_call: dec %rdi; jnz count_and_call" SECOND "mov %rsi,%rax; syscall; ret\n"
    ".popsection\n"
    ".pushsection guest_text,\"ax\",@progbits\n"
    "guest_late: dec %r12; jnz guest_late" SECOND "mov 0x2000008,%rdi; mov $60,%eax; syscall; jmp guest_late\n"
    ".popsection\n");
extern char __start_shared_text[], __stop_shared_text[], count_and_read[], count_and_call[], guest_late[];
#define READ_LENGTH 3

typedef long (*function)(long count, unsigned long last);

static const unsigned long nowhere = 0x10008;
static volatile int faults;
static volatile pid_t tracee;

static void on_fault(int number, siginfo_t *info, void *context) {
  ucontext_t *state = context;
  EXPECT_SAME(number, SIGSEGV);
  EXPECT_SAME(info->si_code, SEGV_MAPERR);
  EXPECT_SAME((unsigned long)info->si_addr, nowhere);
  state->uc_mcontext.gregs[REG_RIP] += READ_LENGTH;
  state->uc_mcontext.gregs[REG_RAX] = 77;
  faults++;
}

static void on_tick(int number) {
  (void)number;
  if (tracee) kill(tracee, SIGALRM);
}

static void tick(long microseconds) {
  struct itimerval often = {{0, microseconds}, {0, microseconds}};
  EXPECT_SAME(setitimer(ITIMER_REAL, &often, NULL), 0);
}

static long count_of(int round) { return 1 + (long)round * 7919 * 131 % LONGEST; }

static void *share(void) {
  int file = memfd_create("code", 0);
  long length = __stop_shared_text - __start_shared_text;
  EXPECT(file >= 0);
  EXPECT_SAME(write(file, __start_shared_text, length), length);
  void *code = mmap(NULL, PAGE, PROT_READ | PROT_EXEC, MAP_SHARED, file, 0);
  EXPECT(code != MAP_FAILED);
  return code;
}

static void handled(void) {
  char *code = share();
  function reads = (function)(code + (count_and_read - __start_shared_text));
  function calls = (function)(code + (count_and_call - __start_shared_text));
  struct sigaction on_segv = {.sa_flags = SA_SIGINFO}, on_alarm = {.sa_flags = SA_RESTART};
  on_segv.sa_sigaction = on_fault;
  on_alarm.sa_handler = on_tick;
  EXPECT_SAME(sigaction(SIGSEGV, &on_segv, NULL), 0);
  EXPECT_SAME(sigaction(SIGALRM, &on_alarm, NULL), 0);
  pid_t parent = getppid();
  tick(2000);
  for (int round = 0; round < ROUNDS; round++) {
    EXPECT_SAME(reads(count_of(round), nowhere), 77);
    EXPECT_SAME(faults, round + 1);
    EXPECT_SAME(calls(count_of(round), SYS_getppid), parent);
  }
  tick(0);
  ok("%d faults and %d calls among ticks", ROUNDS, ROUNDS);
}

/* The guest's fault, which its tracer gives to the stub's handler. */
static void traced(void) {
  make_physical_memory();
  pid_t pid = start_stub();
  make_guest(pid);
  static struct guest_state start;
  save_guest(pid, &start);
  for (int round = 0; round < ROUNDS; round++) {
    struct guest_state guest = start;
    siginfo_t info;
    int status;
    guest.registers.rip = guest_address(guest_late);
    guest.registers.orig_rax = -1;
    guest.registers.r12 = count_of(round);
    tracee = pid;
    /* Of about the length of a round: some tick falls into one for certain. */
    tick(400);
    do {
      resume_guest(pid, &guest);
      status = wait_stub(pid);
      save_guest(pid, &guest);
    } while (status == STOPPED_BY(SIGALRM));
    tracee = 0;
    tick(0);
    EXPECT_SAME(status, STOPPED_BY(SIGSEGV));
    EXPECT_SAME(ptrace(PTRACE_GETSIGINFO, pid, 0, &info), 0);
    EXPECT_SAME(info.si_code, SEGV_MAPERR);
    EXPECT_SAME((unsigned long)info.si_addr, GUEST_HOLE + 8);
    EXPECT_SAME(ptrace(PTRACE_CONT, pid, 0, SIGSEGV), 0);
    wait_stub_done(pid);
    EXPECT_SAME(stub_data()->fault.trap, 14);
    EXPECT_SAME(stub_data()->fault.address, GUEST_HOLE + 8);
  }
  kill_stub(pid);
  ok("%d faults told to a tracer", ROUNDS);
}

int main(void) {
  handled();
  traced();
  return 0;
}
