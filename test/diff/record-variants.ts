/** Records variants of a program one after the other, in one process: FOLDER PROGRAM VARIANT... */
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { record } from '../../src/index.js';

const [folder, program, ...variants] = process.argv.slice(2) as [string, string, ...string[]];
process.chdir(folder);
for (const variant of variants) {
  rmSync('folder', { recursive: true, force: true });
  record({ guest: program, arguments: [variant], output: join(folder, `${variant}.trace`), force: true });
}
