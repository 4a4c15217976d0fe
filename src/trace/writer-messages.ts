/** What the recorder's thread and the thread that writes the trace tell each other. */
import type { MessagePort } from 'node:worker_threads';
import type { TroubleKind } from '../base/errors.js';
import type { ByteInput, ByteOutput } from './byte-stream.js';
import { getContent, getEvent, getObject, putContent, putEvent, putObject } from './event-bytes.js';
import type { EndFacts, MemoryObject, NewEvent, ObjectContent } from './events.js';

/** What the writing thread gets when it is made. */
export interface WriterThreadData {
  readonly pipe: SharedArrayBuffer;
  readonly status: SharedArrayBuffer;
  /** Takes a Failure, if there is one, before the thread ends. */
  readonly failures: MessagePort;
}

/** Why the writing thread stopped. */
export interface Failure {
  /** Absent where it was no Trouble: a bug. */
  readonly kind?: TroubleKind;
  readonly message: string;
  readonly stack?: string | undefined;
}

/** What the writing thread can be asked for, and what comes with it. */
export interface Requests {
  /** Goes on with the trace of that name. */
  open: string;
  append: NewEvent;
  object: MemoryObject;
  content: ObjectContent;
  commit: undefined;
  finish: EndFacts;
  close: undefined;
}

export type RequestName = keyof Requests;

type Form<Value> = readonly [put: (to: ByteOutput, value: Value) => void, get: (from: ByteInput) => Value];

const NOTHING: Form<undefined> = [() => undefined, () => undefined];

const FORMS: { readonly [Name in RequestName]: Form<Requests[Name]> } = {
  open: [(to, path) => to.text(path), (from) => from.text()],
  append: [putEvent, getEvent],
  object: [putObject, getObject],
  content: [putContent, getContent],
  commit: NOTHING,
  finish: [
    (to, end) => {
      to.number(end.status);
      to.number(end.duration);
    },
    (from) => ({ status: from.number(), duration: from.number() }),
  ],
  close: NOTHING,
};
const NAMES = Object.keys(FORMS) as readonly RequestName[];

export function putRequest<Name extends RequestName>(to: ByteOutput, name: Name, value: Requests[Name]): void {
  to.byte(NAMES.indexOf(name));
  FORMS[name][0](to, value);
}

/** The name of a request and what comes with it. */
export function getRequest(from: ByteInput): [name: RequestName, value: Requests[RequestName]] {
  const name = NAMES[from.byte()]!;
  return [name, FORMS[name][1](from)];
}
