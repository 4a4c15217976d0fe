/**
 * Puts the command line and its threads into few files: loading 150 modules one by one takes longer
 * than recording a small guest. bin/portrace runs these where they are. Beside them lie the script and
 * the style of the page that `portrace report` writes.
 */
import { readdirSync, readFileSync, rmSync } from 'node:fs';
import { basename, join, resolve } from 'node:path';
import { build, type Plugin } from 'esbuild';

const COMPILED = 'dist/src';
const OUT = 'dist/bundle';
const PAGE = 'src/report/page';
/** What becomes part of the page; their licences want to be told of in copies. */
const PAGE_LIBRARIES = ['preact', 'uplot'];

/** `new URL('./x.js', import.meta.url)` names a module that another thread begins with. */
const THREAD = /new URL\('\.\/([\w-]+\.js)', import\.meta\.url\)/g;

/** Modules that threads begin with, by name: they go beside the chunks that name them. */
function threads(): Record<string, string> {
  const found: Record<string, string> = {};
  for (const entry of readdirSync(COMPILED, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile() || !entry.name.endsWith('.js')) continue;
    const text = readFileSync(join(entry.parentPath, entry.name), 'utf8');
    for (const [, file] of text.matchAll(THREAD)) found[basename(file!, '.js')] = join(entry.parentPath, file!);
  }
  return found;
}

/**
 * better-sqlite3 looks for its compiled part by a module that reads stack traces and tries many folders, and msgpackr for
 * a faster reader of strings: together that takes longer than loading the rest. Each is named its own here.
 */
const COMPILED_PARTS: Plugin = {
  name: 'compiled-parts',
  setup({ onResolve, onLoad }) {
    onResolve({ filter: /^bindings$/ }, () => ({ path: 'bindings', namespace: 'compiled-part' }));
    onLoad({ filter: /.*/, namespace: 'compiled-part' }, () => ({
      contents: "module.exports = (name) => require('better-sqlite3/build/Release/' + name);",
    }));
    onResolve({ filter: /^msgpackr$/ }, () => ({ path: resolve('node_modules/msgpackr/index.js') }));
  },
};

/**
 * string-width, which yargs has for its help, prepares tables of all Unicode where it is loaded: a tenth of the time that a
 * small recording takes. Of ASCII there is nothing to ask, and for the rest it is loaded then.
 */
const WIDTHS: Plugin = {
  name: 'widths',
  setup({ onResolve, onLoad, resolve: find }) {
    onResolve({ filter: /^string-width$/, namespace: 'file' }, async ({ path, kind, resolveDir }) => {
      const real = await find(path, { kind, resolveDir, namespace: 'real' });
      return { path: real.path, namespace: 'width' };
    });
    onLoad({ filter: /.*/, namespace: 'width' }, ({ path }) => ({
      contents: `export default (text, options) =>
        typeof text === 'string' && /^[ -~]*$/.test(text) ? text.length : require(${JSON.stringify(path)}).default(text, options);`,
      resolveDir: '.',
    }));
  },
};

rmSync(OUT, { recursive: true, force: true });
await build({
  entryPoints: { portrace: join(COMPILED, 'cli/main.js'), ...threads() },
  outdir: OUT,
  bundle: true,
  splitting: true,
  platform: 'node',
  target: 'node20',
  format: 'esm',
  plugins: [COMPILED_PARTS, WIDTHS],
  // yargs has parts in CommonJS.
  banner: { js: "import { createRequire as requireFor } from 'node:module'; const require = requireFor(import.meta.url);" },
  logLevel: 'warning',
});

const licences = PAGE_LIBRARIES.map((name) => `${name}: ${readFileSync(join('node_modules', name, 'LICENSE'), 'utf8').trim()}`);
await build({
  entryPoints: { 'report-page': join(PAGE, 'main.tsx') },
  outdir: OUT,
  bundle: true,
  minify: true,
  platform: 'browser',
  target: 'es2022',
  format: 'iife',
  charset: 'utf8',
  tsconfig: join(PAGE, 'tsconfig.json'),
  banner: { js: `/*!\n${licences.join('\n\n').replaceAll('*/', '* /')}\n*/` },
  logLevel: 'warning',
});
