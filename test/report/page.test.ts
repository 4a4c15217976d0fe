/** The page of a User-Mode Linux recording in Chromium, opened from disk. */
import { join } from 'node:path';
import test, { type ExecutionContext } from 'ava';
import type { Browser, Page } from 'playwright-core';
import { openTrace, statTraces, type StatBy, type TraceStat } from '../../src/index.js';
import { showWaitStatus, signalName } from '../../src/syscalls/index.js';
import { contentWidth, openFile, scrollHeight, scrollTo, startBrowser, type Window } from '../harness/browser.js';
import { temporaryFolder } from '../harness/folders.js';
import { portrace } from '../harness/portrace.js';
import { LongScope } from '../harness/scope.js';
import { recordUml } from '../harness/uml-record.js';
import { okLines, umlCommand } from '../harness/uml.js';

/** One recording and one browser for all tests of this file. */
const whole = new LongScope();
let browser: Browser;
let trace: string;
let report: string;
let printed: string;

test.before(async (t) => {
  const folder = temporaryFolder(whole);
  [trace, report] = [join(folder, 'uml.trace'), join(folder, 'report.html')];
  const recorded = await recordUml(whole, trace, umlCommand({ init: 'boot-init.sh' }));
  printed = recorded.stdout;
  // How the kernel halted is of no account here.
  t.true(okLines(printed).includes('ok ls'), recorded.stderr);
  const { code, stdout, stderr } = await portrace(whole, ['report', trace, '-o', report]);
  t.is(code, 0, stderr);
  t.is(stdout, '');
  lines = await shownLines();
  browser = await startBrowser(whole);
});

test.after.always(() => whole.end());

/** Runs the body on a page, in which nothing may go wrong. */
async function onPage(t: ExecutionContext, hash: string, body: (page: Page) => Promise<void>, window?: Window): Promise<void> {
  const { page, wrong } = await openFile(browser, report, hash, window);
  try {
    await page.waitForSelector('main .view');
    await body(page);
    t.deepEqual(wrong, []);
  } finally {
    await page.close();
  }
}

/** Asked once each, as a trace is long. */
const asked = new Map<StatBy, TraceStat>();

function counted(by: StatBy): TraceStat {
  const known = asked.get(by) ?? count(by);
  asked.set(by, known);
  return known;
}

function count(by: StatBy): TraceStat {
  const reader = openTrace(trace);
  try {
    return statTraces([reader], { by }).traces[0]!;
  } finally {
    reader.close();
  }
}

/** The lines that `portrace show` prints, by event. */
let lines: ReadonlyMap<number, string>;

async function shownLines(): Promise<ReadonlyMap<number, string>> {
  const { stdout } = await portrace(whole, ['show', trace]);
  return new Map(
    stdout
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => [Number(line.slice(0, 6)), line.replace(/^ *\d+ {2}\S+ +/, '')]),
  );
}

function endOf(path: string): string {
  const reader = openTrace(path);
  try {
    return showWaitStatus(reader.end!.status, signalName);
  } finally {
    reader.close();
  }
}

const settled = (page: Page): Promise<unknown> => page.waitForSelector('.filters output[data-pending=false]');
const foundCount = async (page: Page): Promise<number> =>
  Number((await page.textContent('.filters output'))!.replace(/ of .*/, '').replaceAll(',', ''));
const plainNumber = (count: number): string => count.toLocaleString('en-US');

test.serial('the overview has the counts of portrace stat', async (t) => {
  const { events, total } = counted('call');
  await onPage(t, '', async (page) => {
    t.is(await page.title(), 'uml.trace - portrace report');
    const cards = await page.locator('.card').allInnerTexts();
    const values = Object.fromEntries(cards.map((card) => card.split('\n').filter((line) => line !== '') as [string, string]));
    t.like(values, {
      ended: endOf(trace),
      events: plainNumber(events),
      calls: plainNumber(total.calls),
      'failed calls': plainNumber(total.errors),
    });
    t.regex(await page.innerText('.facts'), /linux\.uml mem=128M/);
    t.is(await page.locator('.notes').count(), 0, 'nothing is missing');
  });
});

test.serial('the list draws only what is seen, and its rows are the lines of portrace show', async (t) => {
  await onPage(t, '#view=events', async (page) => {
    await settled(page);
    t.is(await foundCount(page), lines.size);
    await scrollTo(page, '.virtual', await scrollHeight(page, '.virtual'));
    const last = page.locator(`[data-event="${lines.size}"] code`, { hasNotText: '…' });
    await last.waitFor();
    t.is(await last.textContent(), lines.get(lines.size)!);
    t.true((await page.locator('.event-row').count()) < 100);
  });
});

