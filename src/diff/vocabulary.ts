/**
 * Tasks whose order of calls depends on when timers tick (a User-Mode Linux kernel and its
 * processes) are compared by what they do at all: each call with its outcomes, however often.
 */
import { isWrite } from './data-use.js';
import { stepAt, type Difference, type StepPlace } from './differences.js';
import type { TaskRun } from './task-run.js';
import type { Texts } from './texts.js';
import { WITHOUT_NUMBERS } from './words.js';

/** Outcomes of one call with the first place of each. */
type Outcomes = Map<number, StepPlace>;

export interface VocabularyCompared {
  readonly differences: readonly Difference[];
  /** Lines that differ in what was measured. */
  readonly measured: number;
}

export interface Family {
  readonly a: readonly TaskRun[];
  readonly b: readonly TaskRun[];
}

/** Calls and outcomes that only one of the families has. */
export function compareVocabulary({ a, b }: Family, texts: Texts): VocabularyCompared {
  const inA = vocabularyOf(a, texts);
  const inB = vocabularyOf(b, texts);
  const differences: Difference[] = [];
  const onlyA: StepPlace[] = [];
  const onlyB: StepPlace[] = [];
  for (const [did, outcomes] of inA) {
    const others = inB.get(did);
    if (others) differences.push(...otherOutcomes(outcomes, others));
    else onlyA.push(first(outcomes));
  }
  for (const [did, outcomes] of inB) if (!inA.has(did)) onlyB.push(first(outcomes));
  const written = withoutMeasured(onlyA, onlyB, texts);
  return { differences: [...differences.filter((each) => !isLateKill(each, texts)), ...sameCalls(written.a, written.b)], measured: onlyA.length - written.a.length };
}

/** What was measured, and chosen by that, is told in a line that begins alike and has numbers in it. */
function withoutMeasured(a: readonly StepPlace[], b: readonly StepPlace[], texts: Texts): { a: StepPlace[]; b: StepPlace[] } {
  const left: StepPlace[] = [];
  const right = [...b];
  const did = (place: StepPlace): string => texts.text(stepAt(place).did);
  for (const place of a) {
    const at = isWrite(stepAt(place).sort) ? right.findIndex((other) => isWrite(stepAt(other).sort) && areMeasured(did(place), did(other))) : -1;
    if (at < 0) left.push(place);
    else right.splice(at, 1);
  }
  return { a: left, b: right };
}

/** Letters, from the first one of the text on, that two lines have to have in common. */
const COMMON_BEGINNING = 16;

function areMeasured(a: string, b: string): boolean {
  const [left, right] = [a.slice(a.indexOf('"')), b.slice(b.indexOf('"'))];
  return a.includes(WITHOUT_NUMBERS) && b.includes(WITHOUT_NUMBERS) && left.slice(0, COMMON_BEGINNING) === right.slice(0, COMMON_BEGINNING);
}

const SYS_KILL = 62;

/** A tick is passed on to the process that ran, which may just have ended. */
function isLateKill({ kind, a, b }: Difference, texts: Texts): boolean {
  if (kind !== 'outcome' || !a || !b || stepAt(a).sort !== SYS_KILL) return false;
  const outcomes = [a, b].map((place) => texts.text(stepAt(place).got)).sort();
  return outcomes.join(' ') === '0 ESRCH' && TICKS.test(texts.text(stepAt(a).did));
}

const TICKS = /, SIG(VT)?ALRM\)$/;

/** The same system call with other arguments, as far as there is one on both sides. */
function sameCalls(onlyA: readonly StepPlace[], onlyB: readonly StepPlace[]): Difference[] {
  const waiting = new Map<number, StepPlace[]>();
  // Two texts that have nothing in common do not stand for each other.
  const lonely = onlyB.filter((place) => isWrite(stepAt(place).sort));
  for (const place of onlyB) if (!lonely.includes(place)) waiting.set(stepAt(place).sort, [...(waiting.get(stepAt(place).sort) ?? []), place]);
  const differences = onlyA.map((a): Difference => {
    const b = waiting.get(stepAt(a).sort)?.shift();
    return b ? { kind: 'change', a, b } : { kind: 'only', a };
  });
  const alone = [...lonely, ...[...waiting.values()].flat()].map((b): Difference => ({ kind: 'only', b }));
  return [...differences, ...alone];
}

function vocabularyOf(family: readonly TaskRun[], texts: Texts): Map<number, Outcomes> {
  const vocabulary = new Map<number, Outcomes>();
  const tracers = tracersOf(family);
  for (const run of family) {
    for (const [part, steps] of run.parts) {
      for (let index = 0; index < steps.length; index++) {
        // What the tracer does and what its tracees do is told apart.
        const did = texts.comparedLoosely(steps.did(index)) * 2 + (tracers.has(run) ? 1 : 0);
        const got = texts.comparedLoosely(steps.got(index));
        let outcomes = vocabulary.get(did);
        if (!outcomes) vocabulary.set(did, (outcomes = new Map()));
        if (!outcomes.has(got)) outcomes.set(got, { run, part, index });
      }
    }
  }
  return vocabulary;
}

/** Where a host let nobody trace, the first task is the one that wanted to. */
function tracersOf(family: readonly TaskRun[]): ReadonlySet<TaskRun> {
  const tracers = family.filter((run) => run.isTracer);
  return new Set(tracers.length > 0 ? tracers : family.slice(0, 1));
}

function otherOutcomes(a: Outcomes, b: Outcomes): Difference[] {
  const onlyA = [...a].filter(([got]) => !b.has(got)).map(([, place]) => place);
  const onlyB = [...b].filter(([got]) => !a.has(got)).map(([, place]) => place);
  const pairs = Math.max(onlyA.length, onlyB.length);
  return Array.from({ length: pairs }, (_, at): Difference => {
    const news = onlyA[at] === undefined ? 'b' : onlyB[at] === undefined ? 'a' : undefined;
    return { kind: 'outcome', a: onlyA[at] ?? first(a), b: onlyB[at] ?? first(b), ...(news && { news }) };
  });
}

const first = (outcomes: Outcomes): StepPlace => outcomes.values().next().value!;
