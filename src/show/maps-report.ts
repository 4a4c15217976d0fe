/** Address spaces in plain words and numbers: what the text, the JSON and the drawing of `portrace maps` are made of. */
import { accessOf, changesBetween, joined, pageLinks, samePages, seenElsewhere, type LivingSpace, type Mapping, type PageLink, type PagePlace, type SeenPart, type SpaceChangeKind } from '../mappings/index.js';
import type { ObjectId, SpaceId, TaskId } from '../base/brands.js';
import type { MemoryObject } from '../trace/events.js';

/** One line of /proc/PID/maps. Addresses and offsets are in bytes. */
export interface ReportedPiece {
  readonly start: number;
  /** First address behind it. */
  readonly end: number;
  /** `rw-` and so on. */
  readonly protection: string;
  readonly shared: boolean;
  /** Where it begins in the object or the shared memory. */
  readonly offset: number;
  /** What is mapped: number of the object in the trace. Absent for anonymous memory. */
  readonly object?: ObjectId;
  /** Device and inode of the object, as /proc/PID/maps has them. */
  readonly device?: string;
  readonly inode?: string;
  /** Shared anonymous memory: its number in the trace. */
  readonly sharedMemory?: number;
  /** A path, `[heap]`, `[stack]`, `anonymous` or `anonymous, shared #N`. */
  readonly name: string;
}

/** Where else pages are seen. */
export interface ReportedPlace {
  readonly space: SpaceId;
  /** The first task that lives there. */
  readonly task: TaskId;
  readonly address: number;
  /** The mapping there is private: the same pages until one side writes to them. */
  readonly private?: true;
}

/** Part of a piece whose pages are seen elsewhere, too. */
export interface ReportedPart {
  readonly start: number;
  readonly end: number;
  /** The first ones, in order of spaces and addresses. */
  readonly places: readonly ReportedPlace[];
  /** How many more there are; absent for none. */
  readonly more?: number;
}

export interface ReportedTask {
  readonly task: TaskId;
  /** The thread id that the guest knew it by. */
  readonly pid?: number;
}

export interface ReportedHome {
  readonly space: SpaceId;
  readonly tasks: readonly ReportedTask[];
  /** Path of the program that runs there. */
  readonly program?: string;
}

export interface ReportedSpace extends ReportedHome {
  readonly pieces: readonly (ReportedPiece & { readonly also: readonly ReportedPart[] })[];
}

export interface ReportedChange {
  readonly kind: SpaceChangeKind;
  readonly before?: ReportedPiece;
  readonly after?: ReportedPiece;
  /** mremap moved it here: the address where its start was. */
  readonly movedFrom?: number;
}

/** - `new`, `gone`: only there afterwards, only there before. */
export interface ReportedSpaceChanges extends ReportedHome {
  readonly space: SpaceId;
  readonly change: 'new' | 'gone' | 'changed';
  readonly changes: readonly ReportedChange[];
}

/** What the numbers of a trace stand for. */
export interface MapsNames {
  readonly objects: ReadonlyMap<ObjectId, MemoryObject>;
  readonly pids: ReadonlyMap<TaskId, number>;
}

/** The chosen ones of the spaces; what is seen elsewhere is told of all of them. */
export function reportedSpaces(spaces: readonly LivingSpace[], chosen: ReadonlySet<SpaceId>, names: MapsNames): ReportedSpace[] {
  const shown = spaces.map((space) => ({ ...space, pieces: joined(space.pieces) }));
  const elsewhere = seenElsewhere(samePages(shown));
  const firstTasks = new Map(spaces.map(({ space, tasks }) => [space, tasks[0]!]));
  const place = ({ space, address, piece }: PagePlace): ReportedPlace => ({ space, task: firstTasks.get(space)!, address, ...(!piece.shared && { private: true }) });
  const part = ({ start, end, also, more }: SeenPart): ReportedPart => ({ start, end, places: also.map(place), ...(more > 0 && { more }) });
  return shown
    .filter(({ space }) => chosen.has(space))
    .map((space) => ({ ...homeOf(space, names), pieces: space.pieces.map((piece) => ({ ...reportedPiece(piece, names), also: elsewhere(space.space, piece).map(part) })) }));
}

