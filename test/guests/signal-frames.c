/*
 * Handlers of faults that read siginfo, registers and extended state of the interrupted code, repair them, and go
 * on: sigaction(2), asm/sigcontext.h.
 */
#include <setjmp.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/ucontext.h>
#include <sys/wait.h>

#include "expect.h"

#define PAGE 4096

static volatile siginfo_t last;
static volatile greg_t at;
static volatile int caught;
static char *pages;

static void catch(int signal, void (*handler)(int, siginfo_t *, void *), int flags) {
  struct sigaction action = {.sa_flags = SA_SIGINFO | flags};
  action.sa_sigaction = handler;
  sigemptyset(&action.sa_mask);
  EXPECT_SAME(sigaction(signal, &action, NULL), 0);
}

static greg_t seen_flags;

static void note(const siginfo_t *info, const ucontext_t *context) {
  last = *info;
  at = context->uc_mcontext.gregs[REG_RIP];
  seen_flags = context->uc_mcontext.gregs[REG_EFL];
  caught++;
}

/* Makes the page of the fault usable. */
static void opens_page(int signal, siginfo_t *info, void *context) {
  (void)signal;
  note(info, context);
  char *page = (char *)((uintptr_t)info->si_addr & ~(uintptr_t)(PAGE - 1));
  if (mprotect(page, PAGE, PROT_READ | PROT_WRITE) != 0) _exit(9);
}

static void repairs_memory(void) {
  pages = mmap(NULL, 4 * PAGE, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  catch(SIGSEGV, opens_page, 0);
  for (int i = 0; i < 4; i++) {
    pages[i * PAGE + i * 17] = (char)i;
    EXPECT_SAME(caught, i + 1);
    EXPECT(last.si_addr == pages + i * PAGE + i * 17);
    EXPECT_SAME(last.si_code, SEGV_ACCERR);
  }
  EXPECT_SAME(pages[PAGE + 17], 1);
  ok("pages opened at their fault");
}

/* Steps over what failed: the instruction's size is in a register. */
static void steps_over(int signal, siginfo_t *info, void *context) {
  ucontext_t *interrupted = context;
  (void)signal;
  note(info, context);
  interrupted->uc_mcontext.gregs[REG_RIP] += interrupted->uc_mcontext.gregs[REG_RBX];
  interrupted->uc_mcontext.gregs[REG_RDX] = 0x1122334455667788;
}

#define FAILING(name, text, label)                                                                   \
  static long name(void) {                                                                           \
    long given;                                                                                      \
    asm volatile("lea " label "_end(%%rip), %%rbx; lea " label "(%%rip), %%rax; sub %%rax, %%rbx;"   \
                 "xor %%eax, %%eax; xor %%ecx, %%ecx; mov $1, %%edx\n" label ": " text "\n" label "_end:"  \
                 : "=d"(given)                                                                       \
                 :                                                                                   \
                 : "rax", "rbx", "rcx", "memory", "cc");                                             \
    return given;                                                                                    \
  }
FAILING(divides, "idivl %%ecx", "fail_divide")
FAILING(no_instruction, "ud2", "fail_ud2")
FAILING(privileged, "hlt", "fail_hlt")
FAILING(nowhere, "movl 8(%%rcx), %%edi", "fail_null")

static void steps(void) {
  struct {
    long (*body)(void);
    int signal, code;
  } const kinds[] = {
      {divides, SIGFPE, FPE_INTDIV},
      {no_instruction, SIGILL, ILL_ILLOPN},
      {privileged, SIGSEGV, SI_KERNEL},
      {nowhere, SIGSEGV, SEGV_MAPERR},
  };
  catch(SIGFPE, steps_over, 0);
  catch(SIGILL, steps_over, 0);
  catch(SIGSEGV, steps_over, 0);
  for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
    caught = 0;
    EXPECT_SAME(kinds[i].body(), 0x1122334455667788);
    EXPECT_SAME(caught, 1);
    EXPECT_SAME(last.si_signo, kinds[i].signal);
    EXPECT_SAME(last.si_code, kinds[i].code);
    if (kinds[i].signal != SIGSEGV) EXPECT(last.si_addr == (void *)at);
  }
  EXPECT(last.si_addr == (void *)8);
  ok("stepped over what failed");
}

static void counts(int signal, siginfo_t *info, void *context) {
  (void)signal;
  note(info, context);
}

static void traps(void) {
  catch(SIGTRAP, counts, 0);
  caught = 0;
  asm volatile("int3");
  EXPECT_SAME(caught, 1);
  EXPECT_SAME(last.si_code, SI_KERNEL);
  raise(SIGTRAP);
  EXPECT_SAME(caught, 2);
  EXPECT_SAME(last.si_code, SI_TKILL);
  ok("breakpoints of its own");
}

/* Counts single steps that the program asked for by its own flag. */
static void single_steps(void) {
  caught = 0;
  asm volatile("pushfq; orq $0x100, (%%rsp); popfq; nop; nop; nop; pushfq; andq $~0x100, (%%rsp); popfq" ::: "memory", "cc");
  EXPECT(caught >= 5);
  EXPECT_SAME(last.si_code, TRAP_TRACE);
  ok("its own single steps, %d", caught);
}

/* A signal where the next instruction sets the flags: no step of anybody's is in its frame, and none follows. */
static void before_popf(void) {
  catch(SIGUSR1, counts, 0);
  caught = 0;
  long result = SYS_kill;
  asm volatile("sub $128, %%rsp; pushfq; syscall; popfq; nop; add $128, %%rsp"
               : "+a"(result)
               : "D"(getpid()), "S"(SIGUSR1)
               : "rcx", "r11", "memory", "cc");
  EXPECT_SAME(result, 0);
  EXPECT_SAME(caught, 1);
  EXPECT_SAME(seen_flags & 0x100, 0);
  ok("in front of a popf");
}

