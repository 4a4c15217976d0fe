/**
 * Packets of a Perfetto trace (perfetto.dev/docs/reference/synthetic-track-event). The numbers are those of the fields in
 * trace_packet.proto, track_event.proto, track_descriptor.proto, process_descriptor.proto, thread_descriptor.proto,
 * counter_descriptor.proto and debug_annotation.proto.
 */
import { PbfWriter } from 'pbf';
import { PIECE } from '../base/pieces.js';

export type Packet = EventPacket | { readonly track: Track };

interface EventPacket {
  /** Nanoseconds. */
  readonly time: number;
  /** Of the track. */
  readonly track: number;
  readonly event: TrackEvent;
}

/** TrackEvent.Type */
export const TYPE = { begin: 1, end: 2, instant: 3, counter: 4 } as const;

export interface TrackEvent {
  readonly type: keyof typeof TYPE;
  readonly category?: string;
  readonly name?: string;
  /** counter: its new value. */
  readonly value?: number;
  readonly annotations?: Annotations;
}

/** Facts about an event, by name; those that are undefined are left out. */
export type Annotations = Readonly<Record<string, Fact | undefined>>;

/** A dictionary holds the facts in its members. */
type Fact = string | number | boolean | Dictionary;
export type Dictionary = Readonly<Record<string, string>>;

/** TrackDescriptor; `uuid` is not 0, and the parent comes before. */
export interface Track {
  readonly uuid: number;
  readonly parent?: number;
  readonly name?: string;
  readonly process?: { readonly pid: number; readonly name?: string; readonly command?: readonly string[] };
  readonly thread?: { readonly pid: number; readonly tid: number; readonly name: string };
  /** A counter of bytes. */
  readonly isCounter?: boolean;
}

const TRACE_PACKET = 1;
const SEQUENCE = 1;
/** TracePacket.SequenceFlags */
const SEQ_INCREMENTAL_STATE_CLEARED = 1;
/** CounterDescriptor.Unit */
const UNIT_SIZE_BYTES = 3;

/** Packets as bytes of a message Trace, in pieces. */
export function* packetBytes(packets: Iterable<Packet>): Generator<Uint8Array, undefined> {
  let pbf = new PbfWriter();
  let isFirst = true;
  for (const packet of packets) {
    pbf.writeMessage(TRACE_PACKET, isFirst ? writeFirst : writePacket, packet);
    isFirst = false;
    if (pbf.pos < PIECE) continue;
    yield pbf.finish();
    pbf = new PbfWriter();
  }
  if (pbf.pos > 0) yield pbf.finish();
}

function writeFirst(packet: Packet, pbf: PbfWriter): void {
  writePacket(packet, pbf);
  pbf.writeVarintField(13, SEQ_INCREMENTAL_STATE_CLEARED);
}

function writePacket(packet: Packet, pbf: PbfWriter): void {
  if ('event' in packet) pbf.writeVarintField(8, packet.time);
  pbf.writeVarintField(10, SEQUENCE);
  if ('event' in packet) pbf.writeMessage(11, writeEvent, packet);
  else pbf.writeMessage(60, writeTrack, packet.track);
}

function writeEvent({ track, event: { type, category, name, value, annotations = {} } }: EventPacket, pbf: PbfWriter): void {
  for (const [key, fact] of Object.entries(annotations)) {
    if (fact !== undefined) pbf.writeMessage(4, writeAnnotation, [key, fact] as const);
  }
  pbf.writeVarintField(9, TYPE[type]);
  pbf.writeVarintField(11, track);
  if (category !== undefined) pbf.writeStringField(22, category);
  if (name !== undefined) pbf.writeStringField(23, name);
  if (value !== undefined) pbf.writeVarintField(30, value);
}

function writeAnnotation([name, fact]: readonly [string, Fact], pbf: PbfWriter): void {
  if (typeof fact === 'boolean') pbf.writeBooleanField(2, fact);
  else if (typeof fact === 'number') pbf.writeVarintField(4, fact);
  else if (typeof fact === 'string') pbf.writeStringField(6, fact);
  pbf.writeStringField(10, name);
  if (typeof fact === 'object') for (const entry of Object.entries(fact)) pbf.writeMessage(11, writeAnnotation, entry);
}

function writeTrack({ uuid, parent, name, process, thread, isCounter }: Track, pbf: PbfWriter): void {
  pbf.writeVarintField(1, uuid);
  if (name !== undefined) pbf.writeStringField(2, name);
  if (process !== undefined) pbf.writeMessage(3, writeProcess, process);
  if (thread !== undefined) pbf.writeMessage(4, writeThread, thread);
  if (parent !== undefined) pbf.writeVarintField(5, parent);
  if (isCounter === true) pbf.writeMessage(8, writeCounter, undefined);
}

function writeProcess({ pid, name, command = [] }: NonNullable<Track['process']>, pbf: PbfWriter): void {
  pbf.writeVarintField(1, pid);
  for (const word of command) pbf.writeStringField(2, word);
  if (name !== undefined) pbf.writeStringField(6, name);
}

function writeThread({ pid, tid, name }: NonNullable<Track['thread']>, pbf: PbfWriter): void {
  pbf.writeVarintField(1, pid);
  pbf.writeVarintField(2, tid);
  pbf.writeStringField(5, name);
}

const writeCounter = (_: undefined, pbf: PbfWriter): void => pbf.writeVarintField(3, UNIT_SIZE_BYTES);
