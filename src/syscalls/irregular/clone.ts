/**
 * What clone(2) and clone3(2) tell the parent: kernel/fork.c, Linux 6.6. What is written in the
 * child (CLONE_CHILD_SETTID) happens when the child first runs.
 */
import type { Description } from '../argument.js';
import { CLONE_FLAGS } from '../constants/processes.js';
import { before, keepInput, noteRange, showPointer, type CallView } from '../guest.js';
import { address, processId } from '../kinds/numbers.js';
import { showScalar, showWhole } from '../kinds/kind.js';
import { cloneArguments } from '../kinds/processes.js';
import { u32, u64 } from '../little-endian.js';

const TELLS_PARENT = CLONE_FLAGS.CLONE_PARENT_SETTID | CLONE_FLAGS.CLONE_PIDFD;
const WORD = 4;

/** An address that the call looks at only where one of the flags is set. */
export const addressWith = (flagsName: string, mask: number): Description => ({
  kind: address,
  direction: 'value',
  bind({ register, neighbour }) {
    const flags = neighbour(flagsName);
    return {
      show: (call) => (((flags(call.args) % 2 ** 32) & mask) === 0 ? undefined : showPointer(call, call.args.number(register))),
    };
  },
});

/** Where the parent finds the child's thread id or pidfd. */
export const parentTid = (flagsName: string): Description => ({
  kind: processId,
  direction: 'out',
  bind({ register, neighbour }) {
    const flags = neighbour(flagsName);
    const isTold = (value: number): boolean => ((value % 2 ** 32) & TELLS_PARENT) !== 0;
    return {
      outputs(call, to) {
        if (call.result > 0 && isTold(flags(call.args))) noteRange(to, call.args.number(register), WORD);
      },
      show(call) {
        if (!isTold(flags(call.args))) return undefined;
        const at = call.args.number(register);
        const left = call.result > 0 ? call.left.read(at, WORD) : new Uint8Array();
        return left.length === WORD ? `[${showScalar(processId, BigInt(u32(left, 0)), call.words)}]` : showPointer(call, at);
      },
    };
  },
});

/** The child's thread id where the parent asked for it. */
function parentTold(call: CallView, given: Uint8Array): string {
  if ((u32(given, 0) & CLONE_FLAGS.CLONE_PARENT_SETTID) === 0) return '';
  const left = call.left.read(u64(given, 24), WORD);
  return left.length < WORD ? '' : ` => {parent_tid=[${showScalar(processId, BigInt(u32(left, 0)), call.words)}]}`;
}

export const clone3Arguments = (sizeName: string): Description => ({
  kind: cloneArguments,
  direction: 'inout',
  bind({ index, register, neighbour }) {
    const size = neighbour(sizeName);
    return {
      inputs: (call, to) =>
        keepInput(call, to, { argument: index, address: call.args.number(register), length: Math.min(size(call.args), 4096) }),
      outputs(call, to) {
        if (call.result <= 0) return;
        const given = before(call, call.args.number(register), 32);
        const flags = u32(given, 0);
        if (flags & CLONE_FLAGS.CLONE_PIDFD) noteRange(to, u64(given, 8), WORD);
        if (flags & CLONE_FLAGS.CLONE_PARENT_SETTID) noteRange(to, u64(given, 24), WORD);
      },
      show(call) {
        const at = call.args.number(register);
        const given = before(call, at, Math.min(size(call.args), cloneArguments.size));
        if (given.length === 0) return showPointer(call, at);
        const told = call.words?.style && call.result > 0 ? parentTold(call, given) : '';
        return showWhole(cloneArguments, given, given.length, call.words) + told;
      },
    };
  },
});
