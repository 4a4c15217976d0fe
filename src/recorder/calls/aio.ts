/**
 * The kernel's asynchronous input and output (io_setup(2) and its like). It maps a ring of events into the process and
 * writes to it, and to buffers, at any time. Here requests are done when io_submit returns: what they wrote, the ring's
 * part included, are its effects; only polls are done later, and their events are told with the next call about the ring.
 */
import { Reg } from '../../base/registers.js';
import { Trouble } from '../../base/errors.js';
import { milliseconds, readMappings } from '../../tracee/index.js';
import { finishCall } from '../calls.js';
import { HostFile } from '../host-file.js';
import type { RecordSession } from '../session.js';
import type { GuestTask } from '../task.js';
import type { IrregularCall, Leaving } from './irregular.js';
import { mappingChange } from './memory.js';

const MAP_PRIVATE = 2;
const POINTER = 8;

/** struct aio_ring (fs/aio.c): id, number of events, head, tail and others of 32 bits; then events. */
const RING_HEADER = 32;
const RING_SIZE_AT = 4;
const RING_TAIL_AT = 12;
const EVENT = 32;
/** In struct io_event (linux/aio_abi.h): the request. */
const EVENT_REQUEST_AT = 8;

/** struct iocb (linux/aio_abi.h) */
const REQUEST = 64;
const REQUEST_OPERATION_AT = 16;
const REQUEST_FILE_AT = 20;
const IOCB_CMD_POLL = 5;
const IOCB_WRITERS: ReadonlySet<number> = new Set([1, 8]); // PWRITE, PWRITEV

/** A device that takes longer than this is told of when its events are fetched. */
const PATIENCE = 10_000;
const NAP = 0.05;

/** A ring that the kernel has mapped. */
export interface EventRing {
  readonly length: number;
  /** Where the kernel was to put its next event when an event of the trace was last told. */
  tail: number;
}

const viewOf = (bytes: Uint8Array): DataView => new DataView(bytes.buffer, bytes.byteOffset, bytes.length);

const ringOf = ({ task, call }: Leaving): { at: number; ring: EventRing } | undefined => {
  const at = call.entry.number(Reg.rdi);
  const ring = task.space.rings.get(at);
  return ring && { at, ring };
};

export const setUpRingCall: IrregularCall = {
  leave: (leaving) => {
    const { session, task, call, result, after } = leaving;
    if (result === 0) {
      const at = Number(viewOf(task.tracee.read(call.entry.number(Reg.rsi), POINTER)).getBigUint64(0, true));
      const mapping = readMappings(task.tid).find(({ start }) => start === at);
      if (!mapping) throw new Trouble('host', 'the ring of io_setup is not among the mappings');
      const { start, end, protection } = mapping;
      const length = end - start;
      call.effects.push(mappingChange(task, { operation: 'map', origin: 'io_setup', address: start, length, protection, flags: MAP_PRIVATE }));
      call.effects.push(session.memoryEffect(task.space.id, start, task.tracee.read(start, RING_HEADER)));
      task.space.rings.set(start, { length, tail: 0 });
    }
    finishCall(session, task, { result, after });
  },
};

export const destroyRingCall: IrregularCall = {
  leave: (leaving) => {
    const { session, task, call, result, after } = leaving;
    const found = result === 0 ? ringOf(leaving) : undefined;
    if (found) {
      call.effects.push(mappingChange(task, { operation: 'unmap', origin: 'io_destroy', address: found.at, length: found.ring.length }));
      task.space.rings.delete(found.at);
    }
    finishCall(session, task, { result, after });
  },
};

export const submitCall: IrregularCall = {
  settles: true,
  leave: (leaving) => {
    const { session, task, result, after } = leaving;
    const requests = result > 0 ? submitted(leaving) : [];
    const found = ringOf(leaving);
    if (found) awaitEvents(task, found, requests.filter(({ operation }) => operation !== IOCB_CMD_POLL));
    noteWrittenFiles(session, task, requests);
    tellRing(leaving);
    finishCall(session, task, { result, after });
  },
};

