/** Stores contents once by hash, packed into compressed blocks. */
import { hash } from 'node:crypto';
import { brotliCompressSync, constants } from 'node:zlib';
import type { Database, Statement } from 'better-sqlite3';
import { Content } from './content.js';
import { BLOCK_METHOD, BLOCK_SIZE, HASH_SIZE, INLINE_LIMIT } from './format.js';
import type { BytesCells, BytesSink } from './row.js';
import { BLOCKS, CONTENTS } from './schema-contents.js';
import { insertInto } from './table.js';

// Of program text Brotli packs 220 MB/s to 51 % with quality 1, 130 to 47 with 2, 72 to 46 with 4,
// 38 to 42 with 5 (libc, one core of a virtual machine). The 24 MB of a kernel's boot become 8.4 MB
// with quality 2, 7.5 with 5, 7.4 with 7 in half as much time again, and no less with 9. A recorder packs on
// a thread of its own: the quality that it has time for, by the pressure that it is still for.
const QUALITIES: readonly (readonly [pressure: number, quality: number])[] = [
  [1 / 16, 7],
  [3 / 4, 5],
  [1, 2],
];

const qualityAt = (pressure: number): number => QUALITIES.find(([upTo]) => pressure <= upTo)![1];

// How many contents, and how many pages of large ones, are remembered in order to store each once.
const REMEMBERED = 65536;

// What is mapped here is often read there: a library by the kernel that maps it and by its guest.
const PAGE = 4096;

interface Place {
  readonly block: number;
  readonly offset: number;
}

/** Remembers the latest by their hashes. Two generations: the older one is forgotten when the younger one is full. */
class Recent<T> {
  private young = new Map<string, T>();
  private old = new Map<string, T>();

  get(digest: string): T | undefined {
    const young = this.young.get(digest);
    if (young !== undefined) return young;
    const old = this.old.get(digest);
    if (old !== undefined) this.put(digest, old);
    return old;
  }

  put(digest: string, value: T): void {
    if (this.young.size === REMEMBERED) {
      this.old = this.young;
      this.young = new Map();
    }
    this.young.set(digest, value);
  }
}

const digestOf = (bytes: Uint8Array): string => hash('sha256', bytes, 'hex').slice(0, HASH_SIZE * 2);

/**
 * Stores each byte string once and packs them in blocks. A block that is not full at a commit is
 * stored as it is, and again when it is full: so a commit never waits for a full block and blocks
 * are always large.
 */
export class ContentWriter implements BytesSink {
  private readonly insertContent: Statement;
  private readonly putBlock: Statement;
  private readonly contents = new Recent<Content>();
  private readonly pages = new Recent<Place>();
  private nextContent = 1;
  private nextBlock = 1;
  private readonly open = new Uint8Array(BLOCK_SIZE);
  private openBlock = 0;
  private used = 0;
  private changed = false;
  /** Bytes of packed blocks so far. */
  bytesWritten = 0;

  /** `pressure` answers how much quick counts more than small: 0, where there is nothing else to do, to 1, where somebody waits. */
  constructor(
    database: Database,
    private readonly pressure: () => number,
  ) {
    this.insertContent = database.prepare(insertInto(CONTENTS));
    this.putBlock = database.prepare(insertInto(BLOCKS, 'REPLACE'));
  }

  put(bytes: Uint8Array): BytesCells {
    if (bytes.length <= INLINE_LIMIT) return [bytes.length, bytes.slice(), null];
    return [bytes.length, null, this.content(bytes)];
  }

  /** Stores what the open block holds so far; call it before each commit. */
  flush(): void {
    if (!this.changed) return;
    const bytes = this.open.subarray(0, this.used);
    this.putBlock.run(this.openBlock, BLOCK_METHOD.raw, this.used, bytes);
    this.changed = false;
  }

  /** Packs the open block for good; call it before the last commit. */
  finish(): void {
    if (this.used > 0) this.seal();
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
    const { block, offset } = this.placeOf(bytes, digest);
    this.insertContent.run(content.id, content.hash, block, offset, bytes.length);
    return content;
  }

  private placeOf(bytes: Uint8Array, digest: string): Place {
    const within = bytes.length === PAGE ? this.pages.get(digest) : undefined;
    if (within) return within;
    const { block, offset } = bytes.length >= BLOCK_SIZE / 2 ? this.ownBlock(bytes) : this.openPlace(bytes);
    for (let page = 0; bytes.length > PAGE && page + PAGE <= bytes.length; page += PAGE) {
      this.pages.put(digestOf(bytes.subarray(page, page + PAGE)), { block, offset: offset + page });
    }
    return { block, offset };
  }

  private ownBlock(bytes: Uint8Array): Place {
    const block = this.nextBlock++;
    this.storePacked(block, bytes);
    return { block, offset: 0 };
  }

  private openPlace(bytes: Uint8Array): Place {
    if (this.used + bytes.length > BLOCK_SIZE) this.seal();
    if (this.used === 0) this.openBlock = this.nextBlock++;
    const place = { block: this.openBlock, offset: this.used };
    this.open.set(bytes, this.used);
    this.used += bytes.length;
    this.changed = true;
    return place;
  }

  private seal(): void {
    this.storePacked(this.openBlock, this.open.subarray(0, this.used));
    this.used = 0;
    this.changed = false;
  }

  private storePacked(block: number, bytes: Uint8Array): void {
    const packed = brotliCompressSync(bytes, {
      params: {
        [constants.BROTLI_PARAM_QUALITY]: qualityAt(this.pressure()),
        [constants.BROTLI_PARAM_SIZE_HINT]: bytes.length,
      },
    });
    const smaller = packed.length < bytes.length;
    const method = smaller ? BLOCK_METHOD.brotli : BLOCK_METHOD.raw;
    const stored = smaller ? packed : bytes;
    this.putBlock.run(block, method, bytes.length, stored);
    this.bytesWritten += stored.length;
  }
}
