/** Parsed calls in one line: numbers in decimal, `'text'`, `[list]`, `{name=value}`, `?what nobody knows`. */
import type { LoggedCall, Member, Value } from '../../src/importer/value.js';

export function notation({ name, arguments: args, result, remark }: LoggedCall): string {
  const words = [name, ...args.map(memberText)];
  if (result !== undefined) words.push('->', `${result}`);
  if (result !== undefined && remark?.startsWith('(') && !(result < 0n && result > -500n)) words.push(remark);
  return words.join(' ');
}

const memberText = ({ name, value }: Member): string => `${name === undefined ? '' : `${name}=`}${text(value)}`;

function text(value: Value): string {
  switch (value.type) {
    case 'number':
      return `${value.value}${value.note === undefined ? '' : `@${value.note}`}`;
    case 'string':
      return `'${bytesText(value.bytes)}'${value.cut ? '...' : ''}`;
    case 'list':
      return `${value.inverted ? '~' : ''}[${[...value.items.map(text), ...(value.cut ? ['...'] : [])].join(' ')}]`;
    case 'struct':
      return `{${[...value.members.map(memberText), ...(value.cut ? ['...'] : [])].join(' ')}}`;
    case 'change':
      return `${text(value.before)}=>${text(value.after)}`;
    case 'pointer':
      return `*${value.address.toString(16)}:${text(value.content)}`;
    case 'unknown':
      return `?${value.text}`;
  }
}

const bytesText = (bytes: Uint8Array): string =>
  [...bytes].map((byte) => (byte >= 32 && byte < 127 ? String.fromCharCode(byte) : byte === 10 ? '\\n' : `\\x${byte.toString(16).padStart(2, '0')}`)).join('');
