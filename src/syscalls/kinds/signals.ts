/**
 * Signals: include/uapi/asm-generic/siginfo.h, signal.h, arch/x86/include/uapi/asm/signal.h,
 * checked against Linux 6.1. The kernel's sigaction, not the C library's.
 */
import * as constants from '../constants/signals.js';
import { SIGNALFD_FLAGS } from '../constants/signals.js';
import { signalName } from '../names.js';
import { showSiginfo } from '../siginfo.js';
import { bytes as anyBytes } from './bytes.js';
import { PLAIN, showScalar, type MemoryKind } from './kind.js';
import { choiceOf, flagsOf } from './names.js';
import { address, bits64, hex, int, processId, scalar, size, userId } from './numbers.js';
import { membersOf } from './polling.js';
import { styled } from './styled.js';
import { membersShown, struct } from './struct.js';
import { i32, u32, u64 } from '../little-endian.js';

export const signal = scalar('signal', {
  bytes: 4,
  signed: true,
  show: (value) => signalName(Number(value)),
  strace: (value, style) => styled(style, value.toString(), signalName(Number(value))),
});
export const maskChange = choiceOf('mask change', constants.MASK_CHANGES);
export const signalfdFlags = flagsOf('signalfd flags', SIGNALFD_FLAGS);

/** sigset_t of the kernel, 8 bytes. Bit 0 is signal 1. */
export const signalSet: MemoryKind = {
  name: 'signal set',
  size: 8,
  compare: 'same',
  whole: true,
  strace(bytes, _length, { style }) {
    const named = (bit: number): string => styled(style, `${bit + 1}`, signalName(bit + 1).replace(/^SIG/, ''));
    const members = membersOf(bytes);
    if (members.length < 32) return `[${members.map(named).join(' ')}]`;
    return `~[${membersOf(bytes.map((byte) => ~byte)).map(named).join(' ')}]`;
  },
  show(bytes) {
    const members = membersOf(bytes);
    if (members.length <= 32) return `[${members.map((bit) => signalName(bit + 1).replace(/^SIG/, '')).join(' ')}]`;
    const missing = membersOf(bytes.map((byte) => ~byte));
    return `~[${missing.map((bit) => signalName(bit + 1).replace(/^SIG/, '')).join(' ')}]`;
  },
};

const SIG_NAMES: ReadonlyMap<bigint, string> = new Map([
  [0n, 'SIG_DFL'],
  [1n, 'SIG_IGN'],
]);
const handler = scalar('handler', {
  bytes: 8,
  compare: 'address',
  show: (value) => SIG_NAMES.get(value) ?? address.show(value),
  strace: (value, style) => styled(style, hex(value), SIG_NAMES.get(value)),
});

const wholeAction = struct('sigaction', 32, {
  sa_handler: [0, handler],
  sa_mask: [24, signalSet],
  sa_flags: [8, flagsOf('action flags', constants.ACTION_FLAGS, { bytes: 8, doubt: 'SA_???', last: ['SA_RESTORER', 'SA_ONSTACK', 'SA_RESTART', 'SA_NODEFER', 'SA_RESETHAND', 'SA_SIGINFO', 'SA_NOCLDSTOP', 'SA_NOCLDWAIT'] })],
  sa_restorer: [16, address],
});
const withoutRestorer = wholeAction.members!.filter(({ name }) => name !== 'sa_restorer');
export const sigaction: MemoryKind = {
  ...wholeAction,
  strace(bytes, length, words) {
    if (u32(bytes, 8) & constants.ACTION_FLAGS.SA_RESTORER) return wholeAction.show(bytes, length, words);
    return `{${membersShown(withoutRestorer, bytes, words)}}`;
  },
};
export const signalStack = struct('stack_t', 24, {
  ss_sp: [0, address],
  ss_flags: [8, flagsOf('stack flags', constants.STACK_FLAGS)],
  ss_size: [16, size],
});
const wholeEvent = struct('sigevent', 64, {
  sigev_value: [0, bits64],
  sigev_signo: [8, signal],
  sigev_notify: [12, choiceOf('notification', constants.NOTIFICATIONS)],
  sigev_notify_thread_id: [16, processId],
});
const SIGEV_VALUE = 0;
const eventMembers = (names: readonly string[]): NonNullable<MemoryKind['members']> => names.flatMap((name) => wholeEvent.members!.filter((member) => member.name === name));
export const sigevent: MemoryKind = {
  ...wholeEvent,
  strace(bytes, _length, words) {
    const value = u64(bytes, SIGEV_VALUE);
    const given = value === 0 ? '' : `sigev_value={sival_int=${i32(bytes, SIGEV_VALUE)}, sival_ptr=0x${value.toString(16)}}, `;
    const thread = i32(bytes, 12) === constants.NOTIFICATIONS.SIGEV_THREAD_ID ? ['sigev_notify_thread_id'] : [];
    return `{${given}${membersShown(eventMembers(['sigev_signo', 'sigev_notify', ...thread]), bytes, words)}}`;
  },
};

const codes = choiceOf('signal code', constants.SIGINFO_CODES, { signed: true, unknown: (value) => value.toString() });

const SIGINFO_SIZE = 128;

function padded(bytes: Uint8Array): Uint8Array {
  const whole = new Uint8Array(SIGINFO_SIZE);
  whole.set(bytes.subarray(0, SIGINFO_SIZE));
  return whole;
}

/** siginfo_t, 128 bytes. */
export const siginfo: MemoryKind = {
  name: 'siginfo',
  size: SIGINFO_SIZE,
  compare: 'same',
  whole: true,
  members: [
    { name: 'si_signo', at: 0, kind: signal },
    { name: 'si_errno', at: 4, kind: int },
    { name: 'si_code', at: 8, kind: codes },
    { name: 'si_pid', at: 16, kind: processId },
    { name: 'si_uid', at: 20, kind: userId },
  ],
  strace: (bytes, _length, words) => (i32(bytes, 0) === 0 ? '{}' : showSiginfo(padded(bytes), words)),
  show(bytes, _length, words = PLAIN) {
    if (words !== PLAIN) return showSiginfo(padded(bytes), words);
    if (bytes.length < 24) return anyBytes.show(bytes, bytes.length);
    if (i32(bytes, 0) === 0) return '{}';
    return `{si_signo=${signalName(i32(bytes, 0))}, si_code=${codes.show(BigInt(i32(bytes, 8)))}, si_pid=${showScalar(processId, BigInt(i32(bytes, 16)), words)}, si_uid=${i32(bytes, 20)}}`;
  },
};
/** What a call that masks signals while it waits is given: a set and its size (pselect6, io_pgetevents). */
export const maskArgument = struct('mask argument', 16, { sigmask: [0, address], sigsetsize: [8, size] });
