/** The page of a comparison in Chromium, opened as a file. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import test, { type ExecutionContext } from 'ava';
import type { DiffReport, Finding } from '../../src/index.js';
import { diffHtml } from '../../src/show/diff-html.js';
import { temporaryFolder } from '../harness/folders.js';
import { run } from '../harness/run.js';

/** What ends an element, and what would then run. */
const EVIL = '</script><script>document.title = "run"</script><b>';

const step = (event: number, task: number, did: string, got: string) => ({ event, task, who: `${task}(sh)`, did, got });

function finding(more: Partial<Finding>): Finding {
  return { kind: 'result', headline: 'a headline', subject: 'openat', key: 'result sh: A | B', isFirst: false, count: 1, a: [], b: [], context: { a: [], b: [] }, consequences: [], ...more };
}

const side = { command: ['sh', EVIL], host: 'Linux 6.1', events: 10, complete: true };
const REPORT: DiffReport = {
  a: { ...side, tasks: [{ task: 1, name: '1(sh)', partner: 1, tickDriven: false }, { task: 2, parent: 1, name: '2(cat)', tickDriven: false }] },
  b: { ...side, tasks: [{ task: 1, name: '1(sh)', partner: 1, tickDriven: false }] },
  same: false,
  findings: [
    finding({ isFirst: true, headline: 'openat fails', a: [step(3, 1, `openat("${EVIL}")`, '</x>')], b: [step(4, 1, 'openat("/x")', 'ENOENT')], consequences: [{ because: 'same thing', finding: finding({ kind: 'written', headline: 'a complaint' }) }] }),
    finding({ kind: 'task', headline: 'only in A: task 2(cat)', a: [step(5, 2, 'clone()', 'task#2')] }),
  ],
  expected: [],
  gone: ['a line that is gone'],
  folded: [{ rule: 'timer-ticks', a: 3, b: 4, says: 'how often a timer ticked' }],
  notes: ['a note'],
};

/** The page as Chromium has it after its script ran. */
async function shown(t: ExecutionContext, filters = ''): Promise<string> {
  const folder = temporaryFolder(t);
  const file = join(folder, 'report.html');
  writeFileSync(file, diffHtml(REPORT, { a: { 3: 'openat(0x7fff0000)' }, b: {} }));
  const options = ['--headless', '--no-sandbox', '--disable-gpu', `--user-data-dir=${join(folder, 'profile')}`, '--dump-dom'];
  const { code, stdout, stderr } = await run(t, ['chromium', ...options, `file://${file}${filters}`]);
  t.is(code, 0, stderr);
  return stdout.slice(stdout.indexOf('<body>'));
}

const count = (text: string, part: string): number => text.split(part).length - 1;

test('the page has everything, and nothing in a trace is run', async (t) => {
  const body = await shown(t);
  t.is(count(body, '<article'), 2);
  t.true(body.includes('2 of 2 differences in behaviour'));
  for (const text of ['openat fails (the first difference)', 'same thing: a complaint', 'openat(0x7fff0000)', 'ENOENT', 'a note', 'a line that is gone', '2(cat) only here', 'timer-ticks: 3 in A, 4 in B']) t.true(body.includes(text), text);
  t.true(body.includes('&lt;/script&gt;&lt;script&gt;'), 'what looks like an element is text');
  t.is(count(body, '<b>'), 0);
});

test('filters by kind, task and text are in the address', async (t) => {
  const [written, task, text] = [await shown(t, '#kind=written'), await shown(t, '#task=a2'), await shown(t, '#text=enoent')];
  t.true(written.includes('1 of 2 differences'), 'a consequence counts for its cause');
  t.true(written.includes('openat fails'));
  t.true(task.includes('1 of 2 differences'));
  t.true(task.includes('2. only in A: task 2(cat)'), 'findings keep their numbers');
  t.true(text.includes('openat fails') && text.includes('1 of 2 differences'));
});

test('the page asks nobody for anything', (t) => {
  const folder = temporaryFolder(t);
  const file = join(folder, 'report.html');
  writeFileSync(file, diffHtml(REPORT, { a: {}, b: {} }));
  t.notRegex(readFileSync(file, 'utf8'), /\b(src|href)=|@import|url\(|https?:/);
});
