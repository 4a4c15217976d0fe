/**
 * Instructions whose result depends on the processor: Intel 64 and IA-32 Architectures Software
 * Developer's Manual, volume 2 (December 2023). They are looked for at every byte, so that data may be
 * taken for one; none is missed.
 */

export interface ProcessorInstruction {
  readonly name: string;
  /** Bytes from the start. */
  readonly at: number;
}

/** Register field of a ModRM byte. */
const register = (modrm: number): number => (modrm >> 3) & 7;
const isMemory = (modrm: number): boolean => modrm < 0xc0;

/** Every pattern begins with this byte. */
const ESCAPE = 0x0f;

/** The instruction that the bytes behind 0F make. */
function named(second: number, third: number): string | undefined {
  if (second === 0xa2) return 'cpuid';
  if (second === 0x01 && third === 0xd0) return 'xgetbv';
  if (second === 0x03) return 'lsl';
  if (second === 0xae && isMemory(third) && (register(third) === 4 || register(third) === 6)) return 'xsave';
  if (second !== 0xc7) return undefined;
  if (isMemory(third)) return register(third) === 4 || register(third) === 5 ? 'xsavec' : undefined;
  return register(third) === 7 ? 'rdpid' : undefined;
}

/** All places where the bytes may be such an instruction, in order. */
export function processorInstructions(bytes: Uint8Array): ProcessorInstruction[] {
  const found: ProcessorInstruction[] = [];
  for (let at = bytes.indexOf(ESCAPE); at >= 0; at = bytes.indexOf(ESCAPE, at + 1)) {
    const name = named(bytes[at + 1] ?? 0, bytes[at + 2] ?? 0);
    if (name !== undefined) found.push({ name, at });
  }
  return found;
}
