/** The schema of a trace: all its tables. */
import { HOST, SESSION, ENDING, TOTALS } from './schema-session.js';
import { EVENTS, EXACT_POINTS, EXITS, SIGNALS, SYSTEM_CALLS } from './schema-events.js';
import {
  MEMORY_INPUTS,
  MEMORY_WRITES,
  MMAP_EVENTS,
  OBJECT_WRITES,
  REGISTER_CHANGES,
  SPACES,
  TASKS,
  XSTATE_CHANGES,
} from './schema-effects.js';
import { BLOCKS, CONTENTS, OBJECTS, OBJECT_CONTENTS } from './schema-contents.js';
import { NAME_TABLES } from './names.js';
import type { Table } from './table.js';

/** Every table of a trace, in the order in which a reader of the documentation wants them. */
export const TABLES: readonly Table[] = [
  SESSION,
  HOST,
  ENDING,
  TOTALS,
  EVENTS,
  SYSTEM_CALLS,
  SIGNALS,
  EXITS,
  EXACT_POINTS,
  MEMORY_INPUTS,
  MEMORY_WRITES,
  OBJECT_WRITES,
  REGISTER_CHANGES,
  XSTATE_CHANGES,
  MMAP_EVENTS,
  TASKS,
  SPACES,
  OBJECTS,
  OBJECT_CONTENTS,
  CONTENTS,
  BLOCKS,
  ...NAME_TABLES,
];
