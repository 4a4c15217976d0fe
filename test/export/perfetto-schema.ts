/** What Perfetto's own .proto files say of the messages that are written, as far as they are used. */
import protobuf from 'protobufjs';

const PROTO = `
syntax = "proto2";
message Trace { repeated TracePacket packet = 1; }
message TracePacket {
  optional uint64 timestamp = 8;
  oneof data { TrackEvent track_event = 11; TrackDescriptor track_descriptor = 60; }
  oneof optional_trusted_packet_sequence_id { uint32 trusted_packet_sequence_id = 10; }
  optional uint32 sequence_flags = 13;
}
message TrackEvent {
  enum Type { TYPE_UNSPECIFIED = 0; TYPE_SLICE_BEGIN = 1; TYPE_SLICE_END = 2; TYPE_INSTANT = 3; TYPE_COUNTER = 4; }
  repeated DebugAnnotation debug_annotations = 4;
  optional Type type = 9;
  optional uint64 track_uuid = 11;
  repeated string categories = 22;
  oneof name_field { string name = 23; }
  oneof counter_value_field { int64 counter_value = 30; }
}
message DebugAnnotation {
  oneof name_field { string name = 10; }
  oneof value { bool bool_value = 2; int64 int_value = 4; string string_value = 6; }
  repeated DebugAnnotation dict_entries = 11;
}
message TrackDescriptor {
  optional uint64 uuid = 1;
  optional string name = 2;
  optional ProcessDescriptor process = 3;
  optional ThreadDescriptor thread = 4;
  optional uint64 parent_uuid = 5;
  optional CounterDescriptor counter = 8;
}
message ProcessDescriptor { optional int32 pid = 1; repeated string cmdline = 2; optional string process_name = 6; }
message ThreadDescriptor { optional int32 pid = 1; optional int32 tid = 2; optional string thread_name = 5; }
message CounterDescriptor {
  enum Unit { UNIT_UNSPECIFIED = 0; UNIT_TIME_NS = 1; UNIT_COUNT = 2; UNIT_SIZE_BYTES = 3; }
  optional Unit unit = 3;
}`;

const TRACE = protobuf.parse(PROTO, { keepCase: true }).root.lookupType('Trace');

export interface Annotation {
  readonly name: string;
  readonly bool_value?: boolean;
  readonly int_value?: number;
  readonly string_value?: string;
  readonly dict_entries?: readonly Annotation[];
}

export interface DecodedPacket {
  readonly timestamp?: number;
  readonly trusted_packet_sequence_id?: number;
  readonly sequence_flags?: number;
  readonly track_event?: {
    readonly type: 'TYPE_SLICE_BEGIN' | 'TYPE_SLICE_END' | 'TYPE_INSTANT' | 'TYPE_COUNTER';
    readonly track_uuid: number;
    readonly categories?: readonly string[];
    readonly name?: string;
    readonly counter_value?: number;
    readonly debug_annotations?: readonly Annotation[];
  };
  readonly track_descriptor?: {
    readonly uuid: number;
    readonly parent_uuid?: number;
    readonly name?: string;
    readonly process?: { readonly pid: number; readonly cmdline?: readonly string[]; readonly process_name?: string };
    readonly thread?: { readonly pid: number; readonly tid: number; readonly thread_name: string };
    readonly counter?: { readonly unit: string };
  };
}

/** Throws where the bytes are no message Trace, or hold fields that the schema does not have. */
export function decodePerfetto(bytes: Uint8Array): DecodedPacket[] {
  const message = TRACE.decode(bytes);
  if (TRACE.encode(message).finish().length !== bytes.length) throw new Error('there are fields that the schema does not have');
  return (TRACE.toObject(message, { longs: Number, enums: String }) as { packet: DecodedPacket[] }).packet;
}
