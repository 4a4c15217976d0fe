/** The text that a trace keeps of a value: the same for all ways in which a tool writes it. */
import { isScalar, showScalar, type Kind } from '../syscalls/index.js';
import { encodeMemory, memberNamed } from './encode.js';
import type { Value } from './value.js';

/** In the words of the kind as far as it has them: names for numbers, whatever options the tool had. */
export function wordText(kind: Kind | undefined, value: Value): string {
  if (value.type === 'pointer') return wordText(kind, value.content);
  if (value.type === 'change') return `${wordText(kind, value.before)} => ${wordText(kind, value.after)}`;
  if (value.type === 'list') {
    const items = value.items.map((item) => wordText(kind, item));
    if (value.cut) items.push('...');
    return `${value.inverted ? '~' : ''}[${items.join(', ')}]`;
  }
  const bytes = kind && encodeMemory(kind, value);
  if (bytes && value.type !== 'string') return shownWord(kind, bytes);
  if (value.type !== 'struct') return readable(value.text);
  const members = value.members.map(({ name, value: given }) => {
    const member = kind && !isScalar(kind) && name !== undefined ? memberNamed(kind, name) : undefined;
    return `${name === undefined ? '' : `${member?.name ?? name}=`}${wordText(member?.kind, given)}`;
  });
  if (value.cut) members.push('...');
  return `{${members.join(', ')}}`;
}

function shownWord(kind: Kind, bytes: Uint8Array): string {
  if (!isScalar(kind)) return kind.show(bytes, bytes.length);
  const whole = new Uint8Array(8);
  whole.set(bytes.subarray(0, 8));
  return showScalar(kind, new DataView(whole.buffer).getBigUint64(0, true));
}

/** Lines are bytes; what people read is UTF-8. */
const readable = (text: string): string => Buffer.from(text, 'latin1').toString('utf8');
