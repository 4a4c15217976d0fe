/**
 * The notation for a row's arguments. A scalar kind stands for itself; `reads`, `writes` and
 * `updates` say what the call does to the memory behind a pointer; an extent (extent.ts) says how
 * long that memory is, naming a neighbour argument where that gives the length.
 */
import { ARGUMENT_REGISTERS, type Registers } from '../base/registers.js';
import type { MemoryInput } from '../trace/events.js';
import { always, EFAULT, succeeded, type Outcome } from './outcome.js';
import { one, type Extent, type Measure } from './extent.js';
import { before, INPUT_LIMIT, keepInput, noteRange, showPointer, type CallView, type CapturedRange } from './guest.js';
import { argumentReader, isScalar, showAt, showList, showScalar, showWhole, type Kind, type ScalarKind, type Wording } from './kinds/kind.js';
import { address } from './kinds/numbers.js';
import { keepText } from './text.js';

/** `value`: the register is the value. Otherwise it points at memory that the call … */
export type Direction = 'value' | 'in' | 'out' | 'inout';

/** What an argument does, once it knows its place in a row. Absent parts have nothing to do. */
export interface Plan {
  /** Captures what the call reads. */
  readonly inputs?: (call: CallView, to: MemoryInput[]) => void;
  /** Notes what the kernel wrote. */
  readonly outputs?: (call: CallView, to: CapturedRange[]) => void;
  /** The argument as text; undefined where the call does not look at it. */
  readonly show: (call: CallView) => string | undefined;
  /** False for values that the row knows nothing about. Absent: always described. */
  readonly describes?: (args: Registers) => boolean;
}

/** An argument's place in its row. */
export interface Place {
  readonly index: number;
  /** The argument's register. */
  readonly register: number;
  /** A neighbour's value as a number. Throws where the row has no such argument. */
  neighbour(name: string): (args: Registers) => number;
}

/** An argument that does not know its row yet. */
export interface Description {
  readonly kind: Kind;
  readonly direction: Direction;
  bind(place: Place): Plan;
}

/** What a row may say of an argument. */
export type Described = ScalarKind | Description;

/** The argument of a row. */
export interface Argument extends Plan {
  readonly name: string;
  readonly kind: Kind;
  readonly direction: Direction;
}

export const describe = (what: Described): Description => ('bind' in what ? what : value(what));

/** The register is the value. */
export function value(kind: ScalarKind): Description {
  return {
    kind,
    direction: 'value',
    bind: ({ register }) => ({ show: (call) => showScalar(kind, call.args.long(register), call.words) }),
  };
}

/** The call reads the memory behind the pointer. */
export function reads(kind: Kind, extent: Extent = one): Description {
  return {
    kind,
    direction: 'in',
    bind(place) {
      const measure = extent.bind(place, kind.size);
      return { inputs: inputsOf(kind, measure, place), show: showFound({ kind, extent, measure, place }) };
    },
  };
}

/** The kernel writes the memory behind the pointer, where the call came out so. */
export function writes(kind: Kind, extent: Extent = one, outcome: Outcome = succeeded): Description {
  return {
    kind,
    direction: 'out',
    bind(place) {
      const measure = extent.bind(place, kind.size);
      return { outputs: outputsOf(measure, outcome, place), show: showLeft({ kind, extent, measure, place, outcome }) };
    },
  };
}

/** The call reads the memory behind the pointer and the kernel writes it. */
export function updates(kind: Kind, extent: Extent = one, outcome: Outcome = succeeded): Description {
  return both(reads(kind, extent), writes(kind, extent, outcome));
}

/** Reads in one way and writes in another. */
export function both(read: Description, write: Description): Description {
  return {
    kind: write.kind,
    direction: 'inout',
    bind(place) {
      const first = read.bind(place);
      const second = write.bind(place);
      return {
        ...(first.inputs && { inputs: first.inputs }),
        ...(second.outputs && { outputs: second.outputs }),
        show(call) {
          const [found, left, unread] = [first.show(call), second.show(call), showPointer(call, call.args.number(place.register))];
          const text = showBoth(found, left, unread);
          // strace writes one pair of brackets.
          return call.words?.style && text?.includes('] => [') ? text.replace('] => [', ' => ') : text;
        },
      };
    },
  };
}

