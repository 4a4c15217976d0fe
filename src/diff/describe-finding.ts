/** A cause and its consequences as a finding. */
import { foundStep, headlineOf, keyOf, kindOf, stepsBefore, subjectOf } from './describe.js';
import type { StepPlace } from './differences.js';
import type { Consequence, Finding, FoundStep } from './finding.js';
import type { Group } from './group.js';
import type { FindingTree, Reporting } from './report.js';

/** No finding lists more steps of one side. */
const MOST_STEPS = 200;

export function descriptionOf({ group, consequences }: FindingTree, first: Group, reporting: Reporting): Finding {
  return {
    ...described(group, first, reporting),
    consequences: consequences.map(({ group: each, cause }): Consequence => ({
      because: cause!.because,
      finding: { ...described(each, first, reporting), consequences: [] },
    })),
  };
}

function described(group: Group, first: Group, { texts, context }: Reporting): Omit<Finding, 'consequences'> {
  const found = (places: readonly StepPlace[]): FoundStep[] => places.slice(0, MOST_STEPS).map((place) => foundStep(place, texts));
  const besideIn = (side: 'a' | 'b'): StepPlace | undefined => (group.kind === 'only' && group[side].length === 0 ? group.beside : undefined);
  return {
    kind: kindOf(group),
    headline: headlineOf(group, texts),
    subject: subjectOf(group, texts),
    key: keyOf(group, texts),
    isFirst: group === first,
    count: group.count,
    a: found(group.a),
    b: found(group.b),
    context: {
      a: stepsBefore(group.a[0] ?? besideIn('a'), context, texts),
      b: stepsBefore(group.b[0] ?? besideIn('b'), context, texts),
    },
  };
}