static sigjmp_buf back;
static void jumps(int signal, siginfo_t *info, void *context) {
  note(info, context);
  siglongjmp(back, signal);
}

static void bus_error(void) {
  FILE *file = tmpfile();
  EXPECT(file);
  char *mapped = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, fileno(file), 0);
  EXPECT(mapped != MAP_FAILED);
  catch(SIGBUS, jumps, 0);
  int signal = sigsetjmp(back, 1);
  if (signal == 0) mapped[5] = 1;
  EXPECT_SAME(signal, SIGBUS);
  EXPECT_SAME(last.si_code, BUS_ADRERR);
  EXPECT(last.si_addr == mapped + 5);
  munmap(mapped, PAGE);
  fclose(file);
  ok("behind the end of a file");
}

/* Overflow of the stack, caught on another one. */
static char alternate[64 * 1024];
__attribute__((noinline)) static int recurse(int depth) {
  volatile char frame[4096];
  frame[0] = (char)depth;
  return depth < 1000000 ? recurse(depth + 1) + frame[0] : 0;
}

static void overflow(void) {
  stack_t stack = {.ss_sp = alternate, .ss_size = sizeof alternate};
  EXPECT_SAME(sigaltstack(&stack, NULL), 0);
  catch(SIGSEGV, jumps, SA_ONSTACK);
  int signal = sigsetjmp(back, 1);
  if (signal == 0) recurse(0);
  EXPECT_SAME(signal, SIGSEGV);
  EXPECT_SAME(last.si_code, SEGV_MAPERR);
  EXPECT_SAME(sigaltstack(NULL, &stack), 0);
  EXPECT_SAME(stack.ss_flags, 0);
  ok("the end of the stack");
}

/* Vector registers, in the frame, changed by the handler. */
static void swaps_vectors(int signal, siginfo_t *info, void *context) {
  ucontext_t *interrupted = context;
  (void)signal;
  note(info, context);
  struct _libc_fpstate *state = interrupted->uc_mcontext.fpregs;
  EXPECT_SAME(state->_xmm[6].element[0], 0x11111111);
  EXPECT_SAME(state->_xmm[6].element[3], 0x44444444);
  state->_xmm[6].element[2] = 0x77777777;
  state->mxcsr |= 0x6000;
  /* What the handler itself does to them is undone. */
  asm volatile("pxor %%xmm7, %%xmm7; pcmpeqb %%xmm6, %%xmm6" ::: "xmm6", "xmm7");
  interrupted->uc_mcontext.gregs[REG_RIP] += 2;
}

static void vectors(void) {
  static const uint32_t given[4] = {0x11111111, 0x22222222, 0x33333333, 0x44444444};
  uint32_t taken[8];
  uint32_t control;
  catch(SIGILL, swaps_vectors, 0);
  asm volatile(
      "movdqu %1, %%xmm6; movdqu %1, %%xmm7; ud2; movdqu %%xmm6, (%0); movdqu %%xmm7, 16(%0); stmxcsr %2"
      :
      : "r"(taken), "m"(given), "m"(control)
      : "xmm6", "xmm7", "memory");
  EXPECT_SAME(taken[0], 0x11111111);
  EXPECT_SAME(taken[2], 0x77777777);
  EXPECT_SAME(taken[6], 0x33333333);
  EXPECT_SAME(control & 0x6000, 0x6000);
  control &= ~0x6000u;
  asm volatile("ldmxcsr %0" ::"m"(control));
  ok("vector registers changed in the frame");
}

/* Division by zero in floating point, once it is not masked. */
static void floats(void) {
  catch(SIGFPE, jumps, 0);
  int signal = sigsetjmp(back, 1);
  if (signal == 0) {
    uint32_t control = 0x1f80 & ~0x200u;
    volatile double zero = 0;
    asm volatile("ldmxcsr %0" ::"m"(control));
    zero = 1 / zero;
  }
  EXPECT_SAME(signal, SIGFPE);
  EXPECT_SAME(last.si_code, FPE_FLTDIV);
  uint32_t control = 0x1f80;
  asm volatile("ldmxcsr %0" ::"m"(control));
  ok("division of floats by zero");
}

/* Ends by faults that nobody handles, or that are blocked or ignored. */
static void deadly(void) {
  for (int how = 0; how < 5; how++) {
    pid_t pid = fork();
    if (pid == 0) {
      sigset_t set;
      signal(SIGSEGV, how == 1 ? SIG_IGN : SIG_DFL);
      signal(SIGILL, SIG_DFL);
      signal(SIGFPE, SIG_DFL);
      sigfillset(&set);
      if (how == 2) sigprocmask(SIG_BLOCK, &set, NULL);
      if (how == 3) no_instruction();
      if (how == 4) divides();
      nowhere();
      _exit(1);
    }
    int status;
    EXPECT_SAME(waitpid(pid, &status, 0), pid);
    EXPECT(WIFSIGNALED(status));
    EXPECT_SAME(WTERMSIG(status), how == 3 ? SIGILL : how == 4 ? SIGFPE : SIGSEGV);
  }
  ok("deadly faults");
}

int main(void) {
  repairs_memory();
  steps();
  traps();
  single_steps();
  before_popf();
  bus_error();
  overflow();
  vectors();
  floats();
  deadly();
  return 0;
}
