/** strace writes behind the result of poll what came: `= 1 ([{fd=3, revents=POLLIN}])`. */
import { Cursor } from './cursor.js';
import { straceValue } from './strace-values.js';
import type { LoggedCall, Member, Value } from './value.js';

const POLLS: ReadonlySet<string> = new Set(['poll', 'ppoll']);
const CAME = /^\((\[\{.*\}\])/;

/** The call with what came as a change of its first argument. */
export function pollResult(call: LoggedCall): LoggedCall {
  const [first, ...others] = call.arguments;
  if (!POLLS.has(call.name) || first?.value.type !== 'list' || !((call.result ?? -1n) >= 0n)) return call;
  const came = CAME.exec(call.remark ?? '');
  const news = came ? straceValue(new Cursor(came[1]!), '') : undefined;
  const events = descriptorEvents(news);
  const items = first.value.items.map((item) => withEvents(item, events));
  const after: Value = { ...first.value, items };
  const value: Value = { type: 'change', before: first.value, after, text: first.value.text };
  return { ...call, arguments: [{ value }, ...others] };
}

function descriptorEvents(news: Value | undefined): Map<bigint, Value> {
  const events = new Map<bigint, Value>();
  if (news?.type !== 'list') return events;
  for (const item of news.items) {
    const fd = memberOf(item, 'fd');
    const value = memberOf(item, 'revents');
    if (fd?.type === 'number' && value) events.set(fd.value, value);
  }
  return events;
}

const memberOf = (item: Value, name: string): Value | undefined =>
  item.type === 'struct' ? item.members.find((member) => member.name === name)?.value : undefined;

function withEvents(item: Value, events: ReadonlyMap<bigint, Value>): Value {
  const fd = memberOf(item, 'fd');
  const value = fd?.type === 'number' ? events.get(fd.value) : undefined;
  if (item.type !== 'struct' || value === undefined) return item;
  const member: Member = { name: 'revents', value };
  return { ...item, members: [...item.members, member] };
}
