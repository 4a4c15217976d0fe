/** keyctl(2) by operation: security/keys/keyctl.c, Linux 6.6. */
import { reads, writes, type Described, type Description } from '../argument.js';
import { cases, choice, undescribed, unused } from '../choice.js';
import { KEY_OPERATIONS } from '../constants/ipc.js';
import { count, returned, type Extent } from '../extent.js';
import { before } from '../guest.js';
import { bytes, opaque, text } from '../kinds/bytes.js';
import { choiceOf } from '../kinds/names.js';
import { bits32, bits64, descriptor, identifier, int, long, size, uint, userId } from '../kinds/numbers.js';
import { u32 } from '../little-endian.js';
import type { ResultChoice } from '../row.js';
import { vector } from './iovec.js';

const operation = choiceOf('key operation', KEY_OPERATIONS);
const parameters = opaque('keyctl_pkey_params', 40);
const listed = writes(bytes, returned('argument4'));

/** The lengths in keyctl_pkey_params: of what comes in, and of what goes out. */
const IN_LENGTH = 8;
const OUT_LENGTH = 4;
const lengthInParameters = (at: number): Extent => ({
  bind({ neighbour }) {
    const pointer = neighbour('argument2');
    return (call) => u32(before(call, pointer(call.args) + at, 4), 0);
  },
});
const keyInput = reads(bytes, lengthInParameters(IN_LENGTH));
const keyOutput = writes(bytes, lengthInParameters(OUT_LENGTH));

/** Operations without the argument do not look at it; of unknown ones nothing is known. */
const by = (named: Parameters<typeof cases<typeof KEY_OPERATIONS>>[1]): Description =>
  choice({ by: 'operation', cases: cases(KEY_OPERATIONS, named), otherwise: (operation) => (OPERATIONS.has(operation) ? unused : undescribed) });
const OPERATIONS: ReadonlySet<number> = new Set(Object.values(KEY_OPERATIONS));

/** Key or keyring; below zero one of KEY_SPEC_*, linux/keyctl.h. */
const key = identifier;

export const keyArguments: Readonly<Record<string, Described>> = {
  operation,
  argument2: by({
    KEYCTL_GET_KEYRING_ID: key,
    KEYCTL_JOIN_SESSION_KEYRING: reads(text),
    KEYCTL_UPDATE: key,
    KEYCTL_REVOKE: key,
    KEYCTL_CHOWN: key,
    KEYCTL_SETPERM: key,
    KEYCTL_DESCRIBE: key,
    KEYCTL_CLEAR: key,
    KEYCTL_LINK: key,
    KEYCTL_UNLINK: key,
    KEYCTL_SEARCH: key,
    KEYCTL_READ: key,
    KEYCTL_INSTANTIATE: key,
    KEYCTL_NEGATE: key,
    KEYCTL_SET_REQKEY_KEYRING: int,
    KEYCTL_SET_TIMEOUT: key,
    KEYCTL_ASSUME_AUTHORITY: key,
    KEYCTL_GET_SECURITY: key,
    KEYCTL_REJECT: key,
    KEYCTL_INSTANTIATE_IOV: key,
    KEYCTL_INVALIDATE: key,
    KEYCTL_GET_PERSISTENT: userId,
    KEYCTL_DH_COMPUTE: reads(opaque('keyctl_dh_params', 12)),
    KEYCTL_PKEY_QUERY: key,
    KEYCTL_PKEY_ENCRYPT: reads(parameters),
    KEYCTL_PKEY_DECRYPT: reads(parameters),
    KEYCTL_PKEY_SIGN: reads(parameters),
    KEYCTL_PKEY_VERIFY: reads(parameters),
    KEYCTL_RESTRICT_KEYRING: key,
    KEYCTL_MOVE: key,
    KEYCTL_CAPABILITIES: writes(bytes, count('argument3')),
    KEYCTL_WATCH_KEY: key,
  }),
  argument3: by({
    KEYCTL_GET_KEYRING_ID: int,
    KEYCTL_UPDATE: reads(bytes, count('argument4')),
    KEYCTL_CHOWN: userId,
    KEYCTL_SETPERM: bits32,
    KEYCTL_DESCRIBE: listed,
    KEYCTL_LINK: key,
    KEYCTL_UNLINK: key,
    KEYCTL_SEARCH: reads(text),
    KEYCTL_READ: listed,
    KEYCTL_INSTANTIATE: reads(bytes, count('argument4')),
    KEYCTL_NEGATE: uint,
    KEYCTL_SET_TIMEOUT: uint,
    KEYCTL_GET_SECURITY: listed,
    KEYCTL_REJECT: uint,
    KEYCTL_INSTANTIATE_IOV: vector('argument4', 'in'),
    KEYCTL_GET_PERSISTENT: key,
    KEYCTL_DH_COMPUTE: writes(bytes, returned('argument4')),
    KEYCTL_PKEY_QUERY: bits64,
    KEYCTL_PKEY_ENCRYPT: reads(text),
    KEYCTL_PKEY_DECRYPT: reads(text),
    KEYCTL_PKEY_SIGN: reads(text),
    KEYCTL_PKEY_VERIFY: reads(text),
    KEYCTL_RESTRICT_KEYRING: reads(text),
    KEYCTL_MOVE: key,
    KEYCTL_CAPABILITIES: size,
    KEYCTL_WATCH_KEY: descriptor,
  }),
  argument4: by({
    KEYCTL_UPDATE: size,
    KEYCTL_CHOWN: userId,
    KEYCTL_DESCRIBE: size,
    KEYCTL_SEARCH: reads(text),
    KEYCTL_READ: size,
    KEYCTL_INSTANTIATE: size,
    KEYCTL_NEGATE: key,
    KEYCTL_GET_SECURITY: size,
    KEYCTL_REJECT: uint,
    KEYCTL_INSTANTIATE_IOV: uint,
    KEYCTL_DH_COMPUTE: size,
    KEYCTL_PKEY_QUERY: reads(text),
    KEYCTL_PKEY_ENCRYPT: keyInput,
    KEYCTL_PKEY_DECRYPT: keyInput,
    KEYCTL_PKEY_SIGN: keyInput,
    KEYCTL_PKEY_VERIFY: keyInput,
    KEYCTL_RESTRICT_KEYRING: reads(text),
    KEYCTL_MOVE: key,
    KEYCTL_WATCH_KEY: int,
  }),
  argument5: by({
    KEYCTL_SEARCH: key,
    KEYCTL_INSTANTIATE: key,
    KEYCTL_REJECT: key,
    KEYCTL_INSTANTIATE_IOV: key,
    KEYCTL_DH_COMPUTE: undescribed,
    KEYCTL_PKEY_QUERY: writes(opaque('keyctl_pkey_query', 56)),
    KEYCTL_PKEY_ENCRYPT: keyOutput,
    KEYCTL_PKEY_DECRYPT: keyOutput,
    KEYCTL_PKEY_SIGN: keyOutput,
    KEYCTL_PKEY_VERIFY: reads(bytes, lengthInParameters(OUT_LENGTH)),
    KEYCTL_MOVE: bits32,
  }),
};

/** Some operations answer with a key. */
export const keyResult: ResultChoice = {
  by: 'operation',
  cases: new Map(
    [KEY_OPERATIONS.KEYCTL_GET_KEYRING_ID, KEY_OPERATIONS.KEYCTL_JOIN_SESSION_KEYRING, KEY_OPERATIONS.KEYCTL_SEARCH, KEY_OPERATIONS.KEYCTL_GET_PERSISTENT].map((each) => [each, key]),
  ),
  otherwise: long,
};
