/**
 * What one task did, told apart: its own steps in order, and what asynchronous signals made it do,
 * which has an order of its own, since they come when they like.
 */
import type { TaskId } from '../base/brands.js';
import { showWaitStatus, signalName } from '../syscalls/index.js';
import type { TraceEvent } from '../trace/events.js';
import { isSome, type CallEntry } from './canonical.js';
import type { Folds } from './folds.js';
import { loose } from './marks.js';
import type { RuleName, Rules } from './rules.js';
import { STEP_EXIT, STEP_RESUME, STEP_SIGNAL, Steps, type Step } from './steps.js';
import type { Texts } from './texts.js';
import { isReadiness, isTick } from './ticks.js';
import { foundNobody, saysTime } from './timely-calls.js';

export interface TaskFacts {
  readonly task: TaskId;
  readonly parent?: TaskId;
  readonly pid: number;
  readonly group: number;
  readonly flags: number;
  /** The event of its birth. */
  readonly born: number;
  /** The program that it ran last. */
  readonly program?: string;
  readonly folds: Folds;
  readonly rules: Rules;
  readonly texts: Texts;
}

/** The part of a task's steps that is its own. */
export const MAIN = 'main';

/** An asynchronous signal whose handler runs. */
interface Frame {
  /** Absent for a fault: its handler belongs to the task's own steps. */
  readonly signal?: Step;
  readonly name: string;
  /** How often it comes says nothing: what its handler does counts once for each way that it goes. */
  readonly repeats?: RuleName | undefined;
  readonly steps: Step[];
}

/** A handler that made more calls than this is left another way than by its return. */
const LONGEST_HANDLER = 1000;

const SIGCHLD = 17;
const SYS_RT_SIGRETURN = 15;
const SYS_SCHED_YIELD = 24;
const SYS_PTRACE = 101;

function repeatedBy(event: TraceEvent): RuleName | undefined {
  if (isTick(event)) return 'timer-ticks';
  if (event.signal!.number === SIGCHLD) return 'child-signals';
  return isReadiness(event) ? 'io-signals' : undefined;
}

/** One signal stands for several descriptors that became ready, and tells of the first. */
function nameOnly(text: string): string {
  const end = text.indexOf(' ');
  return end < 0 ? text : text.slice(0, end) + loose(text.slice(end));
}

export class TaskRun {
  /** Steps by where they belong: MAIN, or the name of a signal. */
  readonly parts = new Map<string, Steps>([[MAIN, new Steps()]]);
  /** It traces other tasks. */
  isTracer = false;
  /** Timer signals that it took. */
  ticks = 0;
  /** Its tracer heard of some of them. */
  tellsOfTicks = false;
  private readonly frames: Frame[] = [];
  private readonly seenBodies = new Set<string>();

  constructor(readonly facts: TaskFacts) {}

  get main(): Steps {
    return this.parts.get(MAIN)!;
  }

  call({ entry, outcome, event }: { entry: CallEntry; outcome: string; event: number }): void {
    const { number } = entry.facts;
    const { rules, folds, texts } = this.facts;
    if (number === SYS_SCHED_YIELD && rules.has('locks')) return folds.count('locks');
    if (number === SYS_PTRACE && outcome === '0' && !entry.text.startsWith('ptrace(PTRACE_TRACEME')) this.isTracer = true;
    const step = { did: texts.number(entry.text), got: texts.number(number === SYS_RT_SIGRETURN ? '' : outcome), sort: number, event };
    if (this.isRepeated(step, outcome, entry)) return;
    this.push(step);
    if (number === SYS_RT_SIGRETURN) this.handlerReturned();
  }

