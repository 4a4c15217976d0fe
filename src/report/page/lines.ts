/** The lines of the listed events. They are unpacked in the background, block by block. */
import { BLOCK_LINES, blockId } from '../report-data.js';
import { inflate } from './inflate.js';
import { textPattern } from './text-pattern.js';

const UTF8 = new TextDecoder();

interface Block {
  readonly text: string;
  /** Where each line begins in the text. */
  readonly starts: Uint32Array;
}

export class Lines {
  private readonly blocks: (Block | undefined)[];
  private readonly listeners = new Set<() => void>();
  private readonly done: Promise<void>;

  constructor(
    private readonly trace: number,
    private readonly count: number,
  ) {
    this.blocks = new Array<Block | undefined>(Math.ceil(count / BLOCK_LINES)).fill(undefined);
    this.done = this.load();
  }

  /** Undefined while it is not unpacked yet. */
  line(row: number): string | undefined {
    const block = this.blocks[Math.floor(row / BLOCK_LINES)];
    if (block === undefined) return undefined;
    const at = row % BLOCK_LINES;
    return block.text.slice(block.starts[at], (block.starts[at + 1] ?? block.text.length + 1) - 1);
  }

  /** Called after each block that was unpacked, until the returned function is. */
  onLoad(listener: () => void): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  /** Rows whose line contains the text in any case, block by block in order. */
  async *containing(text: string): AsyncIterable<number[]> {
    await this.done;
    const pattern = textPattern(text);
    for (const [index, block] of this.blocks.entries()) {
      const rows: number[] = [];
      pattern.lastIndex = 0;
      for (let match = pattern.exec(block!.text); match; match = pattern.exec(block!.text)) {
        const at = lineAt(block!.starts, match.index);
        rows.push(index * BLOCK_LINES + at);
        pattern.lastIndex = block!.starts[at + 1] ?? block!.text.length;
      }
      yield rows;
    }
  }

  private async load(): Promise<void> {
    for (let block = 0; block < this.blocks.length; block++) {
      const text = UTF8.decode(await inflate(blockId(this.trace, block)));
      this.blocks[block] = { text, starts: lineStarts(text, Math.min(BLOCK_LINES, this.count - block * BLOCK_LINES)) };
      for (const listener of this.listeners) listener();
    }
  }
}

function lineStarts(text: string, count: number): Uint32Array {
  const starts = new Uint32Array(count);
  for (let line = 1; line < count; line++) starts[line] = text.indexOf('\n', starts[line - 1]) + 1;
  return starts;
}

/** The line that a place in the text is in. */
function lineAt(starts: Uint32Array, place: number): number {
  let [low, high] = [0, starts.length];
  while (high - low > 1) {
    const middle = (low + high) >>> 1;
    if (starts[middle]! <= place) low = middle;
    else high = middle;
  }
  return low;
}
