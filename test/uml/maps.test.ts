/** The address spaces of a User-Mode Linux guest, against what its own kernel says of a process. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import test, { type ExecutionContext } from 'ava';
import type { ReportedSpace } from '../../src/show/maps-report.js';
import { TraceReader, type TraceEvent } from '../../src/trace/index.js';
import { temporaryFolder } from '../harness/folders.js';
import { portrace } from '../harness/portrace.js';
import { okLines, umlCommand } from '../harness/uml.js';
import { recordUml } from '../harness/uml-record.js';

const SYS_WRITE = 1;
const PAGE = 4096;
/** Where the kernel of Debian's linux.uml begins, and with it physical memory. */
const PHYSICAL = 0x60000000;

interface Area {
  readonly start: number;
  readonly end: number;
  readonly isWritable: boolean;
}

/** The areas of the process that printed its own /proc/self/maps, as its kernel has them. */
function areasOf(text: string): Area[] {
  return [...text.matchAll(/^([0-9a-f]+)-([0-9a-f]+) r(.)/gm)].map(([, start, end, write]) => ({ start: parseInt(start!, 16), end: parseInt(end!, 16), isWritable: write === 'w' }));
}

const textOf = ({ inputs }: TraceEvent): string => inputs.map(({ bytes }) => Buffer.from(bytes).toString('latin1')).join('');

/** The write call of the process, which its kernel stops, and the event that maps a page for it next. */
function eventsOf(trace: string): { readonly told: TraceEvent; readonly mapped: TraceEvent } {
  const reader = TraceReader.open(trace);
  let told: TraceEvent | undefined;
  try {
    for (const event of reader.events()) {
      if (event.kind === 'intercept' && event.syscall?.number === SYS_WRITE && textOf(event).includes('[stack]')) told = event;
      else if (told?.task === event.task && event.effects.some((effect) => effect.type === 'mapping' && effect.operation === 'map')) return { told, mapped: event };
    }
  } finally {
    reader.close();
  }
  throw new Error('no process printed its maps and went on');
}

async function shown(t: ExecutionContext, trace: string, ...args: string[]): Promise<string> {
  const { code, stdout, stderr } = await portrace(t, ['maps', trace, ...args]);
  t.is(code, 0, stderr);
  return stdout;
}

test('the pages of a process are where its kernel says, and in physical memory', async (t) => {
  const folder = temporaryFolder(t);
  const [trace, drawing] = [join(folder, 'uml.trace'), join(folder, 'uml.svg')];
  const recorded = await recordUml(t, trace, umlCommand({ init: 'maps-init.sh' }));
  t.is(recorded.code, 0, recorded.stderr);
  t.deepEqual(okLines(recorded.stdout), ['ok maps']);
  const { told, mapped } = eventsOf(trace);
  const { spaces } = JSON.parse(await shown(t, trace, '--at', `${told.index}`, '--json', '--svg', drawing)) as { spaces: ReportedSpace[] };
  const own = spaces.find(({ tasks }) => tasks.some(({ task }) => task === told.task))!;
  const areas = areasOf(textOf(told));
  const top = Math.max(...areas.map(({ end }) => end));
  let pages = 0;
  for (const piece of own.pieces.filter(({ end }) => end <= top)) {
    for (let at = piece.start; at < piece.end; at += PAGE, pages++) {
      const area = areas.find(({ start, end }) => start <= at && at < end);
      t.true(area !== undefined && (area.isWritable || piece.protection[1] === '-'), `0x${at.toString(16)} ${piece.protection}`);
      const places = piece.also.filter(({ start, end }) => start <= at && at < end).flatMap((part) => part.places.map(({ task, address }) => `${task} ${address + at - part.start}`));
      t.true(places.includes(`1 ${PHYSICAL + piece.offset + at - piece.start}`), `0x${at.toString(16)} in physical memory`);
    }
  }
  t.true(pages > 50, `${pages} pages`);
  t.true(readFileSync(drawing, 'utf8').split('<path class="link"').length > 50);
  const changes = (await shown(t, trace, '--at', `${mapped.index - 1}`, '--diff', `${mapped.index}`)).split('\n').filter((line) => /^[-+~]/.test(line));
  t.is(changes.length, 1, changes.join('\n'));
  t.regex(changes[0]!, /^[+~] [0-9a-f]+-[0-9a-f]+ ...s [0-9a-f]+ .*\/dev\/shm\//);
});
