/** Which bytes count as an instruction whose result must be recorded. */
import test from 'ava';
import { addon } from '../../src/tracee/index.js';

const RDTSC = [0x0f, 0x31];
const RDTSCP = [0x0f, 0x01, 0xf9];
const JOIN = [0x48, 0xc1, 0xe2, 0x20]; // shl $32, %rdx
const RETURN = 0xc3;

const CPUID = [0x0f, 0xa2];

const TIMESTAMPS = 1;
const CPUIDS = 2;
const RANDOMS = 4;
const VSYSCALLS = 8;

/** Offset, length and kind (0 time stamp, 1 cpuid, 2 random number, 3 vsyscall), in turn. */
const find = (code: readonly number[], wanted: number, size = code.length): number[] => [...addon.findInstructions(Uint8Array.from(code), size, wanted)];
const found = (...code: number[]): number[] => find(code, TIMESTAMPS);

test('reads whose halves are joined, at once or some instructions later', (t) => {
  t.deepEqual(found(0x90, ...RDTSC, ...JOIN, RETURN), [1, 2, 0]);
  // mov %ecx, (%rdi); lfence; mov %rax, %rsi
  t.deepEqual(found(...RDTSCP, 0x89, 0x0f, 0x0f, 0xae, 0xe8, 0x48, 0x89, 0xc6, ...JOIN), [0, 3, 0]);
});

test('reads whose halves are stored or copied apart', (t) => {
  // mov %eax, (%rdi); mov %edx, 4(%rdi)
  t.deepEqual(found(...RDTSC, 0x89, 0x07, 0x89, 0x57, 0x04), [0, 2, 0]);
  // mov %edx, %r8d; mov %eax, %r9d
  t.deepEqual(found(...RDTSC, 0x41, 0x89, 0xd0, 0x41, 0x89, 0xc1), [0, 2, 0]);
});

test('jumps to where halves are joined are followed, as far as the code is known', (t) => {
  // rdtscp; shl; ret; rdtsc; jmp to the shl: as Go reads it
  t.deepEqual(found(...RDTSCP, ...JOIN, RETURN, ...RDTSC, 0xeb, 0xf7), [8, 2, 0, 0, 3, 0]);
  // The same with a jump before the code, to behind it, to itself, and to what joins nothing.
  t.deepEqual(found(...RDTSC, 0xeb, 0x80, ...JOIN), []);
  t.deepEqual(found(...RDTSC, 0xeb, 0x7f, ...JOIN), []);
  t.deepEqual(found(...RDTSC, 0xeb, 0xfe, ...JOIN), []);
  t.deepEqual(found(0x90, RETURN, ...RDTSC, 0xeb, 0xfa, ...JOIN), []);
});

test('bytes of which nothing makes a number are none', (t) => {
  t.deepEqual(found(...RDTSC, RETURN, ...JOIN), []);
  t.deepEqual(found(...RDTSC), []);
  // Only the low half; and the low half lost before it is taken: xor does not count, mov $1, %eax does.
  t.deepEqual(found(...RDTSC, 0x89, 0x07, RETURN), []);
  t.deepEqual(found(...RDTSC, 0xb8, 1, 0, 0, 0, 0x89, 0x07, 0x89, 0x57, 0x04), []);
  // mov $0x310f, %eax; nop …
  t.deepEqual(found(0xb8, ...RDTSC, 0, 0, 0x90, 0x90, RETURN), []);
});

test('cpuid behind the number of a leaf', (t) => {
  // mov $1, %eax; cpuid
  t.deepEqual(find([0x90, 0xb8, 1, 0, 0, 0, ...CPUID], CPUIDS), [6, 2, 1]);
  // mov $0x8000001e, %eax; xor %ecx, %ecx; push %rbx; cpuid
  t.deepEqual(find([0xb8, 0x1e, 0, 0, 0x80, 0x31, 0xc9, 0x53, ...CPUID], CPUIDS), [8, 2, 1]);
});

test('cpuid behind anything else is none', (t) => {
  t.deepEqual(find([0x90, 0x90, ...CPUID], CPUIDS), []);
  // A number that no leaf has; the number overwritten by mov %esi, %eax; the two bytes inside another instruction.
  t.deepEqual(find([0xb8, 1, 2, 0, 0, ...CPUID], CPUIDS), []);
  t.deepEqual(find([0xb8, 1, 0, 0, 0, 0x89, 0xf0, ...CPUID], CPUIDS), []);
  t.deepEqual(find([0xb8, 1, 0, 0, 0, 0x81, 0xc1, ...CPUID, 0, 0], CPUIDS), []);
});

test('only what is asked for is found', (t) => {
  const code = [...RDTSC, ...JOIN, 0xb8, 1, 0, 0, 0, ...CPUID];
  t.deepEqual(find(code, TIMESTAMPS), [0, 2, 0]);
  t.deepEqual(find(code, CPUIDS), [11, 2, 1]);
  t.deepEqual(find(code, TIMESTAMPS | CPUIDS), [0, 2, 0, 11, 2, 1]);
});

