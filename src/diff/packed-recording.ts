/** A recording as it goes from one thread to another: plain data. */
import { Folds } from './folds.js';
import type { Recording } from './recording.js';
import type { RuleName, Rules } from './rules.js';
import { Steps, type StepColumns } from './steps.js';
import { TaskRun, type TaskFacts } from './task-run.js';
import type { Texts } from './texts.js';

interface PackedTask {
  readonly facts: Omit<TaskFacts, 'folds' | 'rules' | 'texts'>;
  readonly parts: ReadonlyMap<string, StepColumns>;
  readonly isTracer: boolean;
  readonly ticks: number;
  readonly tellsOfTicks: boolean;
}

export interface PackedRecording extends Omit<Recording, 'tasks' | 'folds'> {
  readonly texts: readonly string[];
  readonly tasks: readonly PackedTask[];
  readonly folds: ReadonlyMap<RuleName, number>;
}

export function packed({ tasks, folds, ...rest }: Recording, texts: Texts): PackedRecording {
  return {
    ...rest,
    texts: texts.all(),
    folds: folds.all(),
    tasks: tasks.map(({ facts: { folds: _folds, rules: _rules, texts: _texts, ...facts }, parts, isTracer, ticks, tellsOfTicks }) => ({
      facts,
      isTracer,
      ticks,
      tellsOfTicks,
      parts: new Map([...parts].map(([name, steps]) => [name, steps.columns()])),
    })),
  };
}

/** With its texts among those of the other recording. */
export function unpacked({ texts: own, tasks, folds, ...rest }: PackedRecording, texts: Texts, rules: Rules): Recording {
  const numbers = Int32Array.from(own, (text) => texts.number(text));
  const counted = new Folds();
  for (const [rule, count] of folds) counted.count(rule, count);
  const renumbered = (column: Int32Array): Int32Array => column.map((number) => numbers[number]!);
  const runs = tasks.map(({ facts, parts, isTracer, ticks, tellsOfTicks }) => {
    const run = new TaskRun({ ...facts, folds: counted, rules, texts });
    run.isTracer = isTracer;
    run.ticks = ticks;
    run.tellsOfTicks = tellsOfTicks;
    for (const [name, columns] of parts) run.parts.set(name, new Steps({ ...columns, dids: renumbered(columns.dids), gots: renumbered(columns.gots) }));
    return run;
  });
  return { ...rest, tasks: runs, folds: counted };
}
