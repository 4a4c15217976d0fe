/** Effects as bytes on their way to the thread that writes the trace. */
import type { Mutable } from '../base/mutable.js';
import type { ByteInput, ByteOutput } from './byte-stream.js';
import {
  DEBUG_ADDRESSES,
  MAPPING_OPERATIONS,
  type DebugRegisterChange,
  type Effect,
  type MappingChange,
  type MemoryWrite,
  type ObjectWrite,
  type RegisterChange,
  type SpaceBirth,
  type TaskBirth,
  type XstateChange,
} from './events.js';

interface Form<Value> {
  put(to: ByteOutput, value: Value): void;
  get(from: ByteInput): Value;
}

const MEMORY: Form<MemoryWrite> = {
  put(to, effect) {
    to.number(effect.space);
    to.number(effect.address);
    to.sized(effect.bytes);
  },
  get: (from) => ({ type: 'memory', space: from.number(), address: from.number(), bytes: from.sized() }),
};

const OBJECT: Form<ObjectWrite> = {
  put(to, effect) {
    to.number(effect.object);
    to.number(effect.offset);
    to.sized(effect.bytes);
    to.number(effect.size);
  },
  get: (from) => ({
    type: 'object',
    object: from.number(),
    offset: from.number(),
    bytes: from.sized(),
    size: from.number(),
  }),
};

const REGISTERS: Form<RegisterChange> = {
  put(to, effect) {
    to.number(effect.task);
    to.registers(effect.registers);
  },
  get: (from) => ({ type: 'registers', task: from.number(), registers: from.registers() }),
};

const XSTATE: Form<XstateChange> = {
  put(to, effect) {
    to.number(effect.task);
    to.sized(effect.bytes);
  },
  get: (from) => ({ type: 'xstate', task: from.number(), bytes: from.sized() }),
};

const DEBUG: Form<DebugRegisterChange> = {
  put(to, effect) {
    to.number(effect.task);
    for (const address of effect.addresses) to.number(address);
    to.number(effect.control);
  },
  get: (from) => ({
    type: 'debug registers',
    task: from.number(),
    addresses: Array.from({ length: DEBUG_ADDRESSES }, () => from.number()),
    control: from.number(),
  }),
};

const MAPPING: Form<MappingChange> = {
  put(to, effect) {
    to.number(effect.space);
    to.byte(MAPPING_OPERATIONS.indexOf(effect.operation));
    to.text(effect.origin);
    to.number(effect.address);
    to.number(effect.length);
    to.number(effect.protection);
    to.number(effect.flags);
    to.number(effect.offset);
    if (to.has(effect.object)) to.number(effect.object);
    if (to.has(effect.from)) {
      to.number(effect.from.address);
      to.number(effect.from.length);
    }
  },
  get(from) {
    const effect: Mutable<MappingChange> = {
      type: 'mapping',
      space: from.number(),
      operation: MAPPING_OPERATIONS[from.byte()]!,
      origin: from.text(),
      address: from.number(),
      length: from.number(),
      protection: from.number(),
      flags: from.number(),
      offset: from.number(),
    };
    if (from.has()) effect.object = from.number();
    if (from.has()) effect.from = { address: from.number(), length: from.number() };
    return effect;
  },
};

const TASK: Form<TaskBirth> = {
  put(to, effect) {
    to.number(effect.task);
    to.number(effect.pid);
    to.number(effect.group);
    to.number(effect.flags);
    to.number(effect.exitSignal);
    to.number(effect.space);
    if (to.has(effect.parent)) to.number(effect.parent);
  },
  get(from) {
    const effect: Mutable<TaskBirth> = {
      type: 'task',
      task: from.number(),
      pid: from.number(),
      group: from.number(),
      flags: from.number(),
      exitSignal: from.number(),
      space: from.number(),
    };
    if (from.has()) effect.parent = from.number();
    return effect;
  },
};

const SPACE: Form<SpaceBirth> = {
  put(to, effect) {
    to.number(effect.space);
    if (to.has(effect.copyOf)) to.number(effect.copyOf);
    if (to.has(effect.task)) to.number(effect.task);
    if (to.has(effect.program)) to.text(effect.program);
  },
  get(from) {
    const effect: Mutable<SpaceBirth> = { type: 'space', space: from.number() };
    if (from.has()) effect.copyOf = from.number();
    if (from.has()) effect.task = from.number();
    if (from.has()) effect.program = from.text();
    return effect;
  },
};

const FORMS: { readonly [Type in Effect['type']]: Form<Extract<Effect, { type: Type }>> } = {
  memory: MEMORY,
  object: OBJECT,
  registers: REGISTERS,
  xstate: XSTATE,
  'debug registers': DEBUG,
  mapping: MAPPING,
  task: TASK,
  space: SPACE,
};
const TYPES = Object.keys(FORMS) as readonly Effect['type'][];

export function putEffect(to: ByteOutput, effect: Effect): void {
  to.byte(TYPES.indexOf(effect.type));
  (FORMS[effect.type] as Form<Effect>).put(to, effect);
}

export const getEffect = (from: ByteInput): Effect => FORMS[TYPES[from.byte()]!].get(from);
