/** MessagePack for what has no fixed shape; the only user of msgpackr. */
import { Packr } from 'msgpackr';

const packr = new Packr({ useRecords: false, structuredClone: false, encodeUndefinedAsNil: true });

export function pack(value: unknown): Uint8Array {
  return packr.pack(value);
}

/** Throws where the bytes are not MessagePack. */
export function unpack(bytes: Uint8Array): unknown {
  return packr.unpack(bytes);
}
