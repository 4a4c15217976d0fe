/** A value in a log, as the tool wrote it down: what both notations come to. */

export type Value = { readonly text: string } & (
  | NumberValue
  | StringValue
  | ListValue
  | StructValue
  | ChangeValue
  | PointerValue
  | { readonly type: 'unknown' }
);

/** A number, a constant's name, or several of them joined. */
export interface NumberValue {
  readonly type: 'number';
  readonly value: bigint;
  /** What the log says beside it: the path of a descriptor. */
  readonly note?: string;
}

export interface StringValue {
  readonly type: 'string';
  readonly bytes: Uint8Array;
  /** The tool did not write all of it. */
  readonly cut: boolean;
}

export interface ListValue {
  readonly type: 'list';
  readonly items: readonly Value[];
  readonly cut: boolean;
  /** A set, given by what is not in it. */
  readonly inverted: boolean;
}

export interface Member {
  /** Absent where the tool wrote the value alone. */
  readonly name?: string;
  readonly value: Value;
}

export interface StructValue {
  readonly type: 'struct';
  readonly members: readonly Member[];
  readonly cut: boolean;
}

/** What was there before the call, and after it. */
export interface ChangeValue {
  readonly type: 'change';
  readonly before: Value;
  readonly after: Value;
}

/** An address with what lies there. */
export interface PointerValue {
  readonly type: 'pointer';
  readonly address: bigint;
  readonly content: Value;
}

/** A call as a log has it. */
export interface LoggedCall {
  readonly name: string;
  readonly arguments: readonly Member[];
  /** Signed, errors negative. Absent where it did not return. */
  readonly result?: bigint;
  /** What the log says behind the result. */
  readonly remark?: string;
}
