/** prctl(2) by option: kernel/sys.c, Linux 6.12. Options that are not named here take numbers. */
import { reads, writes, type Described } from '../argument.js';
import { cases, choice, numberIfNamed, unused } from '../choice.js';
import { PRCTL_OPTIONS } from '../constants/prctl.js';
import { count, firstBytes, returned } from '../extent.js';
import { bytes, text, textField } from '../kinds/bytes.js';
import { choiceOf } from '../kinds/names.js';
import { address, bits64, int, ulong } from '../kinds/numbers.js';
import { socketFilter } from '../kinds/processes.js';
import { signal } from '../kinds/signals.js';

const option = choiceOf('prctl option', PRCTL_OPTIONS, { signed: true });

/** TASK_COMM_LEN: the name of a thread with its zero byte. */
const threadName = textField(16);

/** PR_SET_MM operations that take memory. */
const SET_MM = { PR_SET_MM_AUXV: 12, PR_SET_MM_MAP: 14, PR_SET_MM_MAP_SIZE: 15 } as const;
/** struct prctl_mm_map */
const MM_MAP = 104;

const NO_MORE = cases(PRCTL_OPTIONS, {
  PR_GET_DUMPABLE: unused,
  PR_SET_DUMPABLE: unused,
  PR_SET_PDEATHSIG: unused,
  PR_GET_PDEATHSIG: unused,
  PR_SET_NAME: unused,
  PR_GET_NAME: unused,
  PR_GET_KEEPCAPS: unused,
  PR_SET_KEEPCAPS: unused,
  PR_SET_TSC: unused,
  PR_GET_TSC: unused,
  PR_GET_SECCOMP: unused,
  PR_CAPBSET_READ: unused,
  PR_CAPBSET_DROP: unused,
  PR_SET_TIMERSLACK: unused,
  PR_GET_TIMERSLACK: unused,
  PR_SET_CHILD_SUBREAPER: unused,
  PR_GET_CHILD_SUBREAPER: unused,
  PR_SET_PTRACER: unused,
});

const following: Described = choice({ by: 'option', cases: NO_MORE, otherwise: bits64 });

export const prctlArguments: Readonly<Record<string, Described>> = {
  option,
  argument2: choice({
    by: 'option',
    cases: cases(PRCTL_OPTIONS, {
      PR_SET_PDEATHSIG: signal,
      PR_GET_PDEATHSIG: writes(int),
      PR_GET_DUMPABLE: unused,
      PR_GET_KEEPCAPS: unused,
      PR_GET_SECCOMP: unused,
      PR_GET_TIMERSLACK: unused,
      PR_SET_NAME: reads(threadName),
      PR_GET_NAME: writes(threadName),
      PR_GET_TSC: writes(int),
      PR_GET_ENDIAN: writes(int),
      PR_GET_FPEMU: writes(int),
      PR_GET_FPEXC: writes(int),
      PR_GET_UNALIGN: writes(int),
      PR_GET_CHILD_SUBREAPER: writes(int),
      PR_GET_TID_ADDRESS: writes(address),
      PR_GET_SHADOW_STACK_STATUS: writes(ulong),
      PR_SET_DUMPABLE: ulong,
      PR_GET_AUXV: writes(bytes, returned('argument3')),
    }),
    otherwise: numberIfNamed(PRCTL_OPTIONS),
  }),
  argument3: choice({
    by: 'option',
    // seccomp's filter: SECCOMP_MODE_FILTER is the only mode that takes one.
    cases: new Map([...NO_MORE, ...cases(PRCTL_OPTIONS, { PR_SET_SECCOMP: reads(socketFilter), PR_SET_MM: setMemory() })]),
    otherwise: bits64,
  }),
  argument4: following,
  argument5: choice({
    by: 'option',
    // PR_SCHED_CORE_GET stores the cookie there; PR_SET_VMA reads a name.
    cases: new Map([...NO_MORE, ...cases(PRCTL_OPTIONS, { PR_SCHED_CORE: schedulingCookie(), PR_SET_VMA: reads(text) })]),
    otherwise: bits64,
  }),
};

function setMemory(): ReturnType<typeof choice> {
  return choice({
    by: 'argument2',
    cases: new Map([
      [SET_MM.PR_SET_MM_AUXV, reads(bytes, count('argument4'))],
      [SET_MM.PR_SET_MM_MAP, reads(bytes, firstBytes(MM_MAP))],
      [SET_MM.PR_SET_MM_MAP_SIZE, writes(int)],
    ]),
    otherwise: address,
  });
}

function schedulingCookie(): ReturnType<typeof choice> {
  const PR_SCHED_CORE_GET = 0;
  return choice({ by: 'argument2', cases: new Map([[PR_SCHED_CORE_GET, writes(bits64)]]), otherwise: bits64 });
}
