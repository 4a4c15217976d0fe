/** keyctl(2) by operation: security/keys/keyctl.c, Linux 6.6. */
import { reads, writes, type Described, type Description } from '../argument.js';
import { cases, choice, numberIfNamed } from '../choice.js';
import { KEY_OPERATIONS } from '../constants/ipc.js';
import { count, returned, type Extent } from '../extent.js';
import { before } from '../guest.js';
import { bytes, opaque, text } from '../kinds/bytes.js';
import { choiceOf } from '../kinds/names.js';
import { bits64 } from '../kinds/numbers.js';
import { u32 } from '../little-endian.js';
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

const by = (named: Parameters<typeof cases<typeof KEY_OPERATIONS>>[1]): Description =>
  choice({ by: 'operation', cases: cases(KEY_OPERATIONS, named), otherwise: numberIfNamed(KEY_OPERATIONS) });

export const keyArguments: Readonly<Record<string, Described>> = {
  operation,
  argument2: by({
    KEYCTL_JOIN_SESSION_KEYRING: reads(text),
    KEYCTL_DH_COMPUTE: reads(opaque('keyctl_dh_params', 12)),
    KEYCTL_PKEY_ENCRYPT: reads(parameters),
    KEYCTL_PKEY_DECRYPT: reads(parameters),
    KEYCTL_PKEY_SIGN: reads(parameters),
    KEYCTL_PKEY_VERIFY: reads(parameters),
    KEYCTL_CAPABILITIES: writes(bytes, count('argument3')),
  }),
  argument3: by({
    KEYCTL_UPDATE: reads(bytes, count('argument4')),
    KEYCTL_DESCRIBE: listed,
    KEYCTL_READ: listed,
    KEYCTL_GET_SECURITY: listed,
    KEYCTL_SEARCH: reads(text),
    KEYCTL_INSTANTIATE: reads(bytes, count('argument4')),
    KEYCTL_INSTANTIATE_IOV: vector('argument4', 'in'),
    KEYCTL_DH_COMPUTE: writes(bytes, returned('argument4')),
    KEYCTL_RESTRICT_KEYRING: reads(text),
    KEYCTL_PKEY_QUERY: bits64,
    KEYCTL_PKEY_ENCRYPT: reads(text),
    KEYCTL_PKEY_DECRYPT: reads(text),
    KEYCTL_PKEY_SIGN: reads(text),
    KEYCTL_PKEY_VERIFY: reads(text),
  }),
  argument4: by({
    KEYCTL_SEARCH: reads(text),
    KEYCTL_RESTRICT_KEYRING: reads(text),
    KEYCTL_PKEY_QUERY: reads(text),
    KEYCTL_PKEY_ENCRYPT: keyInput,
    KEYCTL_PKEY_DECRYPT: keyInput,
    KEYCTL_PKEY_SIGN: keyInput,
    KEYCTL_PKEY_VERIFY: keyInput,
  }),
  argument5: by({
    KEYCTL_PKEY_QUERY: writes(opaque('keyctl_pkey_query', 56)),
    KEYCTL_PKEY_ENCRYPT: keyOutput,
    KEYCTL_PKEY_DECRYPT: keyOutput,
    KEYCTL_PKEY_SIGN: keyOutput,
    KEYCTL_PKEY_VERIFY: reads(bytes, lengthInParameters(OUT_LENGTH)),
  }),
};
