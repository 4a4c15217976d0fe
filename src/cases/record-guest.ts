/** Records a case's guest on this host. */
import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { Trouble } from '../base/errors.js';
import { TraceReader } from '../trace/index.js';
import type { Recipe, TestCase } from './case.js';
import { ended, portrace } from './portrace-process.js';

/** Throws Trouble where the guest cannot be made or recorded to its end. */
export async function recordGuest(test: TestCase, output: string): Promise<void> {
  const recipe = recipeOf(test);
  await build(test, recipe);
  const { folder } = test;
  const port = recipe.port === undefined ? [] : ['--port', recipe.port];
  const { environment, input, timeout } = recipe;
  const args = ['record', '--force', '-o', resolve(output), ...port, '--', ...recipe.command];
  const { stderr, late } = await portrace(args, { folder, environment, input, timeout });
  if (late) throw new Trouble('unsupported', `recording did not end within ${timeout} seconds`);
  // The exit status is the guest's: whether it was recorded, the trace tells.
  if (!isComplete(output)) throw new Trouble('unsupported', lastLine(stderr) ?? 'the recording was cut short');
}

export function recipeOf({ recipe, name }: TestCase): Recipe {
  if (recipe === undefined) throw new Trouble('usage', `${name} is a trace without a case.json: it can be replayed, not recorded`);
  return recipe;
}

async function build({ folder }: TestCase, { build: command, timeout }: Recipe): Promise<void> {
  if (command === undefined) return;
  const { code, stderr } = await ended(['sh', '-c', command], { folder, timeout });
  if (code !== 0) throw new Trouble('usage', `building the guest ended with ${code}: ${lastLine(stderr) ?? command}`);
}

function isComplete(trace: string): boolean {
  if (!existsSync(trace)) return false;
  const reader = TraceReader.open(trace);
  try {
    return reader.complete;
  } finally {
    reader.close();
  }
}

const lastLine = (text: string): string | undefined =>
  text
    .trimEnd()
    .split('\n')
    .filter((line) => line.startsWith('portrace: '))
    .at(-1)
    ?.replace(/^portrace: /, '') ?? (text.trim() === '' ? undefined : text.trimEnd().split('\n').at(-1));
