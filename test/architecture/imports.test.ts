/** The module map of docs/architecture.md, enforced: who may import whom. */
import test from 'ava';
import { folderOf, importsOf, sourceFiles, sourceText, trackedFiles, trackedText, type Import } from './sources.js';

interface Rule {
  /** Other folders of src. */
  readonly folders: readonly string[];
  /** Sources of other folders that only types may come from. */
  readonly types?: readonly string[];
  /** Packages; Node's own modules are everybody's. */
  readonly packages?: readonly string[];
}

const SHARED = ['tracee', 'syscalls', 'mappings', 'trace', 'base'];

/** One row a folder; `index` is the library entry, src/index.ts. */
const MAY_IMPORT: Readonly<Record<string, Rule>> = {
  base: { folders: [] },
  syscalls: { folders: ['base'], types: ['trace/events'] },
  trace: { folders: ['base'], packages: ['better-sqlite3', 'msgpackr'] },
  mappings: { folders: ['base'], types: ['trace/events'] },
  tracee: { folders: ['base'], types: ['trace/events'] },
  recorder: { folders: SHARED },
  replayer: { folders: SHARED },
  importer: { folders: ['syscalls', 'mappings', 'trace', 'base'] },
  diff: { folders: ['syscalls', 'mappings', 'trace', 'base'], packages: ['diff'] },
  stat: { folders: ['syscalls', 'mappings', 'trace', 'base'], types: ['diff/open-trace'] },
  show: { folders: ['syscalls', 'mappings', 'trace', 'diff', 'stat', 'base'], types: ['replayer/divergence'] },
  export: { folders: ['show', 'stat', 'mappings', 'syscalls', 'trace', 'base'], types: ['diff/open-trace'], packages: ['hyparquet-writer', 'pbf'] },
  query: { folders: ['syscalls', 'trace', 'base'] },
  report: { folders: ['show', 'diff', 'stat', 'mappings', 'syscalls', 'trace', 'base'] },
  'report/page': { folders: ['report'], types: ['diff/index', 'stat/index'], packages: ['preact', 'uplot'] },
  cases: { folders: ['show', 'diff', 'syscalls', 'trace', 'base'] },
  cli: { folders: ['recorder', 'replayer', 'importer', 'diff', 'query', 'stat', 'export', 'report', 'cases', 'show', ...SHARED], packages: ['yargs'] },
  ava: { folders: ['cases', 'base'], packages: ['ava'] },
  index: { folders: ['recorder', 'replayer', 'importer', 'diff', 'mappings', 'query', 'stat', 'export', 'report', 'trace', 'base'] },
};

/** What a folder imports against its rule, in words; empty where nothing is wrong. */
function offences(path: string, imports: readonly Import[], rule: Rule): string[] {
  const own = folderOf(path);
  return imports.flatMap(({ what, isPackage, isType }) => {
    if (isPackage) {
      const name = what.split('/')[0]!;
      const allowed = what.startsWith('node:') || rule.packages?.includes(name);
      return allowed ? [] : [`${path} imports the package ${what}`];
    }
    const folder = folderOf(what);
    if (folder === own || rule.folders.includes(folder)) return [];
    if (rule.types?.includes(what)) return isType ? [] : [`${path} imports more than types of ${what}`];
    return [`${path} imports ${what}`];
  });
}

test('the parser sees every form of import, and tells types from values', (t) => {
  const text = `
    import one, { type Two } from './b.js';
    import type { Three } from '../c/d.js';
    import { type Four } from '../c/e.js';
    export * from './f.js';
    export type { Five } from './g.js';
    import 'seven';
    const later = import('eight/nine');
    type Ten = import('./h.js').Ten;`;
  const seen = importsOf('a/a.ts', text).map(({ what, isPackage, isType }) => `${isPackage ? 'package ' : ''}${isType ? 'type ' : ''}${what}`);
  t.deepEqual(seen, ['a/b', 'type c/d', 'type c/e', 'a/f', 'type a/g', 'package seven', 'package eight/nine', 'type a/h']);
});

