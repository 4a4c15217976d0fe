/** The number that an event of the kind `random` gave: what changed of the registers besides the place and the flags. */
import { Reg, REGISTER_COUNT } from '../base/registers.js';
import type { TraceEvent } from './events.js';

/** Undefined where it is what the register held before, which happens once in 65536 at most. */
export function givenNumber({ registers: before, effects }: TraceEvent): bigint | undefined {
  for (const effect of effects) {
    if (effect.type !== 'registers' || !before) continue;
    for (let index = 0; index < REGISTER_COUNT; index++) {
      if (index === Reg.rip || index === Reg.eflags || before.sameWord(index, effect.registers)) continue;
      return effect.registers.long(index);
    }
  }
  return undefined;
}
