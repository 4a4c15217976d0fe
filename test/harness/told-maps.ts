/** What /proc/self/maps told guests that read it, as their traces have it: the truth about their address spaces. */
import { TraceReader, type TraceEvent } from '../../src/trace/index.js';

const SYS_READ = 0;
const SYS_OPENAT = 257;
const MAPS = '/proc/self/maps';
/** The kernel's own pages, which portrace hides from guests. */
const HIDDEN = new Set(['[vvar]', '[vvar_vclock]', '[vdso]', '[vsyscall]']);

export interface ToldMaps {
  /** The first read, and who made it. */
  readonly event: number;
  readonly task: number;
  readonly text: string;
}

/** Every reading of the file from its beginning to its end. */
export function toldMaps(trace: string): ToldMaps[] {
  const found: ToldMaps[] = [];
  const open = new Map<string, { event: number; text: string }>();
  const reader = TraceReader.open(trace);
  for (const event of reader.events()) {
    if (opensMaps(event)) open.set(`${event.task} ${event.syscall!.result}`, { event: 0, text: '' });
    const key = `${event.task} ${event.syscall?.arguments[0]}`;
    const reading = open.get(key);
    if (event.kind !== 'syscall' || event.syscall?.number !== SYS_READ || reading === undefined) continue;
    reading.event ||= event.index;
    reading.text += writtenText(event);
    if (event.syscall.result !== 0n) continue;
    found.push({ ...reading, task: event.task });
    open.delete(key);
  }
  reader.close();
  return found;
}

const opensMaps = ({ syscall, inputs }: TraceEvent): boolean =>
  syscall?.number === SYS_OPENAT && inputs.some(({ bytes }) => Buffer.from(bytes).toString('latin1').startsWith(MAPS));

const writtenText = ({ effects }: TraceEvent): string =>
  effects.map((effect) => (effect.type === 'memory' ? Buffer.from(effect.bytes).toString('latin1') : '')).join('');

interface Line {
  readonly start: string;
  readonly end: string;
  readonly rights: string;
  readonly offset: string;
  readonly name: string;
}

const LINE = /^([0-9a-f]+)-([0-9a-f]+) (....) ([0-9a-f]+) [0-9a-f]+:[0-9a-f]+ \d+ *(?:#\d+)? *(.*)$/;

/**
 * The lines of /proc/PID/maps, or of one address space as portrace prints it, in one form. What the kernel keeps as two
 * pieces, though it looks like one, is one.
 */
export function mapLines(text: string): string[] {
  const lines: Line[] = [];
  for (const line of text.split('\n')) {
    const [, start = '', end = '', rights = '', offset = '', shown = ''] = LINE.exec(line) ?? [];
    if (start === '' || HIDDEN.has(shown)) continue;
    const name = shown === 'anonymous' ? '' : shown.replace(/^anonymous, shared #\d+$/, '/dev/zero (deleted)');
    const last = lines.at(-1);
    if (last !== undefined && goesOn(last, { start, end, rights, offset, name })) lines[lines.length - 1] = { ...last, end, name };
    else lines.push({ start, end, rights, offset, name });
  }
  return lines.map(({ start, end, rights, offset, name }) => `${start}-${end} ${rights} ${offset} ${name}`);
}

const distance = (from: string, to: string): number => parseInt(to, 16) - parseInt(from, 16);

/** Zeroes of a program in front of its heap may be one mapping with it, which the kernel calls the heap. */
const sameName = (first: Line, second: Line): boolean => first.name === second.name || (first.name === '' && second.name === '[heap]');

const goesOn = (first: Line, second: Line): boolean =>
  first.end === second.start && first.rights === second.rights && sameName(first, second) &&
  (!first.name.startsWith('/') || distance(first.start, first.end) === distance(first.offset, second.offset));
