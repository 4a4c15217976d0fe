/** The schema of a trace: all its tables. */
import { ENDING, HOST, IMPORT_COUNTS, IMPORT_SOURCE, SESSION, TOTALS } from './schema-session.js';
import { CALL_TEXTS, EVENTS, EXACT_POINTS, EXITS, SIGNALS, SYSTEM_CALLS } from './schema-events.js';
import {
  DEBUG_REGISTER_CHANGES,
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
  IMPORT_SOURCE,
  IMPORT_COUNTS,
  EVENTS,
  SYSTEM_CALLS,
  CALL_TEXTS,
  SIGNALS,
  EXITS,
  EXACT_POINTS,
  MEMORY_INPUTS,
  MEMORY_WRITES,
  OBJECT_WRITES,
  REGISTER_CHANGES,
  XSTATE_CHANGES,
  DEBUG_REGISTER_CHANGES,
  MMAP_EVENTS,
  TASKS,
  SPACES,
  OBJECTS,
  OBJECT_CONTENTS,
  CONTENTS,
  BLOCKS,
  ...NAME_TABLES,
];

/** The tables that came with format version 2: a trace of version 1 has nothing to put there. */
export const TABLES_OF_VERSION_2: readonly Table[] = [IMPORT_SOURCE, IMPORT_COUNTS, CALL_TEXTS];

/** The tables that came with format version 5. */
export const TABLES_OF_VERSION_5: readonly Table[] = [DEBUG_REGISTER_CHANGES];
