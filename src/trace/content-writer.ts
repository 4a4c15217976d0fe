/** Stores contents once by hash, packed into compressed blocks. */
import { hash } from 'node:crypto';
import { brotliCompressSync, constants } from 'node:zlib';
import type { Database, Statement } from 'better-sqlite3';
import { PAGE_SIZE } from '../base/brands.js';
import { Content } from './content.js';
import { BLOCK_METHOD, BLOCK_SIZE, HASH_SIZE, INLINE_LIMIT } from './format.js';
import { pageHashes } from './page-hashes.js';
import type { BytesCells, BytesSink } from './row.js';
import { BLOCKS, CONTENTS } from './schema-contents.js';
import { insertInto } from './table.js';
import { compressInto } from './zstd.js';

// Two megabytes of program text (a kernel, one core of a virtual machine) zstd packs to 52 % in 6 ms with level 1, to 47 in
// 10 with 3, to 45 in 40 with 9, to 42.5 in 300 with 16; Brotli to 47 in 16 with 2, to 42.2 in 70 with 5, to 41.7 in 130
// with 7. Zstd unpacks them in 2 ms, Brotli in 7.
type Packing = (room: Uint8Array, bytes: Uint8Array) => Uint8Array | undefined;

const zstd = (level: number): Packing => (room, bytes) => compressInto(room, bytes, level);

const brotli =
  (quality: number): Packing =>
  (room, bytes) => {
    const params = { [constants.BROTLI_PARAM_QUALITY]: quality, [constants.BROTLI_PARAM_SIZE_HINT]: bytes.length };
    const packed = brotliCompressSync(bytes, { params });
    return packed.length > room.length ? undefined : packed;
  };

const PACKINGS = {
  /** Somebody waits. */
  hurried: { pack: zstd(1), method: BLOCK_METHOD.zstd },
  quick: { pack: zstd(3), method: BLOCK_METHOD.zstd },
  well: { pack: brotli(5), method: BLOCK_METHOD.brotli },
} as const;

/** From this pressure on (see ContentWriter) a block is packed in a hurry. */
const HURRY = 3 / 4;

/** How many full blocks may wait to be packed well: 16 MiB, which are packed quickly in 80 ms if the recording ends. */
const WAITING = 8;

/** Most recordings are short: up to this age the end of one need not wait until a block is packed well. Milliseconds. */
const YOUNG = 1000;

// How many contents, and how many pages of large ones, are remembered in order to store each once: what is mapped here is
// often read there, a library by the kernel that maps it and by its guest.
const REMEMBERED = 65536;

interface Place {
  readonly block: number;
  readonly offset: number;
}

/** A place where a page lies, and the half of its hash by which it is not found. */
interface PagePlace extends Place {
  readonly check: number;
}

/** Remembers the latest by their hashes. Two generations: the older one is forgotten when the younger one is full. */
class Recent<Hash, T> {
  private young = new Map<Hash, T>();
  private old = new Map<Hash, T>();

  get(digest: Hash): T | undefined {
    const young = this.young.get(digest);
    if (young !== undefined) return young;
    const old = this.old.get(digest);
    if (old !== undefined) this.put(digest, old);
    return old;
  }

  put(digest: Hash, value: T): void {
    if (this.young.size === REMEMBERED) {
      this.old = this.young;
      this.young = new Map();
    }
    this.young.set(digest, value);
  }
}

const digestOf = (bytes: Uint8Array): string => hash('sha256', bytes, 'hex').slice(0, HASH_SIZE * 2);

/**
 * Stores each byte string once, one behind the other, cut into blocks. A full block waits to be packed until there is time
 * for that. At a commit what is not packed is stored as it is, and again when it is packed: so a commit never waits for a
 * full or a packed block.
 */
export class ContentWriter implements BytesSink {
  private readonly insertContent: Statement;
  private readonly putBlock: Statement;
  private readonly getBlock: Statement<[number]>;
  private readonly contents = new Recent<string, Content>();
  private readonly pages = new Recent<number, PagePlace>();
  private nextContent = 1;
  private readonly open = new Uint8Array(BLOCK_SIZE);
  private openBlock = 1;
  private used = 0;
  private changed = false;
  /** Full blocks that are not packed, in order; without the bytes where they are in the file as they are. */
  private readonly waiting = new Map<number, Uint8Array | undefined>();
  private readonly room = new Uint8Array(BLOCK_SIZE);
  private readonly begun = performance.now();
  /** Bytes of packed blocks so far. */
  bytesWritten = 0;

