/** The arguments of a call one by one, as `portrace show` prints them. */
import { showCall } from '../show/call.js';
import { visible } from '../show/visible.js';
import type { MadeCall } from '../stat/index.js';
import { memoryAfter } from '../trace/index.js';

export interface CallText {
  readonly name: string;
  readonly arguments: readonly string[];
  /** Absent where the call did not return. */
  readonly result?: string;
}

const BEFORE_RESULT = ') = ';

/** What the call was given is known from its entry, what it left behind from its return. */
export function callText({ begun, event }: Pick<MadeCall<unknown>, 'begun' | 'event'>): CallText {
  const facts = event.syscall!;
  const inputs = begun === event ? event.inputs : [...begun.inputs, ...event.inputs];
  const text = visible(showCall(facts, inputs, memoryAfter(event)));
  const open = text.indexOf('(');
  const name = text.slice(0, open);
  if (facts.result === undefined) return { name, arguments: splitList(text.slice(open + 1, -1)) };
  const close = text.lastIndexOf(BEFORE_RESULT);
  return { name, arguments: splitList(text.slice(open + 1, close)), result: text.slice(close + BEFORE_RESULT.length) };
}

/** Splits at the commas that stand in no brackets and no string. */
function splitList(text: string): string[] {
  const parts: string[] = [];
  let start = 0;
  let depth = 0;
  let inString = false;
  for (let at = 0; at < text.length; at++) {
    const character = text[at]!;
    if (inString && character === '\\') at++;
    else if (character === '"') inString = !inString;
    else if (inString) continue;
    else if (OPENING.has(character)) depth++;
    else if (CLOSING.has(character)) depth--;
    else if (character === ',' && depth === 0) {
      parts.push(text.slice(start, at));
      start = at + SEPARATOR.length;
    }
  }
  return text === '' ? parts : [...parts, text.slice(start)];
}

export const SEPARATOR = ', ';

const OPENING: ReadonlySet<string> = new Set(['(', '[', '{']);
const CLOSING: ReadonlySet<string> = new Set([')', ']', '}']);
