/** Where portrace is installed, and its version, as package.json has it. */
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

interface Package {
  readonly folder: string;
  readonly version: string;
}

// Compiled files lie at several depths below it.
function findPackage(): Package {
  const here = dirname(fileURLToPath(import.meta.url));
  for (let folder = here; ; folder = dirname(folder)) {
    try {
      const parsed = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as { name?: string; version: string };
      if (parsed.name === 'portrace') return { folder, version: parsed.version };
    } catch {
      // Not here: look one folder up.
    }
    if (dirname(folder) === folder) return { folder: here, version: 'unknown' };
  }
}

const found = findPackage();

export const PORTRACE_VERSION = found.version;
/** The folder of package.json. */
export const PORTRACE_FOLDER = found.folder;