test.serial('filters by text, call, task and errors find what is there', async (t) => {
  const having = (text: string): number => [...lines.values()].filter((line) => line.toLowerCase().includes(text)).length;
  const { rows, total } = counted('call');
  const opened = rows.find(({ name }) => name === 'openat')!;
  await onPage(t, '#view=events', async (page) => {
    await page.fill('#search', 'O_RDONLY');
    await settled(page);
    t.is(await foundCount(page), having('o_rdonly'));
    t.regex((await page.locator('.event-row code').first().textContent())!, /O_RDONLY/);
    await page.fill('#search', 'no call says this (*');
    await settled(page);
    t.is(await foundCount(page), 0);
    await page.click('text=clear');
    await page.selectOption('[aria-label=Call]', { label: 'openat' });
    await settled(page);
    t.true((await foundCount(page)) >= opened.calls);
    await page.check('text=errors only');
    await settled(page);
    t.is(await foundCount(page), opened.errors);
    t.regex(new URL(page.url()).hash, /call=257&errors=1/);
    await page.selectOption('[aria-label=Call]', '');
    await settled(page);
    t.is(await foundCount(page), total.errors);
    await page.uncheck('text=errors only');
    await page.selectOption('[aria-label=Task]', '2');
    await settled(page);
    const second = (await portrace(t, ['show', trace, '--task', '2'])).stdout.trim().split('\n').length;
    t.is(await foundCount(page), second);
  });
});

test.serial('a click on console text goes to the event that wrote it', async (t) => {
  const [said] = okLines(printed);
  t.truthy(said);
  await onPage(t, '#view=console', async (page) => {
    const piece = page.locator('.piece', { hasText: said! });
    const height = await scrollHeight(page, '.virtual');
    for (let top = 0; (await piece.count()) === 0 && top < height; top += 400) await scrollTo(page, '.virtual', top);
    const event = Number(await piece.first().getAttribute('data-event'));
    await piece.first().click();
    await page.waitForSelector('.details');
    t.is(await page.textContent('.details-line'), lines.get(event)!);
    t.regex(lines.get(event)!, /^(?:<\.\.\. )?write/);
    t.true(lines.get(event)!.includes(said!.slice(0, 12)));
    await page.click('text=in the list');
    t.is(await page.getAttribute('.event-row[aria-selected=true]', 'data-event'), `${event}`);
  });
});

test.serial('the console holds what the guest printed', async (t) => {
  await onPage(t, '#view=console', async (page) => {
    const height = await scrollHeight(page, '.virtual');
    const seen = new Map<string, string>();
    for (let top = 0; top <= height; top += 300) {
      await scrollTo(page, '.virtual', top);
      for (const [id, text] of await page.evaluate<[string, string][]>(
        "[...document.querySelectorAll('.console-line')].map((row) => [row.id, row.querySelector('code').textContent])",
      ))
        seen.set(id, text);
    }
    const told = [...seen].sort(([one], [other]) => Number(one.slice(4)) - Number(other.slice(4))).map(([, text]) => text);
    const output = printed
      .replaceAll('\r', '')
      .split('\n')
      .filter((line) => line !== '');
    t.deepEqual(
      output.filter((line) => !told.includes(line)),
      [],
    );
  });
});

test.serial('text of the console is found, marked, and leads to the event that wrote it', async (t) => {
  const text = 'HASH TABLE';
  const having = printed.replaceAll('\r', '').split('\n').filter((line) => line.toUpperCase().includes(text));
  t.true(having.length > 2);
  await onPage(t, '', async (page) => {
    await page.keyboard.press('2');
    await page.keyboard.press('/');
    await page.waitForSelector('#search:focus');
    await page.keyboard.type(text);
    await page.waitForSelector(`output:text-is("${having.length} lines")`);
    await page.locator('mark').first().waitFor();
    for (const [index, line] of having.slice(0, 3).entries()) {
      await page.keyboard.press('Enter');
      await page.waitForSelector(`output:text-is("${index + 1} of ${having.length} lines")`);
      const current = page.locator('.console-line[aria-selected=true]');
      t.is(await current.locator('code').textContent(), line);
      t.is((await current.locator('mark').first().textContent())!.toUpperCase(), text);
      const event = Number(await current.locator('.piece').first().getAttribute('data-event'));
      t.is(await page.textContent('.details strong'), `event ${event}`);
      t.is(await page.textContent('.details-line'), lines.get(event)!);
    }
    await page.keyboard.press('Shift+Enter');
    await page.waitForSelector(`output:text-is("2 of ${having.length} lines")`);
    await page.keyboard.press('Escape');
    await page.keyboard.press('p');
    await page.waitForSelector(`output:text-is("1 of ${having.length} lines")`);
    // Round the end.
    await page.keyboard.press('p');
    await page.waitForSelector(`output:text-is("${having.length} of ${having.length} lines")`);
    t.true(new URL(page.url()).hash.includes('find=HASH+TABLE'));
    await page.fill('#search', 'no such text');
    await page.waitForSelector('output:text-is("0 lines")');
    t.is(await page.locator('mark').count(), 0);
    t.true(await page.locator('[aria-label="Next match"]').isDisabled());
  });
});

