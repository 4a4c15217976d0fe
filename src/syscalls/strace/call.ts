/** The arguments and the result of a call as strace shows them. */
import type { CallView } from '../guest.js';
import type { StyledWording } from '../kinds/kind.js';
import type { SyscallRow } from '../row.js';
import { FORMS } from './forms.js';

/** A call that is to be shown in strace's words. */
export type StyledCall = CallView & { readonly words: StyledWording };

/** Where strace shows a call otherwise than its row does. */
export interface Form {
  /** Arguments by index, in place of the row's text; undefined leaves it out. */
  readonly arguments?: Readonly<Record<number, (call: StyledCall, shown: string | undefined) => string | undefined>>;
  /** In place of the result's text. */
  readonly result?: (call: StyledCall, shown: string) => string;
  /** So many arguments are shown before the call returns; those before the first that it writes, without this. */
  readonly entry?: number;
}

/** One text an argument; undefined where the call does not look at it. */
export function straceArguments(row: SyscallRow, call: StyledCall): (string | undefined)[] {
  const form = FORMS[row.name]?.arguments;
  const shown = row.arguments.map((argument, index) => {
    const text = argument.show(call);
    const own = form?.[index];
    return own ? own(call, text) : text;
  });
  for (const index of Object.keys(form ?? {})) if (Number(index) >= shown.length) shown[Number(index)] = form![Number(index)]!(call, undefined);
  return shown;
}

/** `shown` is an error, or the number in the words of its kind. */
export function straceResult(row: SyscallRow, call: StyledCall, shown: string): string {
  return FORMS[row.name]?.result?.(call, shown) ?? shown;
}

/** How many arguments strace shows before the call returns. */
export function entryArguments(row: SyscallRow): number {
  const told = FORMS[row.name]?.entry;
  if (told !== undefined) return told;
  const first = row.arguments.findIndex((argument) => argument.outputs !== undefined);
  return first < 0 ? row.arguments.length : first;
}
