/** The container's specification (OCI runtime specification 1.0), which runsc writes into its debug log. */
import type { LogFile } from './log-file.js';

export interface Specification {
  readonly arguments: readonly string[];
  readonly environment: readonly string[];
  readonly workingFolder: string;
}

/** Undefined where the log has none. */
export function specificationIn(log: LogFile): Specification | undefined {
  const lines: string[] = [];
  for (const { text } of log.lines()) {
    if (lines.length > 0 || text === '{') lines.push(text);
    if (text === '}' && lines.length > 0) return specificationOf(Buffer.from(lines.join('\n'), 'latin1').toString('utf8'));
  }
  return undefined;
}

function specificationOf(text: string): Specification | undefined {
  try {
    const { process: found } = JSON.parse(text) as { process?: { args?: unknown; env?: unknown; cwd?: unknown } };
    const { args, env, cwd } = found ?? {};
    if (!isTexts(args) || !isTexts(env) || typeof cwd !== 'string') return undefined;
    return { arguments: args, environment: env, workingFolder: cwd };
  } catch {
    return undefined;
  }
}

const isTexts = (value: unknown): value is string[] => Array.isArray(value) && value.every((item) => typeof item === 'string');
