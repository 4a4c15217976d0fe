/**
 * Messages with addresses, buffers and control data: struct user_msghdr and mmsghdr,
 * include/linux/socket.h, checked against Linux 6.6. What the kernel changes of the header:
 * net/socket.c (____sys_recvmsg).
 */
import type { MemoryInput } from '../../trace/events.js';
import type { Description } from '../argument.js';
import { before, keepInput, noteRange, showPointer, type CallView, type CapturedRange } from '../guest.js';
import { bytes as anyBytes } from '../kinds/bytes.js';
import { showList, showScalar, showWhole, type MemoryKind, type Wording } from '../kinds/kind.js';
import { choiceOf } from '../kinds/names.js';
import { level, messageFlags } from '../kinds/sockets.js';
import { sockaddr } from '../kinds/sockaddr.js';
import { struct } from '../kinds/struct.js';
import { address, descriptor, int, size, uint } from '../kinds/numbers.js';
import { i32, u32, u64 } from '../little-endian.js';
import { EFAULT } from '../outcome.js';
import { keepVector, keepVectorData, noteVector, showVector, type Vector } from './iovec.js';

export const msghdr = struct('msghdr', 56, {
  msg_name: [0, address],
  msg_namelen: [8, int],
  msg_iov: [16, address],
  msg_iovlen: [24, size],
  msg_control: [32, address],
  msg_controllen: [40, size],
  msg_flags: [48, int],
});
const mmsghdr = struct('mmsghdr', 64, { msg_hdr: [0, msghdr], msg_len: [56, uint] });

const NAME_LENGTH = 8;
const CONTROL_LENGTH = 40;
/** msg_controllen and msg_flags lie side by side. */
const CONTROL_LENGTH_AND_FLAGS = 12;
const MESSAGE_LENGTH = 56;
/** UIO_MAXIOV limits messages too. */
const MOST = 1024;

interface Message {
  readonly argument: number;
  /** Of the header. */
  readonly at: number;
}

interface Header {
  readonly name: number;
  readonly nameLength: number;
  readonly vector: Vector;
  readonly control: number;
  readonly controlLength: number;
}

function headerFound(call: CallView, { argument, at }: Message): Header | undefined {
  const bytes = before(call, at, msghdr.size);
  if (bytes.length < msghdr.size) return undefined;
  return {
    name: u64(bytes, 0),
    nameLength: u32(bytes, NAME_LENGTH),
    vector: { argument, address: u64(bytes, 16), count: u64(bytes, 24) },
    control: u64(bytes, 32),
    controlLength: u64(bytes, CONTROL_LENGTH),
  };
}

function keepSent(call: CallView, to: MemoryInput[], message: Message): void {
  const { argument, at } = message;
  keepInput(call, to, { argument, address: at, length: msghdr.size });
  const header = headerFound(call, message);
  if (!header) return;
  keepInput(call, to, { argument, address: header.name, length: header.nameLength });
  keepVectorData(call, to, header.vector);
  keepInput(call, to, { argument, address: header.control, length: header.controlLength });
}

function keepReceiving(call: CallView, to: MemoryInput[], message: Message): void {
  keepInput(call, to, { argument: message.argument, address: message.at, length: msghdr.size });
  const header = headerFound(call, message);
  if (header) keepVector(call, to, header.vector);
}

interface Received {
  readonly call: CallView;
  readonly to: CapturedRange[];
  readonly message: Message;
  /** Bytes of data; more than the buffers hold where MSG_TRUNC was asked for. */
  readonly length: number;
}

function noteReceived({ call, to, message, length }: Received): void {
  const header = headerFound(call, message);
  if (!header) return;
  const { at } = message;
  const left = call.left.read(at, msghdr.size);
  noteVector({ call, to, vector: header.vector, total: length });
  if (header.name !== 0) {
    noteRange(to, header.name, Math.min(header.nameLength, u32(left, NAME_LENGTH)));
    noteRange(to, at + NAME_LENGTH, 4);
  }
  noteRange(to, header.control, Math.min(header.controlLength, u64(left, CONTROL_LENGTH)));
  noteRange(to, at + CONTROL_LENGTH, CONTROL_LENGTH_AND_FLAGS);
}

