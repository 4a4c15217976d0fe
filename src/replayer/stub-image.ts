/**
 * The program that a replayed task starts as: one page that holds a syscall instruction. From there
 * portrace makes the mappings that the recorded program had, and then the page goes.
 */
import { writeSync } from 'node:fs';
import { addon, answered } from '../tracee/index.js';
import { address, PAGE_SIZE, type Address } from '../base/brands.js';

/** Where the stub lives: the lowest address that may be mapped (vm.mmap_min_addr). */
export const STUB_ADDRESS: Address = address(0x10000);

const HEADER_SIZE = 64;
const PROGRAM_HEADER_SIZE = 56;
const CODE_OFFSET = HEADER_SIZE + PROGRAM_HEADER_SIZE;
const CODE = [0x0f, 0x05, 0xcc];

/** Address of the stub's syscall instruction. */
export const STUB_SITE: Address = address(STUB_ADDRESS + CODE_OFFSET);

/** A place in the stub's page for strings of its calls, which is as large as half of the page. */
export const STUB_TEXT: Address = address(STUB_ADDRESS + PAGE_SIZE / 2);

/** A descriptor of the stub, an ELF file (elf(5)) of a few bytes. */
export function createStub(): number {
  const image = Buffer.alloc(CODE_OFFSET + CODE.length);
  image.set([0x7f, 0x45, 0x4c, 0x46, 2, 1, 1]);
  image.writeUInt16LE(2, 16); // ET_EXEC
  image.writeUInt16LE(62, 18); // EM_X86_64
  image.writeUInt32LE(1, 20);
  image.writeBigUInt64LE(BigInt(STUB_SITE), 24); // entry
  image.writeBigUInt64LE(BigInt(HEADER_SIZE), 32); // program headers
  image.writeUInt16LE(HEADER_SIZE, 52);
  image.writeUInt16LE(PROGRAM_HEADER_SIZE, 54);
  image.writeUInt16LE(1, 56);
  image.writeUInt32LE(1, HEADER_SIZE); // PT_LOAD
  image.writeUInt32LE(7, HEADER_SIZE + 4); // read, write (a place for strings), execute
  image.writeBigUInt64LE(BigInt(STUB_ADDRESS), HEADER_SIZE + 16);
  image.writeBigUInt64LE(BigInt(STUB_ADDRESS), HEADER_SIZE + 24);
  image.writeBigUInt64LE(BigInt(image.length), HEADER_SIZE + 32);
  image.writeBigUInt64LE(BigInt(image.length), HEADER_SIZE + 40);
  image.writeBigUInt64LE(BigInt(PAGE_SIZE), HEADER_SIZE + 48);
  image.set(CODE, CODE_OFFSET);
  const descriptor = answered(addon.createMemoryFile('portrace-stub'), 0, 'create a memory file');
  writeSync(descriptor, image);
  return descriptor;
}
