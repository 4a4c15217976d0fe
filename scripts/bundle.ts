/**
 * Puts the command line and its threads into few files: loading 150 modules one by one takes longer
 * than recording a small guest. bin/portrace runs these where they are.
 */
import { rmSync } from 'node:fs';
import { build } from 'esbuild';

const OUT = 'dist/bundle';

rmSync(OUT, { recursive: true, force: true });
await build({
  entryPoints: {
    portrace: 'dist/src/cli/main.js',
    // Beside the chunks whose `new URL('./…', import.meta.url)` names them.
    'writer-worker': 'dist/src/trace/writer-worker.js',
    'prefetch-thread': 'dist/src/replayer/prefetch-thread.js',
  },
  outdir: OUT,
  bundle: true,
  splitting: true,
  platform: 'node',
  target: 'node20',
  format: 'esm',
  // They bring compiled parts that they look for beside themselves.
  external: ['better-sqlite3', 'msgpackr'],
  // yargs has parts in CommonJS.
  banner: { js: "import { createRequire as requireFor } from 'node:module'; const require = requireFor(import.meta.url);" },
  logLevel: 'warning',
});
