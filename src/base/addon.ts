/** Finds and loads the native addon. Each module that uses it says with a type of its own what it uses. */
import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Trouble } from './errors.js';

const BUILT = join('build', 'Release', 'portrace.node');

function find(): string {
  let folder = dirname(fileURLToPath(import.meta.url));
  for (;;) {
    const candidate = join(folder, BUILT);
    if (existsSync(candidate)) return candidate;
    const parent = dirname(folder);
    if (parent === folder) {
      throw new Trouble('host', `the native addon is not built: run "npm run build:native" (${BUILT} is missing)`);
    }
    folder = parent;
  }
}

/** Throws Trouble('host') where it is not built. */
export const loadAddon = (): unknown => createRequire(import.meta.url)(find());
