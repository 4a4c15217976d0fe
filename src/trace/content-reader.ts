/** Reads contents back from their compressed blocks. */
import { hash } from 'node:crypto';
import { brotliDecompressSync } from 'node:zlib';
import type { Database, Statement } from 'better-sqlite3';
import { Content, plainBytes } from './content.js';
import { Damage } from './damage.js';
import { BLOCK_METHOD, BLOCK_SIZE, HASH_SIZE } from './format.js';
import type { BytesSource, Cell } from './row.js';
import { decompress } from './zstd.js';

// Unpacked blocks that are kept: 16 MiB.
const BLOCKS_KEPT = 8;

// A block of more bytes is not from a recorder: a content that had a block of its own, before version 6, never exceeded what one call moves.
const LARGEST_BLOCK = 2 ** 31 - 1;

/** A content and where its bytes lie. */
class PlacedContent extends Content {
  constructor(
    id: number,
    hash: Uint8Array,
    readonly block: number,
    readonly offset: number,
    readonly size: number,
  ) {
    super(id, hash);
  }
}

class Block {
  readonly checked = new Set<number>();
  constructor(readonly bytes: Uint8Array) {}
}

/** Finds and unpacks byte strings, and checks that they are what was recorded. */
export class ContentReader implements BytesSource {
  private readonly selectContent: Statement<[number]>;
  private readonly selectBlock: Statement<[number]>;
  // In order of use: the first is the one that was not used for the longest time.
  private readonly blocks = new Map<number, Block>();

  constructor(database: Database) {
    const content = 'SELECT hash, block, "offset", size FROM contents WHERE id = ?';
    this.selectContent = database.prepare<[number]>(content).raw();
    this.selectBlock = database
      .prepare<[number]>('SELECT method, size, bytes FROM blocks WHERE id = ?')
      .raw();
  }

  /** The content of that id, undefined where there is none. Quick only within a transaction. */
  find(id: number): Content | undefined {
    const row = this.selectContent.get(id) as
      | [hash: Uint8Array, block: number, offset: number, size: number]
      | undefined;
    return row && new PlacedContent(id, ...row);
  }

  get(size: Cell | undefined, inline: Cell | undefined, content: Cell | undefined): Uint8Array {
    const bytes =
      content instanceof PlacedContent ? this.bytes(content) : plainBytes(inline as Uint8Array);
    if (bytes.length !== size) throw new Damage(`${bytes.length} bytes where ${String(size)} belong`);
    return bytes;
  }

  /** The bytes of the content of that id, undefined where there is none. */
  whole(id: number): Uint8Array | undefined {
    const content = this.find(id);
    return content instanceof PlacedContent ? this.bytes(content) : undefined;
  }

  private bytes({ id, hash: expected, block: blockId, offset, size }: PlacedContent): Uint8Array {
    const block = this.block(blockId);
    const end = offset + size;
    const bytes = end <= block.bytes.length ? block.bytes.slice(offset, end) : this.gather(id, blockId, offset, size);
    if (block.checked.has(id)) return bytes;
    const digest = hash('sha256', bytes, 'buffer').subarray(0, HASH_SIZE);
    if (Buffer.compare(digest, expected) !== 0) {
      throw new Damage(`content ${id} is not what was recorded`);
    }
    block.checked.add(id);
    return bytes;
  }

  /** Bytes that go on in the next blocks. */
  private gather(id: number, firstBlock: number, offset: number, size: number): Uint8Array {
    const parts: Uint8Array[] = [];
    let missing = size;
    for (let block = firstBlock, from = offset; missing > 0; block++, from = 0) {
      const part = this.block(block).bytes.subarray(from, from + missing);
      if (part.length === 0) throw new Damage(`content ${id} begins behind its block`);
      parts.push(part);
      missing -= part.length;
    }
    const bytes = new Uint8Array(size);
    let at = 0;
    for (const part of parts) {
      bytes.set(part, at);
      at += part.length;
    }
    return bytes;
  }

  private block(id: number): Block {
    let block = this.blocks.get(id);
    if (block !== undefined) this.blocks.delete(id);
    else block = new Block(this.unpack(id));
    this.blocks.set(id, block);
    if (this.blocks.size > BLOCKS_KEPT) this.blocks.delete(this.blocks.keys().next().value!);
    return block;
  }

  private unpack(id: number): Uint8Array {
    const row = this.selectBlock.get(id) as [number, number, Uint8Array] | undefined;
    if (row === undefined) throw new Damage(`block ${id} is missing`);
    const [method, size, packed] = row;
    if (size < 1 || size > LARGEST_BLOCK) throw new Damage(`block ${id} cannot have ${size} bytes`);
    const bytes = this.unpackAs(method, packed, size);
    if (bytes.length !== size) throw new Damage(`block ${id} has not ${size} bytes`);
    return plainBytes(bytes);
  }

  private unpackAs(method: number, packed: Uint8Array, size: number): Uint8Array {
    if (method === BLOCK_METHOD.raw) return packed;
    if (method === BLOCK_METHOD.brotli) return brotliDecompressSync(packed, { maxOutputLength: size });
    if (method !== BLOCK_METHOD.zstd) throw new Damage(`there is no packing method ${method}`);
    const bytes = size > BLOCK_SIZE ? undefined : decompress(packed, size);
    if (bytes === undefined) throw new Damage('the bytes of a block cannot be unpacked');
    return bytes;
  }
}
