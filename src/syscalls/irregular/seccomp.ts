/** seccomp(2) by operation: kernel/seccomp.c, Linux 6.6. */
import { reads, writes, type Description } from '../argument.js';
import { cases, choice, unused } from '../choice.js';
import { SECCOMP_OPERATIONS } from '../constants/processes.js';
import { before, keepInput } from '../guest.js';
import { opaque } from '../kinds/bytes.js';
import { address, bits32 } from '../kinds/numbers.js';
import { socketFilter } from '../kinds/processes.js';
import { u16, u64 } from '../little-endian.js';

const INSTRUCTION = 8;
const program = reads(socketFilter);

/** The program and its instructions. */
const filter: Description = {
  ...program,
  bind(place) {
    const plan = program.bind(place);
    return {
      ...plan,
      inputs(call, to) {
        plan.inputs?.(call, to);
        const header = before(call, call.args.number(place.register), socketFilter.size);
        keepInput(call, to, { argument: place.index, address: u64(header, 8), length: u16(header, 0) * INSTRUCTION });
      },
    };
  },
};

export const seccompArgument = (operationName: string): Description =>
  choice({
    by: operationName,
    cases: cases(SECCOMP_OPERATIONS, {
      SECCOMP_SET_MODE_STRICT: unused,
      SECCOMP_SET_MODE_FILTER: filter,
      SECCOMP_GET_ACTION_AVAIL: reads(bits32),
      SECCOMP_GET_NOTIF_SIZES: writes(opaque('seccomp_notif_sizes', 6)),
    }),
    otherwise: address,
  });