/** io_getevents, io_pgetevents, io_cancel */
export const ringCall: IrregularCall = {
  settles: true,
  leave: (leaving) => {
    tellRing(leaving);
    finishCall(leaving.session, leaving.task, leaving);
  },
};

interface Request {
  readonly address: number;
  readonly operation: number;
  readonly descriptor: number;
}

/** The requests that a call submitted, as many as it tells. */
function submitted({ task, call, result }: Leaving): Request[] {
  const pointers = viewOf(task.tracee.read(call.entry.number(Reg.rdx), result * POINTER));
  const found: Request[] = [];
  for (let at = 0; at + POINTER <= pointers.byteLength; at += POINTER) {
    const address = Number(pointers.getBigUint64(at, true));
    const request = viewOf(task.tracee.read(address, REQUEST));
    if (request.byteLength < REQUEST) continue;
    found.push({ address, operation: request.getUint16(REQUEST_OPERATION_AT, true), descriptor: request.getUint32(REQUEST_FILE_AT, true) });
  }
  return found;
}

/** Waits until the ring has an event of each request. */
function awaitEvents(task: GuestTask, { at, ring }: { at: number; ring: EventRing }, requests: readonly Request[]): void {
  const giveUp = milliseconds() + PATIENCE;
  while (!hasAll(eventsSince(task, at, ring), requests) && milliseconds() < giveUp) Atomics.wait(CLOCK, 0, 0, NAP);
}

const CLOCK = new Int32Array(new SharedArrayBuffer(4));

function hasAll(events: readonly RingEvent[], requests: readonly Request[]): boolean {
  const done = events.map(({ request }) => request);
  for (const { address } of requests) {
    const index = done.indexOf(address);
    if (index < 0) return false;
    done.splice(index, 1);
  }
  return true;
}

interface RingEvent {
  readonly address: number;
  readonly bytes: Uint8Array;
  readonly request: number;
}

/** The events that the kernel has put into a ring since it was told of last; none where the guest has spoilt its header. */
function eventsSince(task: GuestTask, at: number, { tail, length }: EventRing): RingEvent[] {
  const header = viewOf(task.tracee.read(at, RING_HEADER));
  if (header.byteLength < RING_HEADER) return [];
  const size = header.getUint32(RING_SIZE_AT, true);
  const behind = header.getUint32(RING_TAIL_AT, true);
  if (behind >= size || tail >= size || RING_HEADER + size * EVENT > length) return [];
  const events: RingEvent[] = [];
  for (let next = tail; next !== behind; next = (next + 1) % size) {
    const address = at + RING_HEADER + next * EVENT;
    const bytes = task.tracee.read(address, EVENT);
    if (bytes.length < EVENT) return events;
    events.push({ address, bytes, request: Number(viewOf(bytes).getBigUint64(EVENT_REQUEST_AT, true)) });
  }
  return events;
}

/** What the kernel did to the ring becomes effects. */
function tellRing(leaving: Leaving): void {
  const { session, task, call } = leaving;
  const found = ringOf(leaving);
  if (!found) return;
  const { at, ring } = found;
  for (const { address, bytes } of eventsSince(task, at, ring)) call.effects.push(session.memoryEffect(task.space.id, address, bytes));
  const header = task.tracee.read(at, RING_HEADER);
  if (header.length < RING_HEADER) return;
  ring.tail = viewOf(header).getUint32(RING_TAIL_AT, true);
  call.effects.push(session.memoryEffect(task.space.id, at, header));
}

/** Of these writes inotify does not tell. */
function noteWrittenFiles(session: RecordSession, task: GuestTask, requests: readonly Request[]): void {
  for (const { operation, descriptor } of requests) {
    if (!IOCB_WRITERS.has(operation)) continue;
    const file = HostFile.of(`/proc/${task.tid}/fd/${descriptor}`);
    if (file?.isRegular) session.objects.mayHaveChanged(file);
  }
}
