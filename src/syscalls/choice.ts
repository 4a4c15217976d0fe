/** Arguments whose meaning another argument decides: commands, requests, options. */
import { describe, type Described, type Description, type Plan } from './argument.js';
import { address, bits64 } from './kinds/numbers.js';
import type { NameTable } from './kinds/names.js';

/** The call looks at the register in no way. */
export const unused: Description = { kind: bits64, direction: 'value', bind: () => ({ show: () => undefined }) };

/** Nothing is known about it. Below the lowest page there is no memory that it could point at. */
export const undescribed: Description = {
  kind: address,
  direction: 'value',
  bind(place) {
    const plan = describe(address).bind(place);
    return { ...plan, describes: (args) => args.number(place.register) < LOWEST_MAPPED };
  },
};
const LOWEST_MAPPED = 65536;

/** The call goes on with what another call began: nothing that its own registers tell is enough. */
export const interruptedCall: Description = {
  ...unused,
  bind: () => ({ show: () => undefined, describes: () => false }),
};

/** What the argument is for each value of the deciding one. */
export type Cases = ReadonlyMap<number, Description>;

/** Cases by the names that a file in constants/ has for them. */
export function cases<Table extends NameTable>(table: Table, named: { readonly [Name in keyof Table]?: Described }): Cases {
  const map = new Map<number, Description>();
  for (const [name, what] of Object.entries(named)) map.set(table[name]!, describe(what as Described));
  return map;
}

interface Choice {
  /** Name of the argument that decides. */
  readonly by: string;
  /** How to get the deciding number out of it. */
  readonly key?: (value: number) => number;
  readonly cases: Cases;
  /** What it is where no case fits. */
  readonly otherwise: Described | ((value: number) => Described);
}

// A guest that tries all numbers must not fill the memory.
const MOST_PLANS = 1024;

/** A number where the table has a name for the deciding value; else nothing is known. */
export function numberIfNamed(table: NameTable): (value: number) => Described {
  const named = new Set(Object.values(table));
  return (value) => (named.has(value) ? bits64 : undescribed);
}

/** One of several descriptions, chosen by a neighbour argument. */
export function choice({ by, key = (value) => value, cases: known, otherwise }: Choice): Description {
  return {
    kind: address,
    direction: 'inout',
    bind(place) {
      const decider = place.neighbour(by);
      const plans = new Map<number, Plan>();
      for (const [number, description] of known) plans.set(number, description.bind(place));
      const fixed = typeof otherwise === 'function' ? undefined : describe(otherwise).bind(place);
      const made = (number: number): Plan => {
        const plan = describe((otherwise as (value: number) => Described)(number)).bind(place);
        if (plans.size < MOST_PLANS) plans.set(number, plan);
        return plan;
      };
      const plan = (args: Parameters<typeof decider>[0]): Plan => {
        const number = key(decider(args));
        return plans.get(number) ?? fixed ?? made(number);
      };
      return {
        inputs: (call, to) => plan(call.args).inputs?.(call, to),
        outputs: (call, to) => plan(call.args).outputs?.(call, to),
        show: (call) => plan(call.args).show(call),
        describes: (args) => plan(args).describes?.(args) ?? true,
      };
    },
  };
}
