/** How much memory the address spaces of a trace map, while its events go by. */
import { basename } from 'node:path';
import { accessOf, ObjectNames, Spaces, type LivingSpace, type Mapping } from '../mappings/index.js';
import type { MemoryObject, TraceEvent } from '../trace/index.js';
import type { MemoryData, MemorySeries } from './report-data.js';

const KINDS = ['file, private', 'file, shared', 'heap', 'stack', 'anonymous', 'anonymous, shared', 'no access'] as const;
type MemoryKind = (typeof KINDS)[number];

const SPACES_SHOWN = 11;
const OTHERS = 'all others';

interface Sample {
  readonly event: number;
  readonly time: number;
  readonly kinds: Readonly<Record<MemoryKind, number>>;
  readonly spaces: ReadonlyMap<number, number>;
}

export class MemorySamples {
  private readonly spaces: Spaces;
  private readonly step: number;
  private readonly samples: Sample[] = [];
  private readonly names = new Map<number, string>();
  private hasChanged = false;

  /** Takes at most about `count` samples of so many events. */
  constructor(objects: Iterable<MemoryObject>, events: number, count: number) {
    this.spaces = new Spaces(new ObjectNames(objects));
    this.step = Math.max(1, Math.ceil(events / count));
  }

  add(event: TraceEvent, isLast: boolean): void {
    this.spaces.apply(event);
    this.hasChanged ||=
      event.exit !== undefined || event.effects.some(({ type }) => type === 'mapping' || type === 'space' || type === 'task');
    if (isLast || (this.hasChanged && event.index % this.step === 0)) this.take(event);
  }

  done(): MemoryData {
    const { samples, step } = this;
    return {
      events: samples.map(({ event }) => event),
      times: samples.map(({ time }) => time),
      byKind: KINDS.map((name): MemorySeries => ({ name, bytes: samples.map(({ kinds }) => kinds[name]) })).filter(({ bytes }) =>
        bytes.some((each) => each > 0),
      ),
      bySpace: this.largestSpaces(),
      step,
    };
  }

  private take(event: TraceEvent): void {
    this.hasChanged = false;
    const kinds = Object.fromEntries(KINDS.map((kind) => [kind, 0])) as Record<MemoryKind, number>;
    const spaces = new Map<number, number>();
    for (const living of this.spaces.living()) {
      if (!this.names.has(living.space)) this.names.set(living.space, nameOf(living));
      let bytes = 0;
      for (const piece of living.pieces) {
        const length = piece.end - piece.start;
        kinds[kindOf(piece)] += length;
        bytes += length;
      }
      spaces.set(living.space, bytes);
    }
    this.samples.push({ event: event.index, time: event.time, kinds, spaces });
  }

  private largestSpaces(): MemorySeries[] {
    const most = new Map<number, number>();
    for (const { spaces } of this.samples) for (const [space, bytes] of spaces) most.set(space, Math.max(most.get(space) ?? 0, bytes));
    const largest = [...most]
      .sort(([one, left], [other, right]) => right - left || one - other)
      .slice(0, SPACES_SHOWN)
      .map(([space]) => space)
      .sort((left, right) => left - right);
    const shown = new Set(largest);
    const series = largest.map((space): MemorySeries => ({
      name: this.names.get(space)!,
      bytes: this.samples.map(({ spaces }) => spaces.get(space) ?? 0),
    }));
    if (most.size <= shown.size) return series;
    const others = this.samples.map(({ spaces }) => [...spaces].reduce((sum, [space, bytes]) => (shown.has(space) ? sum : sum + bytes), 0));
    return [...series, { name: OTHERS, bytes: others }];
  }
}

const nameOf = ({ space, tasks, program }: LivingSpace): string =>
  `space ${space}, task ${tasks[0]}${program === undefined ? '' : ` (${basename(program)})`}`;

function kindOf(piece: Mapping): MemoryKind {
  if (accessOf(piece) === 0) return 'no access';
  if (piece.object !== undefined) return piece.shared ? 'file, shared' : 'file, private';
  if (piece.sharedMemory !== undefined) return 'anonymous, shared';
  if (piece.region.name === '[heap]') return 'heap';
  return piece.region.name === '[stack]' ? 'stack' : 'anonymous';
}
