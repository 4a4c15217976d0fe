/** A logged value as the bytes that the kernel's kinds say it has; undefined where it cannot be known whole. */
import { cut, isScalar, type Kind, type MemoryKind, type ScalarKind } from '../syscalls/index.js';
import { NAMED_KINDS } from './encode-named.js';
import type { Member, StructValue, Value } from './value.js';

/** The bytes of a value of this kind behind a pointer. */
export function encodeMemory(kind: Kind, value: Value): Uint8Array | undefined {
  if (isScalar(kind)) return encodeScalarMemory(kind, value);
  const special = NAMED_KINDS.get(kind.name);
  if (special) return special(value);
  if (value.type === 'string') return encodeText(kind, value.bytes, value.cut);
  if (value.type === 'list') return encodeList(kind, value);
  if (kind.members && value.type === 'struct') return encodeStruct(kind, value);
  return undefined;
}

/** The value of a register. */
export function encodeRegister(kind: ScalarKind, value: Value): bigint | undefined {
  if (value.type === 'pointer') return value.address;
  return value.type === 'number' ? BigInt.asUintN(64, kind.signed ? value.value : cut(kind, value.value)) : undefined;
}

// A number behind a pointer stands in brackets.
function encodeScalarMemory(kind: ScalarKind, value: Value): Uint8Array | undefined {
  if (value.type === 'number') return littleEndian(value.value, kind.size);
  return value.type === 'list' ? encodeList(kind, value) : undefined;
}

function encodeText(kind: MemoryKind, bytes: Uint8Array, isCut: boolean): Uint8Array | undefined {
  if (isCut) return undefined;
  if (kind.terminated) return Uint8Array.from([...bytes, 0]);
  if (kind.whole && kind.size === 1) return bytes;
  // Text in a field of fixed size.
  if (bytes.length > kind.size) return undefined;
  const field = new Uint8Array(kind.size);
  field.set(bytes);
  return field;
}

function encodeList(kind: Kind, list: { readonly items: readonly Value[]; readonly cut: boolean; readonly inverted: boolean }): Uint8Array | undefined {
  if (list.cut || list.inverted) return undefined;
  const pieces: Uint8Array[] = [];
  for (const item of list.items) {
    const bytes = encodeMemory(kind, item);
    if (bytes === undefined) return undefined;
    pieces.push(bytes);
  }
  return new Uint8Array(Buffer.concat(pieces));
}

function encodeStruct(kind: MemoryKind, { members, cut: isCut }: StructValue): Uint8Array | undefined {
  if (isCut) return undefined;
  const bytes = new Uint8Array(kind.size);
  for (const each of members) {
    const part = encodeMember(kind, each);
    if (part === undefined || part.at + part.bytes.length > bytes.length) return undefined;
    bytes.set(part.bytes, part.at);
  }
  return bytes;
}

const NANOSECONDS = /_nsec$/;

function encodeMember(kind: MemoryKind, { name, value }: Member): { at: number; bytes: Uint8Array } | undefined {
  if (name === undefined) return undefined;
  const member = memberNamed(kind, name);
  if (member) {
    const times = isScalar(member.kind) ? undefined : member.kind.members;
    // strace writes a time within a structure as a number of seconds.
    const inner = value.type === 'number' && times ? times[0] : undefined;
    const bytes = encodeMemory(inner?.kind ?? member.kind, value);
    return bytes && { at: member.at + (inner?.at ?? 0), bytes };
  }
  const whole = NANOSECONDS.test(name) ? memberNamed(kind, name.replace(NANOSECONDS, '')) : undefined;
  const part = whole && !isScalar(whole.kind) ? whole.kind.members?.[1] : undefined;
  const bytes = part && encodeMemory(part.kind, value);
  return bytes && { at: whole!.at + part!.at, bytes };
}

/** gVisor leaves the prefix out (`mode` for `st_mode`) and writes capitals (`Handler`). */
export function memberNamed(kind: MemoryKind, name: string): NonNullable<MemoryKind['members']>[number] | undefined {
  const low = name.toLowerCase();
  return kind.members?.find((each) => each.name === name) ?? kind.members?.find((each) => each.name === low || each.name.endsWith(`_${low}`));
}

export function littleEndian(value: bigint, size: number): Uint8Array {
  const bytes = new Uint8Array(8);
  new DataView(bytes.buffer).setBigUint64(0, BigInt.asUintN(64, value), true);
  return bytes.subarray(0, size);
}
