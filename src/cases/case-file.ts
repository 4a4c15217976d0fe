/** The file that describes test cases: case.json. */
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { Trouble } from '../base/errors.js';
import { isRule, RULE_NAMES, type RuleName } from '../diff/index.js';
import { rowNamed, signalNamed } from '../syscalls/index.js';
import type { Recipe, TestCase } from './case.js';

export const CASE_FILE = 'case.json';

const DEFAULT_TRACE = 'golden.trace';
const DEFAULT_EXPECT = 'expected.txt';
const DEFAULT_ENVIRONMENT = { PATH: '/usr/local/bin:/usr/bin:/bin', LANG: 'C' };
const DEFAULT_TIMEOUT = 120;

/** What a file gets of those who ask for it. */
interface Request {
  /** What the case, or the first part of its name, is called. */
  readonly name: string;
  /** Label of the port that is tested: it may have expectations of its own, expected.PORT.txt. */
  readonly port?: string | undefined;
}

/** The cases of a file: one, or a list in which each has a name. Throws Trouble('usage'). */
export function readCaseFile(file: string, request: Request): TestCase[] {
  const value = parsed(file);
  if (!Array.isArray(value)) return [caseOf(new Fields(file, value), request.name, request.port)];
  return value.map((each) => {
    const fields = new Fields(file, each);
    const name = fields.text('name');
    if (name === undefined) throw fields.wrong('name', 'is missing; each case of a list has one');
    return caseOf(fields, `${request.name}/${name}`, request.port);
  });
}

function parsed(file: string): unknown {
  try {
    return JSON.parse(readFileSync(file, 'utf8'));
  } catch (error) {
    throw new Trouble('usage', `cannot read ${file}: ${(error as Error).message}`, { cause: error });
  }
}

function caseOf(fields: Fields, name: string, port: string | undefined): TestCase {
  const folder = dirname(fields.file);
  const trace = join(folder, fields.text('trace') ?? DEFAULT_TRACE);
  const command = fields.texts('command');
  if (command === undefined || command.length === 0) throw fields.wrong('command', 'is missing: a list of the guest and its arguments');
  const build = fields.text('build');
  const ownPort = fields.text('port');
  const label = port ?? ownPort;
  const ignored = fields.texts('ignore') ?? [];
  const recipe: Recipe = {
    command,
    environment: fields.record('environment') ?? DEFAULT_ENVIRONMENT,
    input: fields.text('input') ?? '',
    expect: expectationFiles(fields, folder, label),
    ignore: ignored.filter(isRule) as RuleName[],
    ignoreCalls: ignored.filter((each) => !isRule(each)),
    timeout: fields.number('timeout') ?? DEFAULT_TIMEOUT,
    ...(build !== undefined && { build }),
    ...(label !== undefined && { port: label }),
  };
  for (const each of recipe.ignoreCalls) {
    if (rowNamed(each) === undefined && !signalNamed(each)) throw fields.wrong('ignore', `${each} is no rule, system call or signal; the rules are ${RULE_NAMES.join(', ')}`);
  }
  fields.refuseOthers();
  return { name, folder, file: fields.file, trace, recipe };
}

/** Those that the file names have to exist, those that have the usual names may. */
function expectationFiles(fields: Fields, folder: string, port: string | undefined): string[] {
  const named = fields.texts('expect');
  if (named !== undefined) return named.map((each) => join(folder, each));
  const usual = [DEFAULT_EXPECT, ...(port === undefined ? [] : [DEFAULT_EXPECT.replace(/txt$/, `${port}.txt`)])];
  return usual.map((each) => join(folder, each)).filter((path) => existsSync(path));
}

/** The members of an object in a file, checked as they are asked for. */
class Fields {
  private readonly values: Readonly<Record<string, unknown>>;
  private readonly known = new Set(['name']);

  constructor(
    readonly file: string,
    value: unknown,
  ) {
    if (typeof value !== 'object' || value === null || Array.isArray(value)) throw new Trouble('usage', `${file}: a case is an object`);
    this.values = value as Readonly<Record<string, unknown>>;
  }

  text(name: string): string | undefined {
    return this.of(name, 'a string', (value) => typeof value === 'string') as string | undefined;
  }

  number(name: string): number | undefined {
    return this.of(name, 'a number of seconds', (value) => typeof value === 'number' && value > 0) as number | undefined;
  }

  texts(name: string): string[] | undefined {
    return this.of(name, 'a list of strings', isTexts) as string[] | undefined;
  }

  record(name: string): Record<string, string> | undefined {
    const isRecord = (value: unknown): boolean => typeof value === 'object' && value !== null && !Array.isArray(value) && isTexts(Object.values(value));
    return this.of(name, 'an object of strings', isRecord) as Record<string, string> | undefined;
  }

  wrong(name: string, what: string): Trouble {
    return new Trouble('usage', `${this.file}: ${name} ${what}`);
  }

  /** Throws Trouble('usage') for a member that nobody asked for: a slip of the pen would be lost. */
  refuseOthers(): void {
    for (const name of Object.keys(this.values)) if (!this.known.has(name)) throw this.wrong(name, `is not known; a case has ${[...this.known].join(', ')}`);
  }

  private of(name: string, what: string, isRight: (value: unknown) => boolean): unknown {
    this.known.add(name);
    const value = this.values[name];
    if (value !== undefined && !isRight(value)) throw this.wrong(name, `is not ${what}`);
    return value;
  }
}

const isTexts = (value: unknown): boolean => Array.isArray(value) && value.every((each) => typeof each === 'string');