/** The stretch that the timeline shows. */
async function rangeOf(page: Page): Promise<{ from: number; to: number }> {
  const lanes = page.locator('.lanes');
  const [from, to] = await Promise.all(['data-from', 'data-to'].map((name) => lanes.getAttribute(name)));
  return { from: Number(from), to: Number(to) };
}

test.serial('the timeline zooms, moves and comes back, by keys and by buttons', async (t) => {
  await onPage(t, '#view=timeline', async (page) => {
    const all = await rangeOf(page);
    await page.focus('.lanes');
    await page.keyboard.press('+');
    await page.keyboard.press('+');
    const near = await rangeOf(page);
    t.true(near.to - near.from < (all.to - all.from) / 2);
    await page.keyboard.press('ArrowRight');
    const later = await rangeOf(page);
    t.true(later.from > near.from && Math.abs(later.to - later.from - (near.to - near.from)) < 1);
    await page.keyboard.press('0');
    t.deepEqual(await rangeOf(page), all);
    await page.click('[aria-label=Closer]');
    t.true((await rangeOf(page)).to < all.to);
    const box = (await page.locator('.lane-box canvas').boundingBox())!;
    await page.mouse.move(box.x + 10, box.y + 100);
    await page.keyboard.down('Control');
    await page.mouse.wheel(0, -100);
    await page.keyboard.up('Control');
    const wheeled = await rangeOf(page);
    await page.click('text=by event');
    t.deepEqual((await rangeOf(page)).from, 1);
    t.true(wheeled.to - wheeled.from < all.to - all.from);
  });
});

test.serial('the timeline is drawn, folds its tree, and a click on a mark is that event', async (t) => {
  await onPage(t, '#view=timeline', async (page) => {
    const canvas = page.locator('.lane-box canvas');
    const colours = await page.evaluate<number>(`(() => {
      const element = document.querySelector('.lane-box canvas');
      const { data } = element.getContext('2d').getImageData(0, 20, element.width, 20);
      return new Set(new Uint32Array(data.buffer)).size;
    })()`);
    t.true(colours > 3, 'the first task has marks of several sorts');
    const before = await page.locator('.lane-name').count();
    await page.click('[aria-label=Fold]');
    await page.waitForFunction(`document.querySelectorAll('.lane-name').length < ${before}`);
    await page.click('[aria-label=Unfold]');
    await page.focus('.lanes');
    for (let times = 0; times < 12; times++) await page.keyboard.press('+');
    await page.check('text=only tasks alive here');
    await page.waitForSelector('.lane-head:text-matches("^[0-9]+ of [0-9]+ tasks")');
    await page.click('text=by event');
    const box = (await canvas.boundingBox())!;
    await page.mouse.click(box.x + box.width / 2, box.y + 30);
    await page.waitForSelector('.details');
    const event = Number(new URLSearchParams(new URL(page.url()).hash.slice(1)).get('event'));
    t.true(event > 1);
    t.is(await page.textContent('.details strong'), `event ${event}`);
  });
});

