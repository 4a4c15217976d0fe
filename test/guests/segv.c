/* Faults that a handler repairs, faults that it steps over, and faults that kill. */
#include <signal.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <ucontext.h>

#include "expect.h"

#define PAGE 4096
#define PAGES 32

static char *area;
static volatile int repaired;

/* Opens the faulting page and notes what the kernel said about the fault. */
static void repair(int signal, siginfo_t *info, void *context) {
  const greg_t *registers = ((ucontext_t *)context)->uc_mcontext.gregs;
  char *page = (char *)((uintptr_t)info->si_addr & -PAGE);
  EXPECT_SAME(signal, SIGSEGV);
  EXPECT_SAME(info->si_code, SEGV_ACCERR);
  EXPECT_SAME(registers[REG_TRAPNO], 14);
  EXPECT_SAME(registers[REG_CR2], (uintptr_t)info->si_addr);
  EXPECT(page >= area && page < area + PAGES * PAGE);
  EXPECT_SAME(mprotect(page, PAGE, PROT_READ | PROT_WRITE), 0);
  repaired++;
}

static void skip(int signal, siginfo_t *info, void *context) {
  greg_t *registers = ((ucontext_t *)context)->uc_mcontext.gregs;
  (void)signal;
  (void)info;
  registers[REG_RIP] += 2; /* over "mov (%rax),%eax" and "ud2" alike */
  registers[REG_RCX]++;
}

static void catch(int signal, void (*handler)(int, siginfo_t *, void *)) {
  struct sigaction action = {.sa_flags = SA_SIGINFO};
  action.sa_sigaction = handler;
  EXPECT_SAME(sigaction(signal, &action, NULL), 0);
}

static void die(const char *name, int signal, void (*act)(void)) {
  struct rlimit none = {0, 0};
  int status;
  pid_t pid = fork();
  if (pid == 0) {
    struct sigaction action = {.sa_handler = SIG_DFL};
    setrlimit(RLIMIT_CORE, &none);
    sigaction(signal, &action, NULL);
    act();
    _exit(0);
  }
  EXPECT_SAME(waitpid(pid, &status, 0), pid);
  EXPECT(WIFSIGNALED(status));
  EXPECT_SAME(WTERMSIG(status), signal);
  ok("%s kills", name);
}

static void read_null(void) { asm volatile("xor %%eax,%%eax; mov (%%rax),%%eax" ::: "rax"); }
static void write_text(void) { *(volatile char *)(uintptr_t)write_text = 1; }
static void jump_nowhere(void) { asm volatile("mov $0x10,%%eax; jmp *%%rax" ::: "rax"); }
static void non_canonical(void) { asm volatile("movabs $0x8000000000000000,%%rax; mov (%%rax),%%eax" ::: "rax"); }
static void undefined(void) { asm volatile("ud2"); }
static void divide(void) { asm volatile("xor %%ecx,%%ecx; xor %%edx,%%edx; div %%ecx" ::: "ecx", "eax", "edx"); }
static void trap(void) { asm volatile("int3"); }
static void privileged(void) { asm volatile("hlt"); }
static void past_the_end(void) {
  int fd = memfd_create("short", 0);
  volatile char *map = mmap(NULL, PAGE, PROT_READ, MAP_SHARED, fd, 0);
  (void)map[0];
}
static void masked_fault(void) {
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, SIGSEGV);
  sigprocmask(SIG_BLOCK, &set, NULL);
  read_null();
}

int main(void) {
  catch(SIGSEGV, repair);
  area = mmap(NULL, PAGES * PAGE, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  EXPECT(area != MAP_FAILED);
  for (int i = 0; i < PAGES; i++) ((volatile char *)area)[i * PAGE + i] = i;
  EXPECT_SAME(repaired, PAGES);
  for (int i = 0; i < PAGES; i++) EXPECT_SAME(area[i * PAGE + i], i);
  ok("%d pages repaired", repaired);

  catch(SIGSEGV, skip);
  catch(SIGILL, skip);
  long skipped = 0;
  asm volatile("xor %%eax,%%eax; mov (%%rax),%%eax; ud2; mov (%%rax),%%eax" : "+c"(skipped) : : "rax");
  EXPECT_SAME(skipped, 3);
  ok("%ld instructions stepped over", skipped);

  die("reading null", SIGSEGV, read_null);
  die("writing text", SIGSEGV, write_text);
  die("jumping nowhere", SIGSEGV, jump_nowhere);
  die("a non-canonical address", SIGSEGV, non_canonical);
  die("a privileged instruction", SIGSEGV, privileged);
  die("a masked fault", SIGSEGV, masked_fault);
  die("an undefined instruction", SIGILL, undefined);
  die("dividing by zero", SIGFPE, divide);
  die("a breakpoint", SIGTRAP, trap);
  die("reading past a file's end", SIGBUS, past_the_end);
  return 0;
}
