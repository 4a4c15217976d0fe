/**
 * ptrace(2): how its arguments read. What a request reads and writes is the business of whoever
 * emulates it; nothing is captured here.
 */
import { value, type Described, type Description } from '../argument.js';
import { cases, choice, unused } from '../choice.js';
import { PTRACE_OPTIONS, PTRACE_REQUESTS, REGISTER_SETS } from '../constants/ptrace.js';
import { choiceOf, flagsOf } from '../kinds/names.js';
import { address, hex, processId, scalar } from '../kinds/numbers.js';
import { signal } from '../kinds/signals.js';

const request = choiceOf('ptrace request', PTRACE_REQUESTS, { bytes: 8 });
const options: Description = value(flagsOf('ptrace options', PTRACE_OPTIONS, { bytes: 8 }));
const delivered: Description = value(signal);
/** A word of another process: anything, the result of its getpid included. */
const poked = scalar('poked word', { bytes: 8, compare: 'word', show: hex });
const registerSet: Description = value(choiceOf('register set', REGISTER_SETS, { bytes: 8 }));

export const ptraceArguments: Readonly<Record<string, Described>> = {
  request,
  pid: choice({ by: 'request', cases: cases(PTRACE_REQUESTS, { PTRACE_TRACEME: unused }), otherwise: processId }),
  address: choice({
    by: 'request',
    cases: cases(PTRACE_REQUESTS, { PTRACE_TRACEME: unused, PTRACE_KILL: unused, PTRACE_GETREGSET: registerSet, PTRACE_SETREGSET: registerSet }),
    otherwise: address,
  }),
  data: choice({
    by: 'request',
    cases: cases(PTRACE_REQUESTS, {
      PTRACE_TRACEME: unused,
      PTRACE_KILL: unused,
      PTRACE_CONT: delivered,
      PTRACE_SYSCALL: delivered,
      PTRACE_SINGLESTEP: delivered,
      PTRACE_SINGLEBLOCK: delivered,
      PTRACE_SYSEMU: delivered,
      PTRACE_SYSEMU_SINGLESTEP: delivered,
      PTRACE_DETACH: delivered,
      PTRACE_LISTEN: unused,
      PTRACE_INTERRUPT: unused,
      PTRACE_SETOPTIONS: options,
      PTRACE_OLDSETOPTIONS: options,
      PTRACE_SEIZE: options,
      PTRACE_POKETEXT: poked,
      PTRACE_POKEDATA: poked,
      PTRACE_POKEUSR: poked,
    }),
    otherwise: address,
  }),
};