test('the rules refuse what they should', (t) => {
  const refused = (path: string, text: string): number => offences(path, importsOf(path, text), MAY_IMPORT[folderOf(path)]!).length;
  t.is(refused('trace/x.ts', "import { a } from '../tracee/index.js'"), 1);
  t.is(refused('syscalls/x.ts', "import { OBJECT_CHUNK_SIZE } from '../trace/events.js'"), 1);
  t.is(refused('syscalls/x.ts', "import type { MemoryInput } from '../trace/events.js'"), 0);
  t.is(refused('syscalls/rows/x.ts', "import type { TraceReader } from '../../trace/reader.js'"), 1);
  t.is(refused('recorder/x.ts', "import yargs from 'yargs/helpers'"), 1);
  t.is(refused('cli/x.ts', "import yargs from 'yargs/helpers'"), 0);
  t.is(refused('base/x.ts', "import { b } from '../index.js'"), 1);
});

test('every folder of src has its rule', (t) => {
  const folders = new Set(sourceFiles().map(folderOf));
  t.deepEqual([...folders].filter((folder) => !(folder in MAY_IMPORT)), []);
});

for (const [folder, rule] of Object.entries(MAY_IMPORT)) {
  test(`${folder} imports what the module map says`, (t) => {
    const files = sourceFiles().filter((path) => folderOf(path) === folder);
    t.deepEqual(files.flatMap((path) => offences(path, importsOf(path, sourceText(path)), rule)), []);
  });
}

test('no folder imports itself by way of others, types counted', (t) => {
  const graph = new Map<string, Set<string>>();
  for (const path of sourceFiles()) {
    const from = folderOf(path);
    const to = graph.get(from) ?? new Set();
    graph.set(from, to);
    for (const { what, isPackage } of importsOf(path, sourceText(path))) {
      if (!isPackage && folderOf(what) !== from) to.add(folderOf(what));
    }
  }
  t.deepEqual(cycleIn(graph), []);
});

/** The folders of a cycle in order; empty without one. */
function cycleIn(graph: ReadonlyMap<string, ReadonlySet<string>>): string[] {
  const done = new Set<string>();
  const walk = (folder: string, way: readonly string[]): string[] => {
    if (way.includes(folder)) return [...way.slice(way.indexOf(folder)), folder];
    if (done.has(folder)) return [];
    for (const next of graph.get(folder) ?? []) {
      const cycle = walk(next, [...way, folder]);
      if (cycle.length > 0) return cycle;
    }
    done.add(folder);
    return [];
  };
  for (const folder of graph.keys()) {
    const cycle = walk(folder, []);
    if (cycle.length > 0) return cycle;
  }
  return [];
}

test('a cycle is found', (t) => {
  const graph = new Map([['a', new Set(['b'])], ['b', new Set(['c'])], ['c', new Set(['b'])]]);
  t.deepEqual(cycleIn(graph), ['b', 'c', 'b']);
});

test('one source loads the native addon, for those who trace and for the packing of contents', (t) => {
  const loaders = sourceFiles().filter((path) => /\bcreateRequire\b|\.node['"]/.test(sourceText(path)));
  t.deepEqual(loaders, ['base/addon.ts']);
  const users = sourceFiles().filter((path) => /\bloadAddon\(/.test(sourceText(path)));
  t.deepEqual(users, ['trace/page-hashes.ts', 'trace/zstd.ts', 'tracee/addon.ts']);
});

test('every source begins with a comment that says what it is', (t) => {
  t.deepEqual(sourceFiles().filter((path) => !/^\/\*\*[\s*]*[^\s*/]/.test(sourceText(path))), []);
});

test('every file has a name that says what is in it', (t) => {
  const vague = /^(utils?|helpers?|common|misc|shared)\.[^/]*$/;
  t.deepEqual(trackedFiles().filter((path) => vague.test(path.slice(path.lastIndexOf('/') + 1))), []);
});

test('no tracked file holds a path of the machine it was made on', (t) => {
  // Put together here, so that this file does not hold them.
  const paths = [['', 'work', ''], ['', 'tmp', 'bash_jobs']].map((parts) => parts.join('/'));
  const pattern = new RegExp(paths.map((path) => `(?<![\\w.$}-])${path}`).join('|'));
  t.deepEqual(trackedFiles().filter((path) => pattern.test(trackedText(path) ?? '')), []);
});