function showMessage({ call, message, length, received }: { call: CallView; message: Message; length: number; received: boolean }): string {
  const header = headerFound(call, message);
  if (!header) return showPointer(call, message.at);
  const read = received
    ? (from: number, count: number) => call.left.read(from, count)
    : (from: number, count: number) => before(call, from, count);
  const after = received ? call.left.read(message.at, msghdr.size) : new Uint8Array();
  const lengthNow = (at: number, given: number): number => (after.length === msghdr.size ? Math.min(u64(after, at), given) : given);
  const nameLength = Math.min(header.nameLength, lengthNow(NAME_LENGTH, 2 ** 53) % 2 ** 32);
  const controlLength = lengthNow(CONTROL_LENGTH, header.controlLength);
  const name = header.name === 0 ? 'NULL' : showRead(call, { bytes: read(header.name, nameLength), at: header.name, kind: sockaddr });
  const control = header.control === 0 ? 'NULL' : showRead(call, { bytes: read(header.control, controlLength), at: header.control, kind: anyBytes });
  const vector = showVector(call, header.vector, { total: length, read });
  const { words } = call;
  if (words?.style) {
    // Only the changed members are told of where the memory is a trace's.
    const member = (at: number, length: number): Uint8Array => {
      const now = received ? call.left.read(message.at + at, length) : new Uint8Array();
      return now.length === length ? now : before(call, message.at, msghdr.size).subarray(at, at + length);
    };
    const controlNow = Math.min(u64(member(CONTROL_LENGTH, 8), 0), header.controlLength);
    const bytes = header.control === 0 ? new Uint8Array() : read(header.control, controlNow);
    const messages = bytes.length < controlNow ? control : showControl(bytes, words);
    const shownControl = header.control === 0 || controlNow === 0 ? '' : `, msg_control=${messages}`;
    return `{msg_name=${name}, msg_namelen=${nameLength}, msg_iov=${vector}, msg_iovlen=${header.vector.count}${shownControl}, msg_controllen=${controlNow}, msg_flags=${showScalar(messageFlags, BigInt(u32(member(48, 4), 0)), words)}}`;
  }
  return `{msg_name=${name}, msg_iov=${vector}, msg_control=${control}, msg_controllen=${controlLength}}`;
}

const CONTROL_HEADER = 16;
const SOL_SOCKET = 1;
const CONTROL_TYPES = choiceOf('control message', { SCM_RIGHTS: 1, SCM_CREDENTIALS: 2, SCM_SECURITY: 3 });
const SCM_RIGHTS = 1;
const SCM_CREDENTIALS = 2;

/** struct cmsghdr, linux/socket.h: descriptors and credentials by field, others as bytes. */
function showControl(bytes: Uint8Array, words: Wording): string {
  const shown: string[] = [];
  for (let at = 0; at + CONTROL_HEADER <= bytes.length; ) {
    const length = u64(bytes, at);
    if (length < CONTROL_HEADER || at + length > bytes.length) break;
    const data = bytes.subarray(at + CONTROL_HEADER, at + length);
    const [ofLevel, type] = [u32(bytes, at + 8), u32(bytes, at + 12)];
    const typeName = ofLevel === SOL_SOCKET ? showScalar(CONTROL_TYPES, BigInt(type), words) : `0x${type.toString(16)}`;
    shown.push(`{cmsg_len=${length}, cmsg_level=${showScalar(level, BigInt(ofLevel), words)}, cmsg_type=${typeName}${controlData(ofLevel === SOL_SOCKET ? type : 0, data, words)}}`);
    at += Math.ceil(length / 8) * 8;
  }
  return `[${shown.join(', ')}]`;
}

