import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Scope } from './scope.js';

/** The checkout: compiled tests live in dist/test/harness below it. */
export const CHECKOUT = fileURLToPath(new URL('../../../', import.meta.url)).replace(/\/$/, '');

const folders = new Set<string>();

function remove(folder: string): void {
  folders.delete(folder);
  rmSync(folder, { recursive: true, force: true });
}

process.on('exit', () => folders.forEach(remove));

/** A new folder that is gone when the scope, or this process, ends. */
export function temporaryFolder(scope: Scope): string {
  const folder = mkdtempSync(join(tmpdir(), 'portrace-test-'));
  folders.add(folder);
  scope.teardown(() => remove(folder));
  return folder;
}