  /** `pressure` answers how much quick counts more than small: 0, where there is nothing else to do, to 1, where somebody waits. */
  constructor(
    database: Database,
    private readonly pressure: () => number,
  ) {
    this.insertContent = database.prepare(insertInto(CONTENTS));
    this.putBlock = database.prepare(insertInto(BLOCKS, 'REPLACE'));
    this.getBlock = database.prepare<[number]>('SELECT bytes FROM blocks WHERE id = ?').pluck();
  }

  put(bytes: Uint8Array): BytesCells {
    if (bytes.length <= INLINE_LIMIT) return [bytes.length, bytes.slice(), null];
    return [bytes.length, null, this.content(bytes)];
  }

  /** Stores what is not packed yet as it is; call it before each commit. */
  flush(): void {
    for (const [block, bytes] of this.waiting) {
      if (bytes === undefined) continue;
      this.putBlock.run(block, BLOCK_METHOD.raw, bytes.length, bytes);
      this.waiting.set(block, undefined);
    }
    if (!this.changed) return;
    this.putBlock.run(this.openBlock, BLOCK_METHOD.raw, this.used, this.open.subarray(0, this.used));
    this.changed = false;
  }

  /** Whether there is something to do for somebody who has time: improve(). */
  get improvable(): boolean {
    return this.waiting.size > 0 && !this.isYoung;
  }

  /** Packs a block that waits, well. */
  improve(): void {
    this.packWaiting(this.waiting.keys().next().value!, 'well');
  }

  /** Packs everything for good; call it before the last commit. */
  finish(): void {
    for (const block of this.waiting.keys()) this.packWaiting(block, 'quick');
    if (this.used > 0) this.storePacked(this.openBlock, this.open.subarray(0, this.used), this.isYoung ? 'quick' : 'well');
  }

  private get isYoung(): boolean {
    return performance.now() - this.begun < YOUNG;
  }

  private content(bytes: Uint8Array): Content {
    const digest = digestOf(bytes);
    const known = this.contents.get(digest);
    if (known) return known;
    const content = this.store(bytes, digest);
    this.contents.put(digest, content);
    return content;
  }

  private store(bytes: Uint8Array, digest: string): Content {
    const content = new Content(this.nextContent++, Buffer.from(digest, 'hex'));
    const { block, offset } = this.placeOf(bytes);
    this.insertContent.run(content.id, content.hash, block, offset, bytes.length);
    return content;
  }

  private placeOf(bytes: Uint8Array): Place {
    return (bytes.length === PAGE_SIZE ? this.knownPage(bytes) : undefined) ?? this.freshPlace(bytes);
  }

  private knownPage(bytes: Uint8Array): Place | undefined {
    const [hash, check] = pageHashes(bytes);
    const known = this.pages.get(hash!);
    return known?.check === check ? known : undefined;
  }

  private freshPlace(bytes: Uint8Array): Place {
    const place = { block: this.openBlock, offset: this.used };
    this.append(bytes);
    if (bytes.length > PAGE_SIZE) this.rememberPages(bytes, place);
    return place;
  }

  private rememberPages(bytes: Uint8Array, { block, offset }: Place): void {
    const hashes = pageHashes(bytes);
    for (let page = 0; page * 2 < hashes.length; page++) {
      const at = block * BLOCK_SIZE + offset + page * PAGE_SIZE;
      const check = hashes[page * 2 + 1]!;
      this.pages.put(hashes[page * 2]!, { block: Math.floor(at / BLOCK_SIZE), offset: at % BLOCK_SIZE, check });
    }
  }

  private append(bytes: Uint8Array): void {
    for (let done = 0; done < bytes.length; ) {
      const length = Math.min(bytes.length - done, BLOCK_SIZE - this.used);
      this.open.set(bytes.subarray(done, done + length), this.used);
      done += length;
      this.used += length;
      this.changed = true;
      if (this.used === BLOCK_SIZE) this.seal();
    }
  }

  private seal(): void {
    if (this.waiting.size < WAITING) this.waiting.set(this.openBlock, this.open.slice());
    else this.storePacked(this.openBlock, this.open, this.pressure() < HURRY ? 'quick' : 'hurried');
    this.openBlock++;
    this.used = 0;
    this.changed = false;
  }

  private packWaiting(block: number, packing: keyof typeof PACKINGS): void {
    const bytes = this.waiting.get(block) ?? (this.getBlock.get(block) as Uint8Array);
    this.waiting.delete(block);
    this.storePacked(block, bytes, packing);
  }

  private storePacked(block: number, bytes: Uint8Array, packing: keyof typeof PACKINGS): void {
    const { pack, method } = PACKINGS[packing];
    // Where it does not become smaller, there is no room for it.
    const packed = pack(this.room, bytes);
    this.putBlock.run(block, packed ? method : BLOCK_METHOD.raw, bytes.length, packed ?? bytes);
    this.bytesWritten += (packed ?? bytes).length;
  }
}