test.serial('everything can be done by keys', async (t) => {
  await onPage(t, '', async (page) => {
    await page.keyboard.press('4');
    await page.waitForSelector('.event-row');
    await page.focus('.virtual');
    await page.keyboard.press('Home');
    await page.keyboard.press('ArrowDown');
    await page.keyboard.press('j');
    await page.waitForSelector('.event-row[aria-selected=true][data-event="3"]');
    await page.keyboard.press('k');
    await page.waitForSelector('.event-row[aria-selected=true][data-event="2"]');
    await page.keyboard.press('/');
    await page.waitForSelector('#search:focus');
    await page.keyboard.type('wait4');
    await page.keyboard.press('Escape');
    await settled(page);
    await page.keyboard.press('n');
    await page.waitForFunction("document.querySelector('.details-line')?.textContent.includes('wait4')");
    await page.keyboard.press('t');
    await page.waitForSelector('.lanes');
    await page.keyboard.press('?');
    await page.waitForSelector('dialog[open]');
    await page.keyboard.press('Escape');
    await page.waitForSelector('dialog', { state: 'detached' });
    await page.keyboard.press('Escape');
    await page.waitForSelector('.details', { state: 'detached' });
    await page.keyboard.press('2');
    await page.focus('.console');
    // The kernel's first write is two lines.
    for (const line of [0, 1, 2]) {
      await page.keyboard.press('ArrowDown');
      await page.waitForSelector(`#row-${line}[aria-selected=true]`);
    }
    await page.keyboard.press('t');
    await page.waitForSelector('.lanes');
    await page.keyboard.press('1');
    await page.waitForSelector('.cards');
    await page.goBack();
    await page.waitForSelector('.lanes');
    t.is(await page.locator('.cards').count(), 0);
  });
});

test.serial('statistics: errors, slowest calls and files lead to their events', async (t) => {
  const errors = counted('errno').rows;
  await onPage(t, '#view=statistics', async (page) => {
    await page.click('[role=tab]:text-is("errors")');
    const row = page.locator('table[aria-label=Errors] tbody tr').first();
    t.regex((await row.innerText()).replaceAll(',', ''), new RegExp(`${errors[0]!.name}\\s+${errors[0]!.calls}$`));
    await row.locator('button').click();
    await settled(page);
    t.is(await foundCount(page), errors[0]!.calls);
    await page.goBack();
    await page.click('[role=tab]:text-is("slowest")');
    const times = page.locator('table[aria-label="Slowest calls"] tbody tr');
    t.is(await times.count(), 100);
    await page.click('[role=tab]:text-is("files")');
    await page.locator('table[aria-label=Files] tbody button').first().click();
    await page.locator('.filters .chip').first().waitFor();
    t.true((await foundCount(page)) < lines.size);
  });
});

test.serial('memory over time is drawn, and adds up', async (t) => {
  await onPage(t, '#view=memory', async (page) => {
    await page.waitForSelector('.chart canvas');
    t.regex(await page.innerText('table[aria-label="Mapped memory"]'), /file, shared\s+[\d.]+ (?:GiB|MiB)/);
    await page.locator('.chart .u-over').hover({ position: { x: 200, y: 50 } });
    await page.waitForSelector('th:text-matches("^event [0-9,]+$")');
    await page.locator('.chart .u-over').click({ position: { x: 200, y: 50 } });
    await page.waitForSelector('.details');
    await page.click('text=by address space');
    t.regex(await page.innerText('table[aria-label="Mapped memory"]'), /space 1, task 1/);
  });
});

test.serial('nothing is wider than a phone, in any view', async (t) => {
  for (const view of ['overview', 'console', 'timeline', 'events', 'memory', 'statistics']) {
    await onPage(
      t,
      `#view=${view}&event=500`,
      async (page) => {
        const width = await contentWidth(page);
        t.true(width <= 360, `${view} is ${width} wide`);
      },
      { width: 360, height: 720 },
    );
  }
});

test.serial('dark and light follow the system', async (t) => {
  const background = (dark: boolean): Promise<string> =>
    new Promise((done, fail) => {
      onPage(t, '', async (page) => done(await page.evaluate<string>('getComputedStyle(document.body).backgroundColor')), { dark }).catch(
        fail,
      );
    });
  t.not(await background(true), await background(false));
});

test.serial('a page with fewer events than the trace says which are left out', async (t) => {
  const short = join(temporaryFolder(t), 'short.html');
  const { code } = await portrace(t, ['report', trace, '-o', short, '--events', '1000']);
  t.is(code, 0);
  const { events } = counted('call');
  const { page, wrong } = await openFile(browser, short);
  t.true((await page.innerText('.notes')).includes(`events 501 to ${events - 500} are only counted`));
  await page.keyboard.press('4');
  await settled(page);
  t.is(await foundCount(page), 1000);
  await page.goto(`${page.url().split('#')[0]}#view=events&event=${events - 499}`);
  await page.waitForSelector(`.event-row[aria-selected=true][data-event="${events - 499}"]`);
  await page.goto(`${page.url().split('#')[0]}#view=events&event=501`);
  await page.waitForSelector('text=not listed');
  t.deepEqual(wrong, []);
  await page.close();
});
