/**
 * Memory objects: the files, memfds and segments that the guest maps, and their content at the
 * moment when a piece is first mapped.
 */
import { createHash } from 'node:crypto';
import { closeSync, openSync, readSync } from 'node:fs';
import { OBJECT_CHUNK_SIZE, STREAM_OBJECTS, type MemoryObject, type ObjectWrite } from '../trace/events.js';
import type { TraceSink } from '../trace/index.js';
import { objectId, type ObjectId } from '../base/brands.js';
import { Trouble } from '../base/errors.js';
import { FileWatch } from './file-watch.js';
import { HostFile } from './host-file.js';
import { opensMapped } from './mapped-file.js';
import { Ranges } from './ranges.js';
import { addon, fileTime, type HostMapping, type Tracee } from '../tracee/index.js';

const ENXIO = 6;

const NONE: ReadonlySet<string> = new Set();
const NOTHING: readonly never[] = [];

/** A file whose times are younger than this may change again without their changing. */
const RACY_MILLISECONDS = 2000;

interface Known {
  readonly object: MemoryObject;
  /** Chunks that were captured, those without data included. */
  readonly captured: Ranges;
  /** Hashes of the captured chunks that had data. */
  readonly hashes: Map<number, string>;
  /** Those of them that calls of the guest changed since, which replay does too. */
  readonly tracked: Ranges;
  /** What tells whether a file's content is still the one that was captured. */
  version: string;
  size: number;
  /** Our descriptor of a file that this user could not open again by its mapping. */
  readonly descriptor: number | undefined;
}

export interface MappedPart {
  readonly descriptor: number;
  readonly offset: number;
  readonly length: number;
  readonly shared: boolean;
  readonly path: string;
}

export class ObjectStore {
  private readonly known = new Map<string, Known>();
  private count = 0;
  /** Inodes that shared mappings show: their content is known, whoever in the guest changes it. */
  private readonly sharedKeys = new Set<string>();
  private readonly watch: FileWatch | undefined;
  /** Files that calls of the guest wrote to since `writtenByOthers` was asked. */
  private readonly ownWrites = new Set<string>();
  private readonly suspects = new Set<string>();
  private readonly streams = new Map<1 | 2, MemoryObject>();

  /** `onChange` hears of objects whose content becomes another. */
  constructor(
    private readonly writer: TraceSink,
    private readonly onChange: (object: ObjectId) => void,
    { watches }: { readonly watches: boolean },
  ) {
    this.watch = watches ? new FileWatch() : undefined;
  }

  close(): void {
    this.watch?.close();
    for (const { descriptor } of this.known.values()) if (descriptor !== undefined) closeSync(descriptor);
  }

  /**
   * The object behind a mapping of one of our descriptors, its content stored. Undefined for memory
   * that begins as zeroes. `effects` gets what replay must know besides (a new size).
   */
  map(part: MappedPart, effects: ObjectWrite[]): ObjectId | undefined {
    const file = HostFile.of(part.descriptor)!;
    if (file.isZeroDevice) return undefined;
    if (!file.isRegular) {
      throw new Trouble('unsupported', `mapping ${part.path}: only regular files, memfds and /dev/zero can be mapped`);
    }
    const known = this.find(part, file);
    const { size } = file;
    if (known.size !== size) {
      known.size = size;
      this.onChange(known.object.id);
      effects.push(resizing(known.object.id, size));
    }
    this.capture(known, part, size);
    return known.object.id;
  }

  /**
   * The object behind a mapping, told by the identity of its file alone; undefined where a
   * descriptor is needed to say, or to store what is not stored yet.
   */
  mapAgain(part: Omit<MappedPart, 'descriptor' | 'path'>, file: HostFile): ObjectId | undefined {
    const known = this.known.get(file.key);
    if (!known || known.size !== file.size) return undefined;
    const isShared = this.sharedKeys.has(file.key);
    if (!isShared && (part.shared || !isCurrent(known, file))) return undefined;
    return known.captured.includes(...chunksOf(part, known.size)) ? known.object.id : undefined;
  }

  /** An effect: a call moved bytes to that stream of ours. */
  output(stream: 1 | 2, bytes: Uint8Array): ObjectWrite {
    let object = this.streams.get(stream);
    if (!object) {
      object = { id: objectId(++this.count), kind: 'file', path: STREAM_OBJECTS[stream], device: 0, inode: 0, size: 0 };
      this.streams.set(stream, object);
      this.writer.object(object);
    }
    return { type: 'object', object: object.id, offset: 0, bytes, size: bytes.length };
  }

