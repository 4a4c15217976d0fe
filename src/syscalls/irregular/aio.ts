/**
 * The kernel's asynchronous input and output: io_submit(2), io_getevents(2); struct iocb and
 * io_event, include/uapi/linux/aio_abi.h, Linux 6.6. A buffer that a request reads into is written
 * while it is submitted, where the file's pages are cached, or at any time up to the collection of
 * its event: so it counts as written at both.
 */
import type { Description } from '../argument.js';
import { before, keepInput, noteRange, showPointer, type CallView, type CapturedRange } from '../guest.js';
import { opaque } from '../kinds/bytes.js';
import { address } from '../kinds/numbers.js';
import { u16, u64 } from '../little-endian.js';
import { noteVector } from './iovec.js';

const POINTER = 8;
const BLOCK = 64;
const KEY_AT = 8;
const KEY = 4;
const EVENT = 32;
const MOST = 1024;
const IOCB_CMD_PREAD = 0;
const IOCB_CMD_PREADV = 7;

const event = opaque('io_event', EVENT);

function blockAddresses(call: CallView, at: number, count: number): number[] {
  const array = before(call, at, Math.max(0, Math.min(count, MOST)) * POINTER);
  const found: number[] = [];
  for (let offset = 0; offset + POINTER <= array.length; offset += POINTER) found.push(u64(array, offset));
  return found;
}

/** Pointers to the requests, whose buffers may be filled at once. */
export const submittedBlocks = (countName: string): Description => ({
  kind: address,
  direction: 'inout',
  bind({ index, register, neighbour }) {
    const count = neighbour(countName);
    return {
      inputs(call, to) {
        const at = call.args.number(register);
        const most = Math.min(count(call.args), MOST);
        keepInput(call, to, { argument: index, address: at, length: most * POINTER });
        for (const block of blockAddresses(call, at, most)) keepInput(call, to, { argument: index, address: block, length: BLOCK });
      },
      outputs(call, to) {
        const at = call.args.number(register);
        const taken = Math.max(0, call.result);
        for (const block of blockAddresses(call, at, taken)) noteFilled(call, to, { block, moved: Infinity });
        // The kernel clears the key of each request, that of one which it then refuses included.
        for (const block of blockAddresses(call, at, Math.min(taken + 1, count(call.args)))) noteRange(to, block + KEY_AT, KEY);
      },
      show(call) {
        const blocks = blockAddresses(call, call.args.number(register), count(call.args));
        return `[${blocks.slice(0, 16).map((block) => showPointer(call, block)).join(', ')}]`;
      },
    };
  },
});

/** Notes what a request that reads filled: `moved` bytes at most. */
function noteFilled(call: CallView, to: CapturedRange[], { block: at, moved }: { block: number; moved: number }): void {
  const block = call.left.read(at, BLOCK);
  if (block.length < BLOCK) return;
  const operation = u16(block, 16);
  const buffer = u64(block, 24);
  if (operation === IOCB_CMD_PREAD) noteRange(to, buffer, Math.min(moved, u64(block, 32)));
  if (operation === IOCB_CMD_PREADV) {
    noteVector({ call, to, vector: { argument: 3, address: buffer, count: u64(block, 32) }, total: moved });
  }
}

function noteCompleted(call: CallView, to: CapturedRange[], completed: Uint8Array): void {
  const moved = u64(completed, 16);
  // A negative result is an error; as an unsigned word it is larger than any buffer.
  if (moved <= Number.MAX_SAFE_INTEGER) noteFilled(call, to, { block: u64(completed, 8), moved });
}

/** The events of requests that are done, and the buffers that those filled. */
export const completedEvents: Description = {
  kind: event,
  direction: 'out',
  bind: ({ register }) => ({
    outputs(call, to) {
      if (call.result <= 0) return;
      const at = call.args.number(register);
      const events = call.left.read(at, call.result * EVENT);
      noteRange(to, at, call.result * EVENT);
      for (let offset = 0; offset + EVENT <= events.length; offset += EVENT) {
        noteCompleted(call, to, events.subarray(offset, offset + EVENT));
      }
    },
    show: (call) => showPointer(call, call.args.number(register)),
  }),
};