  signal(event: TraceEvent, text: string, isThreaded: boolean): void {
    const { number, disposition, synchronous } = event.signal!;
    const { texts, rules, folds } = this.facts;
    // It takes all threads along, whichever gets it, and each one's end tells of it.
    if (isThreaded && disposition === 'fatal' && !synchronous && rules.has('locks')) return folds.count('locks');
    const repeats = repeatedBy(event);
    if (repeats === 'timer-ticks') this.ticks++;
    if (repeats === 'timer-ticks' && disposition === 'tracer') this.tellsOfTicks = true;
    const step = { did: texts.number(repeats === 'io-signals' && rules.has(repeats) ? nameOnly(text) : text), got: texts.number(disposition), sort: STEP_SIGNAL, event: event.index };
    if (synchronous) this.push(step);
    else this.forgetInterrupted();
    if (disposition === 'handler') {
      this.frames.push({ name: signalName(number), repeats, steps: [], ...(!synchronous && { signal: step }) });
    } else if (!synchronous) {
      this.partOf({ name: signalName(number), repeats, signal: step, steps: [] });
    }
  }

  resumed(event: TraceEvent, text: string): void {
    const { texts } = this.facts;
    if (text === '') return;
    const step = { did: texts.number('resumed by its tracer'), got: texts.number(text), sort: STEP_RESUME, event: event.index };
    this.push(step);
    if (event.signal?.disposition === 'handler') this.frames.push({ name: signalName(event.signal.number), steps: [] });
  }

  exited(event: TraceEvent): void {
    this.finish();
    const { texts } = this.facts;
    const status = showWaitStatus(event.exit?.status ?? 0, signalName);
    this.main.push({ did: texts.number('end of the task'), got: texts.number(status), sort: STEP_EXIT, event: event.index });
  }

  /** Handlers that did not return belong to the task's own steps. */
  finish(): void {
    while (this.frames.length > 0) this.dissolve();
  }

  private push(step: Step): void {
    const frame = this.frames.findLast((each) => each.signal !== undefined);
    if (frame === undefined) return this.main.push(step);
    frame.steps.push(step);
    if (frame.steps.length > LONGEST_HANDLER) while (this.frames.includes(frame)) this.dissolve();
  }

  private handlerReturned(): void {
    const frame = this.frames.pop();
    if (frame?.signal) this.partOf(frame);
  }

  private dissolve(): void {
    const frame = this.frames.pop()!;
    if (frame.signal) this.partOf({ ...frame, steps: [] });
    for (const step of frame.steps) this.push(step);
  }

  /** Adds a signal with what its handler did to its part; one that repeats itself only where it did something new. */
  private partOf({ name, signal, steps, repeats }: Frame): void {
    const { rules, folds, texts } = this.facts;
    if (repeats !== undefined && rules.has(repeats)) {
      folds.count(repeats);
      // Nobody wants it, and no matter which thread gets it.
      if (signal && texts.text(signal.got) === 'ignored') return;
      const body = [name, texts.compared(repeats === 'child-signals' ? signal!.did : 0), ...steps.map(({ did, got }) => `${texts.compared(did)}:${texts.compared(got)}`)].join(' ');
      if (this.seenBodies.has(body)) return;
      this.seenBodies.add(body);
    }
    let part = this.parts.get(name);
    if (!part) this.parts.set(name, (part = new Steps()));
    if (signal) part.push(signal);
    for (const step of steps) part.push(step);
  }

  /** The call that a signal interrupted is made again, or its caller knows what to do. */
  private forgetInterrupted(): void {
    const { rules, folds, texts } = this.facts;
    if (!rules.has('retries') || this.frames.length > 0) return;
    const last = this.main.length - 1;
    if (last < 0 || texts.text(this.main.got(last)) !== 'EINTR') return;
    this.main.takeFrom(last);
    folds.count('retries');
  }

  /** The same as the step before it, where that says nothing but that time went by. */
  private isRepeated({ did, got, sort }: Step, outcome: string, { setting }: CallEntry): boolean {
    const { rules, folds, texts } = this.facts;
    const rule = outcome === 'EAGAIN' ? 'retries' : setting.data === 'none' && isSome(outcome) ? 'stream-pieces' : saysTime(sort) || foundNobody(sort, outcome) ? 'loops' : undefined;
    if (rule === undefined || !rules.has(rule) || this.frames.length > 0) return false;
    const last = this.main.length - 1;
    if (last < 0 || texts.compared(this.main.did(last)) !== texts.compared(did)) return false;
    if (texts.compared(this.main.got(last)) !== texts.compared(got)) return false;
    folds.count(rule);
    return true;
  }
}
