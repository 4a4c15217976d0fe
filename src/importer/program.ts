/** Programs that a log shows to start. */
import type { ImportedCall } from './import-call.js';

const PATHS: ReadonlyMap<string, number> = new Map([
  ['execve', 0],
  ['execveat', 1],
]);

/** Path of the program that the call, which succeeded, started; undefined for other calls. */
export function executedProgram({ row, inputs, facts }: ImportedCall): string | undefined {
  const argument = PATHS.get(row.name);
  if (argument === undefined) return undefined;
  return textAt(inputs, facts.arguments[argument]!) ?? 'unknown';
}

function textAt(inputs: ImportedCall['inputs'], at: bigint): string | undefined {
  const bytes = inputs.find(({ address }) => BigInt(address) === at)?.bytes;
  return bytes && Buffer.from(bytes).toString('utf8').replace(/\0.*$/s, '');
}
