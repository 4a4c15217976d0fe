/** `portrace query`: SQL on a trace. */
import type { CommandModule } from 'yargs';
import { Trouble } from '../base/errors.js';
import { catalogue, namedQuery } from '../query/index.js';
import { csvLines, jsonLines, tableLines, type QueryRows } from '../show/query-rows.js';
import { styleText } from '../show/style.js';
import { visible } from '../show/visible.js';
import { TraceReader } from '../trace/index.js';
import { noteImport } from './import-note.js';
import { printPaged } from './pager.js';
import { print, wantsColour } from './standard-output.js';

interface Arguments {
  readonly trace?: string | undefined;
  readonly sql?: string | undefined;
  readonly csv: boolean;
  readonly json: boolean;
  readonly list: boolean;
}

/** Prints what a question finds, or what can be asked. */
async function query({ trace, sql, list, ...format }: Arguments): Promise<void> {
  if (format.csv && format.json) throw new Trouble('usage', 'query: --csv and --json exclude each other; say one of them');
  if (list) return printRows(CATALOGUE, format);
  if (trace === undefined) throw new Trouble('usage', 'query: name a trace, or say --list');
  if (sql === undefined) throw new Trouble('usage', 'query: ask something: SQL, or @NAME; portrace query --list tells what there is');
  const question = sqlOf(sql);
  const reader = TraceReader.open(trace);
  try {
    const asked = reader.query(question);
    noteImport('query', reader);
    await printRows({ columns: asked.columns, rows: () => asked.rows() }, format);
  } finally {
    reader.close();
  }
}

const CATALOGUE: QueryRows = { columns: ['sort', 'name', 'holds'], rows: () => catalogue().values() };

function sqlOf(text: string): string {
  if (!text.startsWith('@')) return text;
  const found = namedQuery(text.slice(1));
  if (found === undefined) throw new Trouble('usage', `query: there is no query ${visible(text)}; portrace query --list tells which there are`);
  return found.sql;
}

function printRows(rows: QueryRows, { csv, json }: Pick<Arguments, 'csv' | 'json'>): Promise<void> {
  if (json) return print(jsonLines(rows));
  if (csv) return print(csvLines(rows, process.stdout.isTTY ? visible : undefined));
  return printPaged({ [Symbol.iterator]: () => tableLines(rows, styleText(wantsColour()))[Symbol.iterator]() });
}

export const queryCommand: CommandModule<object, Arguments> = {
  command: 'query [trace] [sql]',
  describe: 'Ask a trace in SQL, or by the name of a question',
  builder: (yargs) =>
    yargs
      .usage('portrace query TRACE [SQL|@NAME] [--csv|--json] [--list]')
      .positional('trace', { type: 'string', describe: 'Trace file' })
      .positional('sql', { type: 'string', describe: 'A SELECT, or @ and the name of a query' })
      .option('csv', { type: 'boolean', default: false, describe: 'Print CSV (RFC 4180)' })
      .option('json', { type: 'boolean', default: false, describe: 'Print one JSON object a row, one row a line' })
      .option('list', { type: 'boolean', default: false, describe: 'List the named queries, the views and the tables' })
      .example('portrace query boot.trace @failed-calls', 'How often each call failed with each error')
      .example('portrace query boot.trace "SELECT * FROM all_signals LIMIT 9"', 'The first nine signals')
      .example('portrace query boot.trace @mmap-events --csv > mappings.csv', 'Every change of a mapping, for a spreadsheet')
      .strict(),
  handler: query,
};
