/** Whether a recorded guest can tell processors apart: what its code, as far as the trace has it, may ask. */
import type { ObjectId } from '../base/brands.js';
import type { TraceReader, MappingChange, ObjectContent, TraceEvent } from '../trace/index.js';
import { processorInstructions } from './processor-instructions.js';

/** linux/mman.h */
const PROT_WRITE = 2;
const PROT_EXEC = 4;

/**
 * Says in a few words why the guest's way may depend on the processor: `its code has cpuid
 * instructions (/usr/bin/ls)`. Undefined where it cannot: then every x86-64 processor that has the
 * instructions goes the recorded way. Reads the trace up to the first reason.
 *
 * `layout`: extended state is laid out otherwise here, so that none of it can be put back or compared.
 */
export function processorDependence(reader: TraceReader, difference: 'features' | 'layout'): string | undefined {
  const code = new Code(reader, difference === 'layout');
  for (const event of reader.events()) {
    const reason = code.take(event, reader.contents(event.index));
    if (reason !== undefined) return reason;
  }
  return undefined;
}

/** Instructions of one object, found before or after it is mapped as code. */
interface Found {
  readonly name: string;
  readonly at: number;
}

class Code {
  private readonly found = new Map<ObjectId, Found[]>();
  private readonly executable = new Map<ObjectId, MappingChange[]>();
  private readonly written = new Set<ObjectId>();
  private readonly seams = new Seams();

  constructor(
    private readonly reader: TraceReader,
    private readonly countsLayout: boolean,
  ) {}

  take(event: TraceEvent, contents: readonly ObjectContent[]): string | undefined {
    for (const content of contents) this.note(content);
    const isPoint = event.kind === 'signal' || event.kind === 'preempt';
    if (this.countsLayout && isPoint && event.point && !event.point.immediate) return 'is interrupted at places that its vector registers tell';
    for (const effect of event.effects) {
      if (this.countsLayout && effect.type === 'xstate') return 'has its vector registers set from outside';
      if (effect.type === 'object') this.written.add(effect.object);
      const reason = effect.type === 'mapping' ? this.mapped(effect) : undefined;
      if (reason !== undefined) return reason;
    }
    return this.foundInCode();
  }

  private note({ object, offset, bytes }: ObjectContent): void {
    const list = this.found.get(object) ?? [];
    this.found.set(object, list);
    list.push(...this.seams.scan(object, offset, bytes));
  }

  private mapped(change: MappingChange): string | undefined {
    if (change.operation === 'remap' || change.operation === 'unmap' || change.operation === 'advise') return undefined;
    if ((change.protection & PROT_EXEC) === 0) return undefined;
    if (change.operation === 'protect' || change.object === undefined || change.protection & PROT_WRITE) return 'makes code of its own';
    this.executable.set(change.object, [...(this.executable.get(change.object) ?? []), change]);
    return undefined;
  }

  private foundInCode(): string | undefined {
    for (const [object, ranges] of this.executable) {
      if (this.written.has(object)) return 'changes its own code';
      const hit = this.found.get(object)?.find(({ at }) => ranges.some(({ offset, length }) => at >= offset && at < offset + length));
      if (hit) return `has ${hit.name} in its code (${this.pathOf(object)})`;
    }
    return undefined;
  }

  private pathOf(object: ObjectId): string {
    return this.reader.objects().find(({ id }) => id === object)?.path ?? 'unknown';
  }
}

/** The longest instruction that is looked for, bytes. */
const LONGEST = 4;

/** Finds instructions in pieces of objects, also across two of them. */
class Seams {
  private readonly heads = new Map<string, Uint8Array>();
  private readonly tails = new Map<string, Uint8Array>();

  scan(object: ObjectId, offset: number, bytes: Uint8Array): Found[] {
    const before = this.tails.get(`${object}/${offset}`) ?? new Uint8Array(0);
    const behind = this.heads.get(`${object}/${offset + bytes.length}`) ?? new Uint8Array(0);
    this.heads.set(`${object}/${offset}`, bytes.slice(0, LONGEST));
    this.tails.set(`${object}/${offset + bytes.length}`, bytes.slice(-LONGEST));
    const whole = Buffer.concat([before, bytes, behind]);
    return processorInstructions(whole).map(({ name, at }) => ({ name, at: offset - before.length + at }));
  }
}
