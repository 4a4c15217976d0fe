/** Values in strace's words. */
import { AT_FDCWD } from '../kinds/numbers.js';
import { STRACE_STYLE, type MemoryKind, type ScalarKind, type Style, type StyledWording } from '../kinds/kind.js';

/** What a descriptor refers to (-y); undefined where the trace does not tell. */
export type DescriptorPath = (descriptor: number) => string | undefined;

export class StraceWords implements StyledWording {
  constructor(
    readonly style: Style = STRACE_STYLE,
    private readonly pathOf: DescriptorPath = () => undefined,
  ) {}

  scalar(kind: ScalarKind, value: bigint): string {
    const text = kind.strace?.(value, this.style) ?? kind.show(value);
    if (kind.compare !== 'descriptor' || (value < 0n && value !== BigInt(AT_FDCWD))) return text;
    const path = this.pathOf(Number(value));
    return path === undefined ? text : `${text}<${path}>`;
  }

  memory(kind: MemoryKind, bytes: Uint8Array, length: number): string {
    return kind.strace?.(bytes, length, this) ?? kind.show(bytes, length, this);
  }
}