function showBoth(found: string | undefined, left: string | undefined, unread: string): string | undefined {
  if (found === undefined || found === left || left === unread) return found;
  if (left === undefined || found === unread) return left;
  return `${found} => ${left}`;
}

function inputsOf(kind: Kind, measure: Measure, { index, register }: Place): NonNullable<Plan['inputs']> {
  if (!isScalar(kind) && kind.terminated) {
    return (call, to) => keepText(call, to, { argument: index, address: call.args.number(register) });
  }
  return (call, to) => {
    const pointer = call.args.number(register);
    if (pointer !== 0) keepInput(call, to, { argument: index, address: pointer, length: measure(call) });
  };
}

/** No call that failed has written more than this, whatever it was asked for, bytes: as many structures as there are descriptors. */
const MOST_OF_FAILED = 1 << 24;

// A copy that met missing memory wrote what lay before it.
function outputsOf(whole: Measure, outcome: Outcome, { register }: Place): NonNullable<Plan['outputs']> {
  const measure: Measure = (call) => (call.result < 0 ? Math.min(whole(call), MOST_OF_FAILED) : whole(call));
  if (outcome === always) return (call, to) => noteRange(to, call.args.number(register), measure(call));
  return (call, to) => {
    if (!outcome(call.result) && call.result !== EFAULT) return;
    const pointer = call.args.number(register);
    if (pointer !== 0) noteRange(to, pointer, measure(call));
  };
}

interface Shown {
  readonly kind: Kind;
  readonly extent: Extent;
  readonly measure: Measure;
  readonly place: Place;
}

function showFound({ kind, extent, measure, place }: Shown): Plan['show'] {
  const terminated = !isScalar(kind) && kind.terminated === true;
  return (call) => {
    const pointer = call.args.number(place.register);
    if (pointer === 0) return 'NULL';
    if (terminated) {
      const kept = call.inputs.find((input) => input.address === pointer);
      return kept ? showWhole(kind, kept.bytes, kept.bytes.length, call.words) : showPointer(call, call.args.number(place.register));
    }
    const length = measure(call);
    const bytes = before(call, pointer, Math.min(length, INPUT_LIMIT));
    return showMemory({ kind, extent, length, bytes, words: call.words }) ?? showPointer(call, call.args.number(place.register));
  };
}

/** More than this is never looked at to show one argument as it is, bytes. */
const INPUT_SHOWN = 4096;
/** More than this is never compared of one argument, bytes. */
const ALL_SHOWN = 1 << 26;

function showLeft(shown: Shown & { readonly outcome: Outcome }): Plan['show'] {
  const { kind, extent, measure, place, outcome } = shown;
  return (call) => {
    const pointer = call.args.number(place.register);
    if (pointer === 0) return 'NULL';
    if (!outcome(call.result)) return showPointer(call, call.args.number(place.register));
    const length = measure(call);
    const bytes = call.left.read(pointer, Math.min(length, call.words ? ALL_SHOWN : INPUT_SHOWN));
    return showMemory({ kind, extent, length, bytes, words: call.words }) ?? showPointer(call, call.args.number(place.register));
  };
}

interface Piece {
  readonly kind: Kind;
  readonly extent: Extent;
  readonly length: number;
  readonly bytes: Uint8Array;
  readonly words: Wording | undefined;
}

function showMemory({ kind, extent, length, bytes, words }: Piece): string | undefined {
  if (bytes.length === 0 && length > 0) return undefined;
  if (!isScalar(kind) && kind.whole) return showWhole(kind, bytes, length, words);
  if (extent !== one) return showList(kind, bytes, length, words);
  if (bytes.length < kind.size) return undefined;
  return isScalar(kind) ? `[${showAt(kind, bytes, 0, words)}]` : showAt(kind, bytes, 0, words);
}

/** The argument's place among its neighbours. */
export function placeOf(index: number, names: readonly string[], neighbours: readonly Description[]): Place {
  return {
    index,
    register: ARGUMENT_REGISTERS[index]!,
    neighbour(name) {
      const at = names.indexOf(name);
      if (at < 0) throw new Error(`no argument ${name} beside ${names[index]}`);
      const { kind, direction } = neighbours[at]!;
      const inRegister = direction === 'value' && isScalar(kind) ? kind : address;
      return argumentReader(inRegister, ARGUMENT_REGISTERS[at]!);
    },
  };
}