test('only what begins in the first part counts, what is behind it is looked at', (t) => {
  const code = [...RDTSC, ...JOIN, ...RDTSC, ...JOIN];
  t.deepEqual(find(code, TIMESTAMPS, 2), [0, 2, 0]);
  t.deepEqual(find(code, TIMESTAMPS, 6), [0, 2, 0]);
  t.deepEqual(find(code, TIMESTAMPS, 7), [0, 2, 0, 6, 2, 0]);
});

const NOPS = Array.from({ length: 60 }, () => 0x90);
const SETC = [0x0f, 0x92, 0xc1]; // setc %cl

test('rdrand and rdseed before a look at the carry flag', (t) => {
  const random = (...code: number[]): number[] => find([...NOPS, ...code, ...NOPS], RANDOMS);
  // rdrand %eax; mov %eax, (%rcx); cmovb %edx, %eax: as libstdc++ has it
  t.deepEqual(random(0x0f, 0xc7, 0xf0, 0x89, 0x01, 0x0f, 0x42, 0xc2), [60, 3, 2]);
  // rdseed %rbx; jae; rdrand %r10w; adc %rax, %rax: found behind their prefixes
  t.deepEqual(random(0x48, 0x0f, 0xc7, 0xfb, 0x73, 0xfa), [61, 3, 2]);
  t.deepEqual(random(0x66, 0x41, 0x0f, 0xc7, 0xf2, 0x48, 0x11, 0xc0), [62, 3, 2]);
  // At the start of what is known, there is nothing before to go by.
  t.deepEqual(find([0x0f, 0xc7, 0xf0, ...SETC], RANDOMS), [0, 3, 2]);
});

test('what only looks like rdrand is none', (t) => {
  const random = (...code: number[]): number[] => find([...NOPS, ...code, ...NOPS], RANDOMS);
  // The flag is not asked for, or is another one's by then: cmp %eax, %eax.
  t.deepEqual(random(0x0f, 0xc7, 0xf0), []);
  t.deepEqual(random(0x0f, 0xc7, 0xf0, 0x39, 0xc0, ...SETC), []);
  // cmpxchg8b (%rsi); rdpid %rax, with a prefix as well
  t.deepEqual(random(0x0f, 0xc7, 0x0e, ...SETC), []);
  t.deepEqual(random(0xf3, 0x0f, 0xc7, 0xf8, ...SETC), []);
  t.deepEqual(random(0xf3, 0x48, 0x0f, 0xc7, 0xf8, ...SETC), []);
  // call; movb $0, 0xda(%rbx) …: the bytes are its distance. mov $0x92c0f0c7, %eax …
  t.deepEqual(random(0xe8, 0x0f, 0xc7, 0xff, 0xff, ...SETC), []);
  t.deepEqual(random(0xb8, 0x0f, 0xc7, 0xf0, 0x72, 0x00), []);
});

test('addresses of the vsyscall page that are moved to a register or to memory', (t) => {
  const vsyscalls = (...code: number[]): number[] => find([...NOPS, ...code, ...NOPS], VSYSCALLS);
  // mov $0xffffffffff600000, %rax; mov $0xffffffffff600400, %r11
  t.deepEqual(vsyscalls(0x48, 0xc7, 0xc0, 0x00, 0x00, 0x60, 0xff), [65, 2, 3]);
  t.deepEqual(vsyscalls(0x49, 0xc7, 0xc3, 0x00, 0x04, 0x60, 0xff), [65, 2, 3]);
  // movq $0xffffffffff600800 to -8(%rbp), to 0x100(%rsp) and to (%rax)
  t.deepEqual(vsyscalls(0x48, 0xc7, 0x45, 0xf8, 0x00, 0x08, 0x60, 0xff), [66, 2, 3]);
  t.deepEqual(vsyscalls(0x48, 0xc7, 0x84, 0x24, 0x00, 0x01, 0x00, 0x00, 0x00, 0x08, 0x60, 0xff), [70, 2, 3]);
  t.deepEqual(vsyscalls(0x48, 0xc7, 0x00, 0x00, 0x08, 0x60, 0xff), [65, 2, 3]);
});

test('what only looks like an address of the vsyscall page is none', (t) => {
  const vsyscalls = (...code: number[]): number[] => find([...NOPS, ...code, ...NOPS], VSYSCALLS);
  // No function is there: 0xffffffffff600c00, 0xffffffffff600010.
  t.deepEqual(vsyscalls(0x48, 0xc7, 0xc0, 0x00, 0x0c, 0x60, 0xff), []);
  t.deepEqual(vsyscalls(0x48, 0xc7, 0xc0, 0x10, 0x00, 0x60, 0xff), []);
  // mov $0xff600000, %eax; movl $0xff600000, (%rax): not in the kernel's half. add $0xffffffffff600000, %rax
  t.deepEqual(vsyscalls(0xb8, 0x00, 0x00, 0x60, 0xff), []);
  t.deepEqual(vsyscalls(0xc7, 0x00, 0x00, 0x00, 0x60, 0xff), []);
  t.deepEqual(vsyscalls(0x48, 0x05, 0x00, 0x00, 0x60, 0xff), []);
  t.deepEqual(find([0x00, 0x00, 0x60, 0xff], VSYSCALLS), []);
});
