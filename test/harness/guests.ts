import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, renameSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { CHECKOUT } from './folders.js';

const SOURCES = join(CHECKOUT, 'test/guests');

/** Compiled guest programs; static ones have the ending `-static`. */
export const GUEST_FOLDER = join(CHECKOUT, 'build/guests');

// No stack protector and no branch tracking: parts of some guests run at other addresses.
const FLAGS = [
  '-D_GNU_SOURCE',
  '-O1',
  '-g',
  '-Wall',
  '-Wextra',
  '-Werror',
  '-fcf-protection=none',
  '-fno-stack-protector',
  '-pthread',
];

export interface GuestVariant {
  readonly static?: boolean;
  /** Macros that are set: another build of the program. */
  readonly defines?: readonly string[];
}

/** Path of a program of test/guests, compiled first where its source or a header is newer. */
export function guestProgram(name: string, variant: GuestVariant = {}): string {
  const source = join(SOURCES, `${name}.c`);
  const parts = [name, ...(variant.static ? ['static'] : []), ...(variant.defines ?? [])];
  const program = join(GUEST_FOLDER, parts.join('-'));
  const headers = readdirSync(SOURCES).filter((file) => file.endsWith('.h'));
  const changed = Math.max(...[source, ...headers.map((file) => join(SOURCES, file))].map(modified));
  if (existsSync(program) && modified(program) >= changed) return program;
  mkdirSync(GUEST_FOLDER, { recursive: true });
  // Test processes compile side by side: each its own file, and the last one stays.
  const fresh = `${program}.${process.pid}`;
  execFileSync('gcc', [...FLAGS, ...(variant.static ? ['-static'] : []), ...(variant.defines ?? []).map((name) => `-D${name}`), source, '-o', fresh]);
  renameSync(fresh, program);
  return program;
}

function modified(file: string): number {
  return statSync(file).mtimeMs;
}
