/**
 * Branded numbers: the same machine number means different things in different places, and the
 * compiler keeps them apart. A brand costs nothing at run time.
 */
declare const brand: unique symbol;
type Branded<Base, Name extends string> = Base & { readonly [brand]: Name };

/**
 * A user-space virtual address of the guest, 0 … 2^47 on x86-64 with four-level page tables, so it
 * always fits a JavaScript number exactly.
 */
export type Address = Branded<number, 'Address'>;

/** Number of a task within its trace: 1 for the first, then in order of creation. Never a pid. */
export type TaskId = Branded<number, 'TaskId'>;

/** Number of an address space within its trace, in order of creation. */
export type SpaceId = Branded<number, 'SpaceId'>;

/** Number of a memory object (a mapped file, memfd or shared segment) within its trace. */
export type ObjectId = Branded<number, 'ObjectId'>;

/** Position of an event in its trace: 1 for the first, without gaps. */
export type EventIndex = Branded<number, 'EventIndex'>;

/** Nanoseconds since the recording started. */
export type Nanoseconds = Branded<number, 'Nanoseconds'>;

export const address = (value: number): Address => value as Address;
export const taskId = (value: number): TaskId => value as TaskId;
export const spaceId = (value: number): SpaceId => value as SpaceId;
export const objectId = (value: number): ObjectId => value as ObjectId;
export const eventIndex = (value: number): EventIndex => value as EventIndex;
export const nanoseconds = (value: number): Nanoseconds => value as Nanoseconds;

/** First address behind those of Address. */
export const USER_SPACE_END = 2 ** 47;

/** Bytes in a page on x86-64. */
export const PAGE_SIZE = 4096;

/** Rounds down to a page boundary. */
export const pageFloor = (value: number): Address => (value - (value % PAGE_SIZE)) as Address;

/** Rounds up to a page boundary. */
export const pageCeil = (value: number): Address => pageFloor(value + PAGE_SIZE - 1);