  /** The object of an attached System V segment; its content is read through the mapping. */
  segment(mapping: HostMapping, tracee: Tracee): ObjectId {
    const key = `segment:${mapping.inode}`;
    const known = this.known.get(key);
    if (known) return known.object.id;
    const size = mapping.end - mapping.start;
    const object: MemoryObject = {
      id: objectId(++this.count),
      kind: 'shared',
      path: mapping.name,
      device: 0,
      inode: mapping.inode,
      size,
    };
    this.writer.object(object);
    this.known.set(key, { object, ...nothingYet(), version: key, size, descriptor: undefined });
    for (let offset = 0; offset < size; offset += OBJECT_CHUNK_SIZE) {
      const bytes = withoutTrailingZeroes(tracee.read(mapping.start + offset, Math.min(OBJECT_CHUNK_SIZE, size - offset)));
      if (bytes.length === 0) continue;
      this.writer.content({ object: object.id, event: this.writer.nextIndex, offset, bytes });
    }
    return object.id;
  }

  /** The object of a file that the guest has mapped, and the size that replay's stand-in has. */
  mapped(file: HostFile): { readonly id: ObjectId; readonly size: number } | undefined {
    const known = this.known.get(file.key);
    return known && { id: known.object.id, size: known.size };
  }

  /** Notes that a call changed a part of such a file, and its size to what it is now. */
  changed(file: HostFile, { offset, length }: { offset: number; length: number }): void {
    const known = this.known.get(file.key);
    if (!known) return;
    this.ownWrites.add(file.key);
    this.onChange(known.object.id);
    const resized = known.size === file.size ? Infinity : Math.min(known.size, file.size);
    for (const [from, to] of [[offset, offset + length], [resized, Infinity]] as const) {
      for (const [first, behind] of known.captured.all()) {
        known.tracked.add(Math.max(first, Math.floor(from / OBJECT_CHUNK_SIZE)), Math.min(behind, Math.ceil(to / OBJECT_CHUNK_SIZE)));
      }
    }
    known.size = file.size;
  }

  /** A file may be another in a way of which the watch does not tell. */
  mayHaveChanged(file: HostFile): void {
    if (this.known.has(file.key)) this.suspects.add(file.key);
  }

  /** Files of objects that calls of others wrote to since this was asked last: their keys, and their inodes. */
  writtenByOthers(): readonly { readonly key: string; readonly inode: number }[] {
    const written = this.watch?.written() ?? NONE;
    const { suspects, ownWrites } = this;
    if (written.size === 0 && ownWrites.size === 0 && suspects.size === 0) return NOTHING;
    const found = [...new Set([...written, ...suspects])].flatMap((key) => {
      const known = ownWrites.has(key) ? undefined : this.known.get(key);
      return known ? [{ key, inode: known.object.inode }] : [];
    });
    ownWrites.clear();
    suspects.clear();
    return found;
  }

  keptDescriptor(key: string): number | undefined {
    return this.known.get(key)?.descriptor;
  }

  /** What such a file holds now, as far as it is another content; undefined where the part is of another file. */
  readAgain(key: string, part: MappedPart): ObjectWrite[] | undefined {
    const file = HostFile.of(part.descriptor)!;
    const known = this.known.get(key);
    if (!known || file.key !== key) return undefined;
    this.onChange(known.object.id);
    known.captured.add(...chunksOf(part, file.size));
    const effects = known.size === file.size ? [] : [resizing(known.object.id, file.size)];
    known.size = file.size;
    known.version = file.version;
    for (const [first, behind] of [...known.captured.all()]) {
      for (let chunk = first; chunk < behind; chunk++) effects.push(...rewriting(known, chunk, part.descriptor));
    }
    return effects;
  }

  /** Such a file is not mapped any more: who maps it next finds another object. */
  forget(key: string): void {
    this.drop(key);
    this.sharedKeys.delete(key);
  }

  private find(part: MappedPart, file: HostFile): Known {
    const { key, version, device, inode, size } = file;
    const known = this.known.get(key);
    if (known && (this.sharedKeys.has(key) || isCurrent(known, file) || sameChunks(known, part))) {
      if (part.shared) this.sharedKeys.add(key);
      return known;
    }
    const object: MemoryObject = {
      id: objectId(++this.count),
      kind: part.shared ? 'shared' : 'file',
      path: part.path,
      device,
      inode,
      size,
    };
    this.writer.object(object);
    const descriptor = this.watch && !opensMapped() ? openAgain(part.descriptor) : undefined;
    const fresh: Known = { object, ...nothingYet(), version, size, descriptor };
    this.drop(key);
    this.known.set(key, fresh);
    this.watch?.add(part.descriptor, key);
    if (part.shared) this.sharedKeys.add(key);
    return fresh;
  }

  private drop(key: string): void {
    const descriptor = this.known.get(key)?.descriptor;
    if (descriptor !== undefined) closeSync(descriptor);
    this.known.delete(key);
  }