/** The links between the places of the same pages in the chosen ones of the spaces. */
export function reportedLinks(spaces: readonly LivingSpace[], chosen: ReadonlySet<SpaceId>): PageLink[] {
  const shown = spaces.filter(({ space }) => chosen.has(space));
  return pageLinks(samePages(shown.map(({ space, pieces }) => ({ space, pieces: joined(pieces) }))));
}

/** What is otherwise in the second list of spaces; those without a change are left out. */
export function reportedChanges(before: readonly LivingSpace[], after: readonly LivingSpace[], names: MapsNames): ReportedSpaceChanges[] {
  const [older, newer] = [before, after].map((spaces) => new Map(spaces.map((each) => [each.space, each]))) as [Map<SpaceId, LivingSpace>, Map<SpaceId, LivingSpace>];
  const numbers = [...new Set([...older.keys(), ...newer.keys()])].sort((left, right) => left - right);
  return numbers.flatMap((number): ReportedSpaceChanges[] => {
    const [was, is] = [older.get(number), newer.get(number)];
    const changes = changesBetween(was?.pieces ?? [], is?.pieces ?? []).map(({ kind, movedFrom, ...sides }): ReportedChange => ({
      kind,
      ...(sides.before && { before: reportedPiece(sides.before, names) }),
      ...(sides.after && { after: reportedPiece(sides.after, names) }),
      ...(movedFrom !== undefined && { movedFrom }),
    }));
    const change = was === undefined ? 'new' : is === undefined ? 'gone' : 'changed';
    return change === 'changed' && changes.length === 0 ? [] : [{ ...homeOf((is ?? was)!, names), change, changes }];
  });
}

function homeOf({ space, tasks, program }: LivingSpace, { pids }: MapsNames): ReportedHome {
  const reported = tasks.map((task): ReportedTask => {
    const pid = pids.get(task);
    return { task, ...(pid !== undefined && { pid }) };
  });
  return { space, tasks: reported, ...(program !== undefined && { program }) };
}

function reportedPiece(piece: Mapping, { objects }: MapsNames): ReportedPiece {
  const { start, end, shared, offset, object, sharedMemory } = piece;
  const known = object === undefined ? undefined : objects.get(object);
  return {
    start,
    end,
    protection: accessText(accessOf(piece)),
    shared,
    offset,
    ...(object !== undefined && { object }),
    ...(known && { device: deviceText(known.device), inode: BigInt.asUintN(64, BigInt(known.inode)).toString() }),
    ...(sharedMemory !== undefined && { sharedMemory }),
    name: nameOf(piece, known),
  };
}

function nameOf({ region, object, sharedMemory }: Mapping, known: MemoryObject | undefined): string {
  if (object !== undefined) return known?.path ?? `object ${object}`;
  if (sharedMemory !== undefined) return `anonymous, shared #${sharedMemory}`;
  return region.name === '[heap]' || region.name === '[stack]' ? region.name : 'anonymous';
}

/** `r-x`, of PROT_READ, PROT_WRITE and PROT_EXEC. */
export const accessText = (access: number): string => ['r', 'w', 'x'].map((letter, bit) => (access & (1 << bit) ? letter : '-')).join('');

/** MAJOR:MINOR of what stat(2) gives (gnu_dev_major, gnu_dev_minor of sysmacros.h). */
function deviceText(device: number): string {
  const word = BigInt(device);
  const major = ((word >> 8n) & 0xfffn) | ((word >> 32n) & 0xfffff000n);
  const minor = (word & 0xffn) | ((word >> 12n) & 0xffffff00n);
  return [major, minor].map((part) => part.toString(16).padStart(2, '0')).join(':');
}
