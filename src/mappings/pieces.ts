/** Pieces of address spaces next to each other, as /proc/PID/maps shows them. */
import { isBacked, type Mapping } from './address-space.js';

/** PROT_READ, PROT_WRITE and PROT_EXEC; the other bits say how mprotect(2) went about it. */
const ACCESS = 7;

/** What may be done there, of PROT_READ, PROT_WRITE and PROT_EXEC. */
export const accessOf = ({ protection }: Mapping): number => protection & ACCESS;

/** Whether two pieces show the same memory at the address where the second begins, or where the first does. */
export function showSame(left: Mapping, right: Mapping): boolean {
  if (left.object !== right.object || left.sharedMemory !== right.sharedMemory || left.shared !== right.shared) return false;
  return !isBacked(left) || left.offset - left.start === right.offset - right.start;
}

/** Whether the second piece goes on where the first ends, so that they are one piece for those who look. */
export function goesOn(first: Mapping, second: Mapping): boolean {
  return first.end === second.start && accessOf(first) === accessOf(second) && showSame(first, second) && nameOf(first) === nameOf(second);
}

/** The heap and the stack are pieces of their own wherever they lie. */
const nameOf = ({ region }: Mapping): string => (region.name.startsWith('[') ? region.name : '');

/** The pieces with those joined that go on. */
export function joined(pieces: readonly Mapping[]): Mapping[] {
  const found: Mapping[] = [];
  for (const piece of pieces) {
    const last = found.at(-1);
    if (last !== undefined && goesOn(last, piece)) found[found.length - 1] = { ...last, end: piece.end };
    else found.push(piece);
  }
  return found;
}