  private capture(known: Known, part: MappedPart, size: number): void {
    const [first, behind] = chunksOf(part, size);
    if (known.captured.includes(first, behind)) return;
    for (const chunk of chunksWithData(part.descriptor, first, behind)) {
      if (known.captured.includes(chunk, chunk + 1)) continue;
      const bytes = readChunk(part.descriptor, chunk * OBJECT_CHUNK_SIZE);
      if (bytes.length === 0) continue;
      known.hashes.set(chunk, hashOf(bytes));
      this.writer.content({
        object: known.object.id,
        event: this.writer.nextIndex,
        offset: chunk * OBJECT_CHUNK_SIZE,
        bytes,
      });
    }
    known.captured.add(first, behind);
  }
}

const resizing = (object: ObjectId, size: number): ObjectWrite => ({ type: 'object', object, offset: 0, bytes: new Uint8Array(0), size });

/** A chunk as it is now, where that may be another than what was captured. */
function rewriting({ object, hashes, tracked, size }: Known, chunk: number, descriptor: number): ObjectWrite[] {
  const offset = chunk * OBJECT_CHUNK_SIZE;
  const length = Math.min(OBJECT_CHUNK_SIZE, size - offset);
  const content = readChunk(descriptor, offset);
  const hash = content.length === 0 ? undefined : hashOf(content);
  if (hash === hashes.get(chunk) && !tracked.includes(chunk, chunk + 1)) return [];
  if (hash === undefined) hashes.delete(chunk);
  else hashes.set(chunk, hash);
  if (length <= 0) return [];
  // With the zeroes at its end.
  const bytes = new Uint8Array(length);
  bytes.set(content.subarray(0, length));
  return [{ type: 'object', object: object.id, offset, bytes, size }];
}

const nothingYet = (): Pick<Known, 'captured' | 'hashes' | 'tracked'> => ({
  captured: new Ranges(),
  hashes: new Map(),
  tracked: new Ranges(),
});

function openAgain(descriptor: number): number | undefined {
  try {
    return openSync(`/proc/self/fd/${descriptor}`, 'r');
  } catch {
    return undefined;
  }
}

/** The chunks that a part of an object of some size lies in: the first, and the one behind the last. */
function chunksOf({ offset, length }: { offset: number; length: number }, size: number): [first: number, behind: number] {
  const end = Math.min(offset + length, size);
  const first = Math.floor(offset / OBJECT_CHUNK_SIZE);
  return [first, Math.max(first, Math.ceil(end / OBJECT_CHUNK_SIZE))];
}

/** The chunks of some in which a sparse file has data. */
function* chunksWithData(descriptor: number, first: number, behind: number): Generator<number> {
  for (let chunk = first; chunk < behind; chunk++) {
    const data = addon.nextData(descriptor, chunk * OBJECT_CHUNK_SIZE);
    if (data === -ENXIO) return;
    // A file that cannot tell has data everywhere.
    if (data >= 0) chunk = Math.floor(data / OBJECT_CHUNK_SIZE);
    if (chunk < behind) yield chunk;
  }
}

const isCurrent = (known: Known, file: HostFile): boolean => known.version === file.version && !isRacy(file);

const isRacy = ({ changedAt }: HostFile): boolean => fileTime() - changedAt < RACY_MILLISECONDS;

const hashOf = (bytes: Uint8Array): string => createHash('sha1').update(bytes).digest('base64');

/** Whether what was captured of a file, and what calls made of it, is what it holds now, its times aside. */
function sameChunks({ captured, hashes, tracked }: Known, { descriptor }: MappedPart): boolean {
  const hash = (chunk: number): string | undefined => {
    const bytes = readChunk(descriptor, chunk * OBJECT_CHUNK_SIZE);
    return bytes.length === 0 ? undefined : hashOf(bytes);
  };
  const same = (chunk: number): boolean => tracked.includes(chunk, chunk + 1) || hash(chunk) === hashes.get(chunk);
  for (const chunk of hashes.keys()) if (!same(chunk)) return false;
  for (const [first, behind] of captured.all()) {
    for (const chunk of chunksWithData(descriptor, first, behind)) if (!hashes.has(chunk) && !same(chunk)) return false;
  }
  return true;
}

const chunk = Buffer.alloc(OBJECT_CHUNK_SIZE);

/** A chunk's bytes without the zeroes at its end, good until the next one is read. */
function readChunk(descriptor: number, offset: number): Uint8Array {
  let filled = 0;
  while (filled < chunk.length) {
    const got = readSync(descriptor, chunk, filled, chunk.length - filled, offset + filled);
    if (got === 0) break;
    filled += got;
  }
  return withoutTrailingZeroes(chunk.subarray(0, filled));
}

function withoutTrailingZeroes(bytes: Uint8Array): Uint8Array {
  let end = bytes.length;
  while (end > 0 && bytes[end - 1] === 0) end--;
  return bytes.subarray(0, end);
}

/** Runs a function with one of our descriptors and closes it. */
export function withDescriptor<Result>(descriptor: number, use: (descriptor: number) => Result): Result {
  try {
    return use(descriptor);
  } finally {
    closeSync(descriptor);
  }
}
