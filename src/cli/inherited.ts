/**
 * Descriptors above the standard streams that portrace was given by its caller, and its guest is to have. Node.js marks most
 * of them close-on-exec at its start, as it does its own.
 */
import { readdirSync, readFileSync, readlinkSync } from 'node:fs';

const FIRST = 3;
const O_WRONLY = 1;
const OF_NODE = /^(?:anon_inode:|\/dev\/null$|\/proc\/\d+\/fd$)/;

interface Open {
  readonly descriptor: number;
  readonly target: string;
}

let inherited: readonly number[] = [];

/** To be called before anything else is opened. */
export function noteInheritedDescriptors(): void {
  inherited = findInherited();
}

export const inheritedDescriptors = (): readonly number[] => inherited;

function findInherited(): number[] {
  const open = readdirSync('/proc/self/fd').map(Number).filter((descriptor) => descriptor >= FIRST).flatMap(look);
  const pipes = new Map<string, number[]>();
  for (const { descriptor, target } of open) if (target.startsWith('pipe:')) pipes.set(target, [...(pipes.get(target) ?? []), descriptor]);
  return open.filter(({ target }) => !OF_NODE.test(target) && !isNodesPipe(pipes.get(target))).map(({ descriptor }) => descriptor);
}

/** The listing's own descriptor is gone by now. */
function look(descriptor: number): Open[] {
  try {
    return [{ descriptor, target: readlinkSync(`/proc/self/fd/${descriptor}`) }];
  } catch {
    return [];
  }
}

/** Node.js has both ends of its pipes, which it opened alike: one to read, one to write, and the same otherwise. */
function isNodesPipe(ends: readonly number[] | undefined): boolean {
  if (ends?.length !== 2) return false;
  const [a, b] = ends.map(flagsOf);
  return (a! ^ b!) === O_WRONLY;
}

const flagsOf = (descriptor: number): number =>
  parseInt(/^flags:\s*(\d+)/m.exec(readFileSync(`/proc/self/fdinfo/${descriptor}`, 'latin1'))![1]!, 8);
