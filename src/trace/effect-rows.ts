/** Each type of effect as rows of its table. */
import { address } from '../base/brands.js';
import type { ObjectId, SpaceId, TaskId } from '../base/brands.js';
import type { Mutable } from '../base/mutable.js';
import { listed } from './cell-types.js';
import {
  DEBUG_ADDRESSES,
  MAPPING_OPERATIONS,
  type DebugRegisterChange,
  type Effect,
  type MappingChange,
  type MemoryWrite,
  type ObjectContent,
  type ObjectWrite,
  type RegisterChange,
  type SpaceBirth,
  type TaskBirth,
  type XstateChange,
} from './events.js';
import { integerCell } from './integers.js';
import type { Row, RowCodec } from './row.js';
import { OBJECT_CONTENTS } from './schema-contents.js';
import {
  DEBUG_REGISTER_CHANGES,
  MEMORY_WRITES,
  MMAP_EVENTS,
  OBJECT_WRITES,
  REGISTER_CHANGES,
  SPACES,
  TASKS,
  XSTATE_CHANGES,
} from './schema-effects.js';

const optional = (value: number | undefined): number | bigint | null =>
  value === undefined ? null : integerCell(value);

const MEMORY: RowCodec<MemoryWrite> = {
  table: MEMORY_WRITES,
  encode(key, effect, bytes) {
    const [size, inline, content] = bytes.put(effect.bytes);
    return [key, integerCell(effect.space), integerCell(effect.address), size, inline, content];
  },
  decode: (row, bytes) => ({
    type: 'memory',
    space: row[1] as SpaceId,
    address: address(row[2] as number),
    bytes: bytes.get(row[3], row[4], row[5]),
  }),
};

const OBJECT: RowCodec<ObjectWrite> = {
  table: OBJECT_WRITES,
  encode: (key, effect, bytes) => [
    key,
    integerCell(effect.object),
    integerCell(effect.offset),
    integerCell(effect.size),
    ...bytes.put(effect.bytes),
  ],
  decode: (row, bytes) => ({
    type: 'object',
    object: row[1] as ObjectId,
    offset: row[2] as number,
    size: row[3] as number,
    bytes: bytes.get(row[4], row[5], row[6]),
  }),
};

const REGISTERS: RowCodec<RegisterChange> = {
  table: REGISTER_CHANGES,
  encode: (key, effect, _bytes, registers) => [
    key,
    integerCell(effect.task),
    registers.encodeChange(effect.task, effect.registers),
  ],
  decode(row, _bytes, registers) {
    const task = row[1] as TaskId;
    return {
      type: 'registers',
      task,
      registers: registers.decodeChange(task, row[2] as Uint8Array),
    };
  },
};

const XSTATE: RowCodec<XstateChange> = {
  table: XSTATE_CHANGES,
  encode: (key, effect, bytes) => [key, integerCell(effect.task), ...bytes.put(effect.bytes)],
  decode: (row, bytes) => ({
    type: 'xstate',
    task: row[1] as TaskId,
    bytes: bytes.get(row[2], row[3], row[4]),
  }),
};

const DEBUG: RowCodec<DebugRegisterChange> = {
  table: DEBUG_REGISTER_CHANGES,
  encode: (key, effect) => [key, integerCell(effect.task), ...effect.addresses.map(integerCell), integerCell(effect.control)],
  decode: (row) => ({
    type: 'debug registers',
    task: row[1] as TaskId,
    addresses: row.slice(2, 2 + DEBUG_ADDRESSES) as number[],
    control: row[2 + DEBUG_ADDRESSES] as number,
  }),
};

const MAPPING: RowCodec<MappingChange> = {
  table: MMAP_EVENTS,
  encode: (key, effect): Row => [
    key,
    integerCell(effect.space),
    MAPPING_OPERATIONS.indexOf(effect.operation),
    effect.origin,
    integerCell(effect.address),
    integerCell(effect.length),
    integerCell(effect.protection),
    integerCell(effect.flags),
    optional(effect.object),
    integerCell(effect.offset),
    optional(effect.from?.address),
    optional(effect.from?.length),
  ],
  decode(row) {
    const effect: Mutable<MappingChange> = {
      type: 'mapping',
      space: row[1] as SpaceId,
      operation: listed(MAPPING_OPERATIONS, row[2]),
      origin: row[3] as string,
      address: address(row[4] as number),
      length: row[5] as number,
      protection: row[6] as number,
      flags: row[7] as number,
      offset: row[9] as number,
    };
    if (row[8] !== null) effect.object = row[8] as ObjectId;
    if (row[10] !== null) {
      effect.from = { address: address(row[10] as number), length: row[11] as number };
    }
    return effect;
  },
};

const TASK: RowCodec<TaskBirth> = {
  table: TASKS,
  encode(key, effect, _bytes, registers) {
    if (effect.parent !== undefined) registers.born(effect.task, effect.parent);
    return [
      key,
      integerCell(effect.task),
      optional(effect.parent),
      integerCell(effect.pid),
      integerCell(effect.group),
      integerCell(effect.flags),
      integerCell(effect.exitSignal),
      integerCell(effect.space),
    ];
  },
  decode(row, _bytes, registers) {
    const effect: Mutable<TaskBirth> = {
      type: 'task',
      task: row[1] as TaskId,
      pid: row[3] as number,
      group: row[4] as number,
      flags: row[5] as number,
      exitSignal: row[6] as number,
      space: row[7] as SpaceId,
    };
    if (row[2] !== null) {
      effect.parent = row[2] as TaskId;
      registers.born(effect.task, effect.parent);
    }
    return effect;
  },
};

const SPACE: RowCodec<SpaceBirth> = {
  table: SPACES,
  encode: (key, effect) => [
    key,
    integerCell(effect.space),
    optional(effect.copyOf),
    optional(effect.task),
    effect.program ?? null,
  ],
  decode(row) {
    const effect: Mutable<SpaceBirth> = { type: 'space', space: row[1] as SpaceId };
    if (row[2] !== null) effect.copyOf = row[2] as SpaceId;
    if (row[3] !== null) effect.task = row[3] as TaskId;
    if (row[4] !== null) effect.program = row[4] as string;
    return effect;
  },
};

/** The codec of each type of effect. */
export const EFFECT_ROWS: {
  readonly [Type in Effect['type']]: RowCodec<Extract<Effect, { type: Type }>>;
} = {
  memory: MEMORY,
  object: OBJECT,
  registers: REGISTERS,
  xstate: XSTATE,
  'debug registers': DEBUG,
  mapping: MAPPING,
  task: TASK,
  space: SPACE,
};

/** A piece of an object's content without its event, which the key has. */
export type ContentPiece = Omit<ObjectContent, 'event'>;

export const CONTENT_ROWS: RowCodec<ContentPiece> = {
  table: OBJECT_CONTENTS,
  encode: (key, piece, bytes) => [
    key,
    integerCell(piece.object),
    integerCell(piece.offset),
    ...bytes.put(piece.bytes),
  ],
  decode: (row, bytes) => ({
    object: row[1] as ObjectId,
    offset: row[2] as number,
    bytes: bytes.get(row[3], row[4], row[5]),
  }),
};
