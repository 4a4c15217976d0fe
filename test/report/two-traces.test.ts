/** Pages of two traces, of traces with something missing, and what a stranger's trace may do to a page. */
import { copyFileSync, existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import test, { type ExecutionContext } from 'ava';
import SQLite from 'better-sqlite3';
import type { Browser } from 'playwright-core';
import { diffTraces, importLog, openTrace, reportHtml } from '../../src/index.js';
import { contentWidth, openFile, startBrowser } from '../harness/browser.js';
import { CHECKOUT, temporaryFolder } from '../harness/folders.js';
import { portrace, record } from '../harness/portrace.js';
import { partialTrace } from '../harness/partial-trace.js';
import { LongScope } from '../harness/scope.js';

/** One browser for all tests of this file. */
const whole = new LongScope();
let browser: Browser;

test.before(async () => {
  browser = await startBrowser(whole);
});

test.after.always(() => whole.end());

const golden = (name: string): string => join(CHECKOUT, 'traces', name, 'golden.trace');

/** Writes the page of traces into a new folder; gives its path. */
async function page(t: ExecutionContext, ...traces: string[]): Promise<string> {
  const path = join(temporaryFolder(t), 'report.html');
  const { code, stderr } = await portrace(t, ['report', ...traces, '-o', path]);
  t.is(code, 0, stderr);
  return path;
}

test('two traces side by side: facts, counts and findings', async (t) => {
  const [a, b] = [golden('files'), golden('signals')];
  const readers = [openTrace(a), openTrace(b)] as const;
  t.teardown(() => readers.forEach((reader) => reader.close()));
  const { findings } = diffTraces(...readers);
  const { page: open, wrong } = await openFile(browser, await page(t, a, b), '#view=compare', { width: 360 });
  await open.waitForSelector('.finding');
  t.is(await open.locator('.finding').count(), findings.length);
  t.true((await open.locator('.finding > summary').first().innerText()).includes(findings[0]!.headline));
  t.true((await open.innerText('table[aria-label="Counts of both"]')).includes(`${readers[0].eventCount}`));
  t.true((await open.innerText('table[aria-label="Counts that differ"]')).includes('rt_sigtimedwait'));
  t.true((await contentWidth(open)) <= 360);
  const step = findings[0]!.b[0] ?? findings[0]!.context.b[0]!;
  await open
    .locator('.finding')
    .first()
    .locator('.steps')
    .nth(1)
    .locator('.step', { hasText: `${step.event}  ` })
    .first()
    .click();
  await open.waitForSelector(`.event-row[aria-selected=true][data-event="${step.event}"]`);
  t.regex(new URL(open.url()).hash, /trace=b/);
  await open.selectOption('[aria-label=Task]', '1');
  await open.evaluate('document.activeElement.blur()');
  await open.keyboard.press('x');
  await open.waitForSelector('[aria-label=Trace] button:first-child[aria-pressed=true]');
  t.is(await open.inputValue('[aria-label=Task]'), '', 'a task of the other trace is none of this one');
  t.deepEqual(wrong, []);
});

/** What ends an element, and what would then run. */
const EVIL = '</script><script>document.title = "run"</script><img src=x onerror="document.title = 1"><!--';

test('nothing that a guest says is run', async (t) => {
  const folder = temporaryFolder(t);
  const trace = join(folder, '<img onerror=1>.trace');
  await record(t, trace, ['sh', '-c', `printf %s '${EVIL}'; cat '${EVIL}' 2>&1; true`], { cwd: folder });
  const path = await page(t, trace);
  const text = readFileSync(path, 'utf8');
  t.is(text.split('<img').length, 1);
  t.is(text.split('</script>').length, text.split('<script').length);
  t.notRegex(text.slice(0, text.indexOf('<script')), /\b(?:src|href)=|@import|url\(/);
  const { page: open, wrong } = await openFile(browser, path, '#view=console');
  await open.waitForSelector('.piece');
  t.true((await open.innerText('.console')).includes(EVIL));
  for (const view of ['overview', 'events', 'timeline', 'statistics']) await open.click(`nav >> text="${view}"`);
  t.is(await open.title(), '<img onerror=1>.trace - portrace report');
  t.is(await open.locator('img').count(), 0);
  t.deepEqual(wrong, []);
});

const LOG = `100 1700000000.000000 execve("/bin/sh", ["sh"], 0x7ffd0 /* 0 vars */) = 0
100 1700000000.300000 write(1, "hello\\n", 6) = 6
100 1700000000.400000 openat(AT_FDCWD, "/nothing", O_RDONLY) = -1 ENOENT (No such file or directory)
100 1700000000.800000 exit_group(3) = ?
100 1700000000.900000 +++ exited with 3 +++
`;

test('an imported trace: what is there, and what is missing', async (t) => {
  const folder = temporaryFolder(t);
  const [log, trace] = [join(folder, 'guest.log'), join(folder, 'guest.trace')];
  writeFileSync(log, LOG);
  importLog({ log, output: trace });
  const { page: open, wrong } = await openFile(browser, await page(t, trace));
  t.regex(await open.innerText('.notes'), /Imported from strace's log\. Missing: facts of the host/);
  await open.click('nav >> text="console"');
  t.true((await open.innerText('.console')).includes('hello'));
  await open.click('nav >> text="timeline"');
  await open.waitForSelector('.lane-name');
  t.deepEqual(wrong, []);
});

test('a log without times is drawn by event', async (t) => {
  const folder = temporaryFolder(t);
  const [log, trace] = [join(folder, 'guest.log'), join(folder, 'guest.trace')];
  writeFileSync(log, LOG.replaceAll(/ 1700000000\.\d+/g, ''));
  importLog({ log, output: trace });
  const { page: open, wrong } = await openFile(browser, await page(t, trace), '#view=timeline');
  await open.waitForSelector('.segments button:disabled >> text="by time"');
  t.is(await open.getAttribute('.lanes', 'data-from'), '1');
  t.deepEqual(wrong, []);
});

test('a trace that was cut short: what is there', async (t) => {
  const { page: open, wrong } = await openFile(browser, await page(t, partialTrace(t, golden('files'), 20)));
  t.regex(await open.innerText('.notes'), /cut short or still runs: this is what is there, up to event 20/);
  await open.keyboard.press('4');
  await open.waitForSelector('[data-event="20"]');
  t.deepEqual(wrong, []);
});

test('the library gives the page that the command writes', async (t) => {
  const reader = openTrace(golden('files'));
  t.teardown(() => reader.close());
  t.is(reportHtml(reader), readFileSync(await page(t, golden('files')), 'utf8'));
  t.throws(() => reportHtml(reader, undefined, { events: 0 }), { message: /number of events/ });
});

test('trouble is one line and exit status 2, and leaves files alone', async (t) => {
  const folder = temporaryFolder(t);
  const [foreign, changed, copied, there, fresh] = ['foreign', 'changed', 'copied', 'there.html', 'fresh.html'].map((name) =>
    join(folder, name),
  ) as [string, string, string, string, string];
  writeFileSync(foreign, 'no trace');
  writeFileSync(there, 'mine');
  for (const copy of [changed, copied]) copyFileSync(golden('files'), copy);
  new SQLite(changed).exec('UPDATE system_calls SET result = 7 WHERE event = 5').close();
  const troubles: readonly (readonly [args: readonly string[], line: RegExp])[] = [
    [['-o', fresh], /^portrace: Not enough non-option arguments/],
    [[golden('files')], /^portrace: Missing required argument: output/],
    [[join(folder, 'missing'), '-o', fresh], /^portrace: cannot open .*: no such file/],
    [[foreign, '-o', fresh], /^portrace: cannot open .*: it is no trace/],
    [[changed, '-o', fresh], /^portrace: damaged trace: event 5: its checksum is wrong/],
    [[changed, '-o', there, '--force'], /^portrace: damaged trace: event 5/],
    [[golden('files'), join(folder, 'missing'), '-o', fresh], /^portrace: cannot open .*: no such file/],
    [[golden('files'), '-o', there], /^portrace: report: cannot write .*: it exists; give another name, or --force/],
    [[golden('files'), '-o', join(folder, 'no', 'where')], /^portrace: report: cannot write .*: ENOENT/],
    [[copied, '-o', copied, '--force'], /^portrace: report: .*copied is the trace itself; give another name$/],
    [[golden('files'), copied, '-o', copied, '--force'], /^portrace: report: .*copied is the trace itself; give another name$/],
    [[golden('files'), '-o', fresh, '--events', '0'], /^portrace: report: --events takes a number from 1 on/],
    [[golden('files'), '-o', fresh, '--event', '7'], /^portrace: Unknown argument: event/],
  ];
  for (const [args, line] of troubles) {
    const { code, stdout, stderr } = await portrace(t, ['report', ...args]);
    t.is(code, 2, args.join(' '));
    t.regex(stderr.trim(), line);
    t.is(stderr.trim().split('\n').length, 1, stderr);
    t.is(stdout, '');
  }
  t.is(readFileSync(there, 'utf8'), 'mine');
  t.deepEqual(readFileSync(copied), readFileSync(golden('files')));
  t.false(existsSync(fresh));
  t.is((await portrace(t, ['report', golden('files'), '-o', there, '--force'])).code, 0);
  t.true(readFileSync(there, 'utf8').startsWith('<!DOCTYPE html>'));
});

test('--help has examples', async (t) => {
  const { code, stdout } = await portrace(t, ['report', '--help']);
  t.is(code, 0);
  t.regex(stdout, /portrace report boot\.trace -o boot\.html/);
});
