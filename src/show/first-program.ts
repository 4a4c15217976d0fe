/** The execve that began the guest: portrace made it, so that its arguments are those of the session. */
import { Reg } from '../base/registers.js';
import { countOf, quoteText, type StyledWording } from '../syscalls/index.js';
import type { SessionFacts, TraceEvent } from '../trace/events.js';

const POINTER = 8;

export function firstProgram({ arguments: args, environment }: SessionFacts, event: TraceEvent, words: StyledWording): string[] {
  const program = event.effects.find((effect) => effect.type === 'space');
  const path = args[0]?.includes('/') || program?.type !== 'space' ? args[0] : program.program;
  return [quoteText(path ?? '', words, true), list(args, words), words.style.verbose ? list(environment, words) : countOf(environmentAt(event, args.length), environment.length)];
}

function list(texts: readonly string[], words: StyledWording): string {
  const most = words.style.verbose ? Infinity : words.style.strings;
  const shown = texts.slice(0, most).map((text) => quoteText(text, words));
  return `[${[...shown, ...(texts.length > most ? ['...'] : [])].join(', ')}]`;
}

/** System V ABI for x86-64, 3.4.1: the stack begins with argc, the arguments and a null pointer. */
function environmentAt({ effects }: TraceEvent, count: number): string {
  const change = effects.find((effect) => effect.type === 'registers');
  if (change?.type !== 'registers') return '0x0';
  return `0x${(change.registers.number(Reg.rsp) + POINTER * (count + 2)).toString(16)}`;
}
