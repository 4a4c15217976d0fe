/** What of a row the canonical form asks for each call, found once a row. */
import type { Argument, SyscallRow } from '../syscalls/index.js';

export interface RowFacts {
  /** Argument 0 is a descriptor. */
  readonly hasDescriptor: boolean;
  /** The call tells of a file: stat, statx, statfs. */
  readonly tellsStatus: boolean;
  /** It is about mappings. */
  readonly isMapping: boolean;
  /** Arguments of which only the return tells all. */
  readonly late: readonly Argument[];
}

const NO_ROW: RowFacts = { hasDescriptor: false, tellsStatus: false, isMapping: false, late: [] };

const known = new Map<SyscallRow, RowFacts>();

export function rowFacts(row: SyscallRow | undefined): RowFacts {
  if (row === undefined) return NO_ROW;
  let facts = known.get(row);
  if (!facts) known.set(row, (facts = found(row)));
  return facts;
}

function found({ arguments: args, handling }: SyscallRow): RowFacts {
  return {
    hasDescriptor: args[0]?.kind.compare === 'descriptor',
    tellsStatus: args.some(({ kind }) => kind.name.startsWith('stat')),
    isMapping: handling === 'mapping',
    late: args.filter(({ direction }) => direction === 'out' || direction === 'inout'),
  };
}
