/**
 * How a table is described: what is written here is both its CREATE statement and its part of
 * `docs/trace-format.md`.
 */

export interface Column {
  readonly name: string;
  readonly type: 'INTEGER' | 'TEXT' | 'BLOB';
  /** What it holds: unit, range, source. */
  readonly doc: string;
  /** What NULL means; a column without this is never NULL. */
  readonly absent?: string;
  /** The integer primary key, always the first column. */
  readonly key?: true;
  /** SQL of a virtual column: it takes no room, and this code neither writes nor reads it. */
  readonly generated?: string;
}

export interface Table {
  readonly name: string;
  readonly doc: string;
  readonly columns: readonly Column[];
}

/** The columns that are stored. */
export function storedColumns(table: Table): readonly Column[] {
  return table.columns.filter((column) => column.generated === undefined);
}

export function createTable(table: Table, lifetime: '' | 'TEMP ' = ''): string {
  const columns = table.columns.map((column) => `  ${columnDefinition(column)}`);
  return `CREATE ${lifetime}TABLE ${table.name} (\n${columns.join(',\n')}\n) STRICT`;
}

function columnDefinition(column: Column): string {
  const parts = [`"${column.name}"`, column.type];
  if (column.key) parts.push('PRIMARY KEY');
  else if (column.generated !== undefined) parts.push(`AS (${column.generated})`);
  else if (column.absent === undefined) parts.push('NOT NULL');
  return parts.join(' ');
}

/** INSERT with one parameter for each stored column, in their order. */
export function insertInto(table: Table, verb: 'INSERT' | 'REPLACE' = 'INSERT'): string {
  const columns = storedColumns(table);
  const names = columns.map((column) => `"${column.name}"`).join(', ');
  return `${verb} INTO ${table.name} (${names}) VALUES (${columns.map(() => '?').join(', ')})`;
}

/** SELECT of the stored columns, in their order, of all rows by key. */
export function selectAll(table: Table): string {
  return `${select(table)} ORDER BY 1`;
}

/** SELECT of the stored columns, in their order, of the rows with `from <= key < to`, by key. */
export function selectRange(table: Table): string {
  const key = table.columns[0]!.name;
  return `${select(table)} WHERE "${key}" >= ? AND "${key}" < ? ORDER BY "${key}"`;
}

function select(table: Table): string {
  const names = storedColumns(table).map((column) => `"${column.name}"`);
  return `SELECT ${names.join(', ')} FROM ${table.name}`;
}