function controlData(type: number, data: Uint8Array, words: Wording): string {
  if (data.length === 0) return '';
  if (type === SCM_RIGHTS) return `, cmsg_data=${showList(descriptor, data, data.length, words)}`;
  if (type === SCM_CREDENTIALS && data.length >= 12) return `, cmsg_data={pid=${i32(data, 0)}, uid=${u32(data, 4)}, gid=${u32(data, 8)}}`;
  return `, cmsg_data=${showWhole(anyBytes, data, data.length, words)}`;
}

const showRead = (call: CallView, { bytes, at, kind }: { bytes: Uint8Array; at: number; kind: MemoryKind }): string =>
  bytes.length > 0 ? showWhole(kind, bytes, bytes.length, call.words) : showPointer(call, at);

/** The message that sendmsg sends. */
export const sentMessage: Description = {
  kind: msghdr,
  direction: 'in',
  bind({ index, register }) {
    const message = (call: CallView): Message => ({ argument: index, at: call.args.number(register) });
    return {
      inputs: (call, to) => keepSent(call, to, message(call)),
      show: (call) => showMessage({ call, message: message(call), length: Infinity, received: false }),
    };
  },
};

/** The message that recvmsg fills. */
export const receivedMessage: Description = {
  kind: msghdr,
  direction: 'inout',
  bind({ index, register }) {
    const message = (call: CallView): Message => ({ argument: index, at: call.args.number(register) });
    return {
      inputs: (call, to) => keepReceiving(call, to, message(call)),
      outputs(call, to) {
        const length = call.result === EFAULT ? Infinity : call.result;
        if (length >= 0) noteReceived({ call, to, message: message(call), length });
      },
      show: (call) => showMessage({ call, message: message(call), length: call.result, received: true }),
    };
  },
};

const nth = (first: number, index: number): number => first + index * mmsghdr.size;

/** The messages that sendmmsg sends; the kernel writes how much of each. */
export const sentMessages = (countName: string): Description => ({
  kind: mmsghdr,
  direction: 'inout',
  bind({ index, register, neighbour }) {
    const count = neighbour(countName);
    return {
      inputs(call, to) {
        const first = call.args.number(register);
        const messages = Math.min(count(call.args), MOST);
        for (let at = 0; at < messages; at++) keepSent(call, to, { argument: index, at: nth(first, at) });
      },
      outputs(call, to) {
        const first = call.args.number(register);
        for (let at = 0; at < call.result; at++) noteRange(to, nth(first, at) + MESSAGE_LENGTH, 4);
      },
      show: (call) => showMessages({ call, first: call.args.number(register), count: count(call.args), received: false }),
    };
  },
});

/** The messages that recvmmsg fills; the result is how many. */
export const receivedMessages = (countName: string): Description => ({
  kind: mmsghdr,
  direction: 'inout',
  bind({ index, register, neighbour }) {
    const count = neighbour(countName);
    return {
      inputs(call, to) {
        const first = call.args.number(register);
        const messages = Math.min(count(call.args), MOST);
        for (let at = 0; at < messages; at++) keepReceiving(call, to, { argument: index, at: nth(first, at) });
      },
      outputs(call, to) {
        const first = call.args.number(register);
        for (let at = 0; at < call.result; at++) {
          const message = { argument: index, at: nth(first, at) };
          const length = u32(call.left.read(message.at + MESSAGE_LENGTH, 4), 0);
          noteReceived({ call, to, message, length });
          noteRange(to, message.at + MESSAGE_LENGTH, 4);
        }
      },
      show: (call) => showMessages({ call, first: call.args.number(register), count: call.result, received: true }),
    };
  },
});

function showMessages({ call, first, count, received }: { call: CallView; first: number; count: number; received: boolean }): string {
  if (!(count > 0)) return showPointer(call, first);
  const shown: string[] = [];
  for (let index = 0; index < Math.min(count, 8); index++) {
    const message = { argument: 1, at: nth(first, index) };
    const length = u32(call.left.read(message.at + MESSAGE_LENGTH, 4), 0);
    shown.push(`{msg_hdr=${showMessage({ call, message, length: received ? length : Infinity, received })}, msg_len=${length}}`);
  }
  if (count > shown.length) shown.push('...');
  return `[${shown.join(', ')}]`;
}
