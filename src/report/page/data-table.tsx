/** A table that can be sorted by each column. */
import type { ComponentChildren } from 'preact';
import { useState } from 'preact/hooks';
import { countText } from './format.js';

export interface Column<Row> {
  readonly title: string;
  /** What it is sorted by; numbers go to the right, the largest first. */
  readonly value: (row: Row) => number | string;
  /** Without it the value is shown; 0 is left out. */
  readonly show?: (row: Row) => ComponentChildren;
  /** Takes the room that is left, and is cut. */
  readonly wide?: true;
  /** Left out where the window is narrow. */
  readonly minor?: true;
}

interface DataTableProps<Row> {
  readonly label: string;
  readonly rows: readonly Row[];
  readonly columns: readonly Column<Row>[];
  readonly onOpen?: (row: Row) => void;
}

const ROWS_SHOWN = 100;

export function DataTable<Row>({ label, rows, columns, onOpen }: DataTableProps<Row>) {
  const [order, setOrder] = useState<{ readonly column: number; readonly descending: boolean }>();
  const [isWhole, setWhole] = useState(false);
  if (rows.length === 0) return <p class="quiet">none</p>;
  const isNumber = (column: Column<Row>): boolean => typeof column.value(rows[0]!) === 'number';
  const sorted = order === undefined ? rows : [...rows].sort(comparing(columns[order.column]!, order.descending));
  const shown = isWhole ? sorted : sorted.slice(0, ROWS_SHOWN);
  const sortBy = (column: number): void =>
    setOrder(order?.column === column ? { column, descending: !order.descending } : { column, descending: isNumber(columns[column]!) });
  const styleOf = (column: Column<Row>): string =>
    [isNumber(column) ? 'number' : '', column.wide ? 'wide' : '', column.minor ? 'minor' : ''].join(' ');
  return (
    <div class="table-box">
      <table aria-label={label}>
        <thead>
          <tr>
            {columns.map((column, index) => (
              <th
                key={column.title}
                class={styleOf(column)}
                aria-sort={order?.column !== index ? 'none' : order.descending ? 'descending' : 'ascending'}
              >
                <button type="button" onClick={() => sortBy(index)}>
                  {column.title}
                </button>
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {shown.map((row, index) => (
            <tr key={index}>
              {columns.map((column, at) => {
                const content = column.show === undefined ? plain(column.value(row)) : column.show(row);
                return (
                  <td key={column.title} class={styleOf(column)}>
                    {onOpen !== undefined && (column.wide ?? at === 0) ? (
                      <button type="button" class="link" title={String(column.value(row))} onClick={() => onOpen(row)}>
                        {content}
                      </button>
                    ) : (
                      content
                    )}
                  </td>
                );
              })}
            </tr>
          ))}
        </tbody>
      </table>
      {shown.length < rows.length && (
        <button type="button" class="more" onClick={() => setWhole(true)}>
          show all {countText(rows.length)} rows
        </button>
      )}
    </div>
  );
}

const plain = (value: number | string): string => (typeof value === 'string' ? value : value === 0 ? '' : countText(value));

function comparing<Row>({ value }: Column<Row>, descending: boolean): (left: Row, right: Row) => number {
  return (left, right) => {
    const [one, other] = [value(left), value(right)];
    const order = one < other ? -1 : one > other ? 1 : 0;
    return descending ? -order : order;
  };
}
