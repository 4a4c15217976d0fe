/**
 * Checks of what comes out of a file that anybody may have made: SQLite keeps the types of a table's
 * columns when it writes, not when it reads.
 */
import { Damage } from './damage.js';
import type { Row } from './row.js';
import { storedColumns, type Column, type Table } from './table.js';

/** A check of one row as it was read; throws Damage. */
export type RowCheck = (row: Row) => void;

/** The check of a table's rows; with `wide`, integers are read as bigints. */
export function rowCheck(table: Table, wide: boolean): RowCheck {
  const columns = storedColumns(table);
  const checks = columns.map((column) => cellCheck(column, wide));
  return (row) => {
    for (let index = 0; index < checks.length; index++) {
      if (!checks[index]!(row[index])) {
        throw new Damage(`a row of ${table.name} holds no ${columns[index]!.name}`);
      }
    }
  };
}

function cellCheck(column: Column, wide: boolean): (cell: unknown) => boolean {
  const has = column.type === 'INTEGER' && wide ? isBigint : TYPES[column.type];
  return column.absent === undefined ? has : (cell) => cell === null || has(cell);
}

const isBigint = (cell: unknown): boolean => typeof cell === 'bigint';

const TYPES: Readonly<Record<Column['type'], (cell: unknown) => boolean>> = {
  INTEGER: Number.isSafeInteger,
  TEXT: (cell) => typeof cell === 'string',
  BLOB: (cell) => cell instanceof Uint8Array,
};

/** The item of that number in a list of the format; throws Damage where there is none. */
export function listed<Item>(list: readonly Item[], number: unknown): Item {
  const item = list[number as number];
  if (item === undefined) throw new Damage(`there is no ${String(number)} in ${list.join(', ')}`);
  return item;
}

/** Throws Damage where the value is no array of such items. */
export function listOf<Item>(value: unknown, isItem: (item: unknown) => boolean): Item[] {
  if (Array.isArray(value) && value.every(isItem)) return value as Item[];
  throw new Damage('a packed list holds something else');
}

export const isString = (item: unknown): boolean => typeof item === 'string';
