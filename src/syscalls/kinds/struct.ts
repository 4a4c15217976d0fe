/** Structures: members at fixed offsets. */
import { PLAIN, showAt, type Comparison, type Kind, type MemoryKind, type Wording } from './kind.js';

type Members = Readonly<Record<string, readonly [at: number, kind: Kind]>>;

/** The members of a structure that strace shows without -v; `...` stands for the others. */
export type Abbreviation = readonly string[] | ((bytes: Uint8Array) => readonly string[]);

/** The structure with an abbreviation. */
export function abbreviated(kind: MemoryKind, to: Abbreviation): MemoryKind {
  return {
    ...kind,
    strace(bytes, length, words) {
      if (words.style.verbose || bytes.length < kind.size) return kind.show(bytes, length, words);
      const names = typeof to === 'function' ? to(bytes) : to;
      const shown = names.map((name) => membersShown(kind.members?.filter((member) => member.name === name) ?? [], bytes, words));
      return `{${[...shown, '...'].join(', ')}}`;
    },
  };
}

/** `st_uid=0, st_gid=0` */
export function membersShown(members: NonNullable<MemoryKind['members']>, bytes: Uint8Array, words: Wording): string {
  return members
    .filter((member) => member.at + member.kind.size <= bytes.length)
    .map((member) => `${member.name}=${showAt(member.kind, bytes, member.at, words)}`)
    .join(', ');
}

/** A structure of `size` bytes. Members that nobody looks at may be left out. */
export function struct(name: string, size: number, members: Members, compare: Comparison = 'same'): MemoryKind {
  const list = Object.entries(members).map(([member, [at, kind]]) => ({ name: member, at, kind }));
  return {
    name,
    size,
    compare,
    members: list,
    show: (bytes, _length, words = PLAIN) => `{${membersShown(list, bytes, words)}}`,
  };
}
