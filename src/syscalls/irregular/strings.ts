/** Arrays of pointers to text that a null pointer ends: argv and envp of execve(2). */
import type { Description } from '../argument.js';
import { before, INPUT_LIMIT, keepInput, showPointer, type CallView } from '../guest.js';
import { text } from '../kinds/bytes.js';
import { showWhole } from '../kinds/kind.js';
import { address } from '../kinds/numbers.js';
import { u64 } from '../little-endian.js';
import { countOf, inPages, keepText } from '../text.js';

const POINTER = 8;
/** So many pointers are read at a time. */
const STEP = 64;
/** More are not kept. */
const MOST = 8192;
const SHOWN = 32;

/** The pointers before the null pointer. */
function pointersAt(call: CallView, at: number): number[] {
  const pointers: number[] = [];
  while (pointers.length < MOST) {
    const bytes = before(call, at + pointers.length * POINTER, STEP * POINTER);
    const have = Math.floor(bytes.length / POINTER);
    for (let index = 0; index < have; index++) {
      const pointer = u64(bytes, index * POINTER);
      if (pointer === 0) return pointers;
      pointers.push(pointer);
    }
    if (have < STEP) return pointers;
  }
  return pointers;
}

/** Pointers that were kept as an input: they end where the input does. */
function pointersKept(call: CallView, at: number): number[] | undefined {
  const kept = call.inputs.find((input) => input.address === at);
  if (!kept) return undefined;
  const pointers: number[] = [];
  for (let offset = 0; offset + POINTER <= kept.bytes.length; offset += POINTER) {
    const pointer = u64(kept.bytes, offset);
    if (pointer !== 0) pointers.push(pointer);
  }
  return pointers;
}

/** `list`: shown with its texts. `count`: shown as a number of them, as environments are. */
export const strings = (shown: 'list' | 'count'): Description => ({
  kind: address,
  direction: 'in',
  bind({ index, register }) {
    return {
      inputs(call, to) {
        const at = call.args.number(register);
        if (at === 0) return;
        const pointers = pointersAt(call, at);
        keepInput(call, to, { argument: index, address: at, length: (pointers.length + 1) * POINTER });
        let room = INPUT_LIMIT;
        const memory = inPages(call.found);
        for (const pointer of pointers) {
          if (room <= 0) return;
          const had = to.length;
          keepText(call, to, { argument: index, address: pointer }, memory);
          for (const input of to.slice(had)) room -= input.bytes.length;
        }
      },
      show(call) {
        const at = call.args.number(register);
        if (at === 0) return 'NULL';
        const pointers = pointersKept(call, at);
        if (!pointers) return showPointer(call, at);
        const style = call.words?.style;
        if (shown === 'count' && style && !style.verbose) return countOf(showPointer(call, at), pointers.length);
        if (shown === 'count' && !style) return `${showPointer(call, at)} /* ${call.words ? '' : `${pointers.length} `}vars */`;
        const most = style?.verbose ? Infinity : (style?.strings ?? SHOWN);
        const texts = pointers.slice(0, most).map((pointer) => {
          const kept = call.inputs.find((input) => input.address === pointer);
          return kept ? showWhole(text, kept.bytes, kept.bytes.length, call.words) : showPointer(call, pointer);
        });
        if (pointers.length > most) texts.push('...');
        return `[${texts.join(', ')}]`;
      },
    };
  },
});
