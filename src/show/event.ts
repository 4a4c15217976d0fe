/** One event of a trace in one line. */
import { ARGUMENT_REGISTERS, Reg, type RegisterIndex, type Registers } from '../base/registers.js';
import { vsyscallAt } from '../base/vsyscall.js';
import { showSiginfo, showWaitStatus, signalName, StraceWords } from '../syscalls/index.js';
import type { EventKind, SignalFacts, SyscallFacts, TraceEvent } from '../trace/events.js';
import { givenNumber, memoryAfter } from '../trace/index.js';
import { callText, type CallText } from './call.js';
import { visible } from './visible.js';

const WORDS = new StraceWords();

/** The event without its number and task, as strace shows it; a call in one piece, its arguments at its return as well. */
export function showEvent(event: TraceEvent, call: CallText | undefined = callOf(event)): string {
  return visible(SHOWN[event.kind](event, call));
}

const SHOWN: Readonly<Record<EventKind, (event: TraceEvent, call: CallText | undefined) => string>> = {
  syscall: (event, call) => wholeCall(call) + remark(event.syscall),
  enter: (_event, call) => `${begun(call)} <unfinished ...>`,
  leave: (event, call) => `<... ${call?.name ?? '?'} resumed>${wholeCall(call).slice((call?.name ?? '?').length + 1)}${remark(event.syscall)}`,
  intercept: (_event, call) => `${begun(call)}) <stopped for its tracer>`,
  signal: ({ signal }) => (signal === undefined ? '---' : signalText(signal)),
  resume: ({ signal }) =>
    signal === undefined || signal.number === 0
      ? '--- resumed by its tracer ---'
      : `--- resumed by its tracer with ${signalName(signal.number)}${BECAME[signal.disposition]} ---`,
  step: () => '--- single step ---',
  preempt: (event) => `--- preempted${place(event)} ---`,
  tsc: (event) => `rdtsc = ${timestamp(event)}`,
  random: (event) => `rdrand = ${randomNumber(event)}`,
  vsyscall: (event) => `vsyscall ${vsyscallText(event)}`,
  cpuid: (event) => `cpuid(${leafOf(event)}) = ${valuesOf(event)}`,
  exit: ({ exit }) => `+++ ${exit === undefined ? 'gone' : showWaitStatus(exit.status, signalName)} +++`,
};

function callOf(event: TraceEvent): CallText | undefined {
  return event.syscall && callText(event.syscall, event.inputs, memoryAfter(event));
}

const begun = (call: CallText | undefined): string => (call === undefined ? '?(' : `${call.name}(${call.arguments.join(', ')}`);

const wholeCall = (call: CallText | undefined): string => `${begun(call)})${call?.result === undefined ? '' : ` = ${call.result}`}`;

function remark(call: SyscallFacts | undefined): string {
  return call?.undescribed === true ? ' <undescribed>' : '';
}

const BECAME: Readonly<Record<SignalFacts['disposition'], string>> = {
  handler: '',
  ignored: ', ignored',
  fatal: ', fatal',
  stopped: ', stopped',
  tracer: ', stopped for its tracer',
};

function signalText({ number, siginfo, disposition }: SignalFacts): string {
  const from = siginfo === undefined ? '' : ` ${showSiginfo(siginfo, WORDS)}`;
  return `--- ${signalName(number)}${from}${BECAME[disposition]} ---`;
}

function place({ registers }: TraceEvent): string {
  return registers === undefined ? '' : ` at 0x${registers.long(Reg.rip).toString(16)}`;
}

const CPUID_ARGUMENTS = [Reg.rax, Reg.rcx] as const;
const CPUID_RESULTS = [Reg.rax, Reg.rbx, Reg.rcx, Reg.rdx] as const;

const low32 = (registers: Registers, index: RegisterIndex): string => `0x${(registers.int32(index) >>> 0).toString(16)}`;

const leafOf = ({ registers }: TraceEvent): string =>
  registers === undefined ? '?' : CPUID_ARGUMENTS.map((index) => low32(registers, index)).join(', ');

function valuesOf(event: TraceEvent): string {
  const effect = event.effects.find((each) => each.type === 'registers');
  return effect?.type === 'registers' ? CPUID_RESULTS.map((index) => low32(effect.registers, index)).join(' ') : '?';
}

function randomNumber(event: TraceEvent): string {
  const number = givenNumber(event);
  return number === undefined ? '?' : `0x${number.toString(16)}`;
}

/** A function of the vsyscall page as the system call that does the same. */
function vsyscallText(event: TraceEvent): string {
  const { registers } = event;
  const function_ = registers && vsyscallAt(registers.long(Reg.rip));
  if (!function_) return '?';
  const behind = event.effects.find((each) => each.type === 'registers');
  const facts = {
    number: function_.number,
    arguments: ARGUMENT_REGISTERS.map((register, index) => (index < function_.writes.length ? registers.long(register) : 0n)) as never,
    result: behind?.type === 'registers' ? BigInt.asIntN(64, behind.registers.long(Reg.rax)) : 0n,
  };
  return wholeCall(callText(facts, event.inputs, memoryAfter(event)));
}

function timestamp(event: TraceEvent): string {
  for (const effect of event.effects) {
    if (effect.type !== 'registers') continue;
    const low = effect.registers.long(Reg.rax) & 0xffffffffn;
    return `${(effect.registers.long(Reg.rdx) << 32n) | low}`;
  }
  return '?';
}
