/** Structures: members at fixed offsets. */
import { PLAIN, showAt, type Comparison, type Kind, type MemoryKind } from './kind.js';

type Members = Readonly<Record<string, readonly [at: number, kind: Kind]>>;

/** A structure of `size` bytes. Members that nobody looks at may be left out. */
export function struct(name: string, size: number, members: Members, compare: Comparison = 'same'): MemoryKind {
  const list = Object.entries(members).map(([member, [at, kind]]) => ({ name: member, at, kind }));
  return {
    name,
    size,
    compare,
    members: list,
    show(bytes, _length, words = PLAIN) {
      const shown = list
        .filter((member) => member.at + member.kind.size <= bytes.length)
        .map((member) => `${member.name}=${showAt(member.kind, bytes, member.at, words)}`);
      return `{${shown.join(', ')}}`;
    },
  };
}
