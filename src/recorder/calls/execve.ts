/** execve and execveat: a new address space, with all that the kernel put into it. */
import { readSync } from 'node:fs';
import { addon, hideVdso, Request, readMappings, Signal, StopEvent, type HostMapping } from '../../tracee/index.js';
import { PAGE_SIZE, type ObjectId } from '../../base/brands.js';
import { Trouble } from '../../base/errors.js';
import type { Effect, ObjectWrite } from '../../trace/events.js';
import { finishCall, leaveKernel, recordReturn, runCall } from '../calls.js';
import type { RecordSession } from '../session.js';
import { ownerDiedEffects } from '../robust-list.js';
import type { GuestTask } from '../task.js';
import type { IrregularCall } from './irregular.js';
import { mappingChange } from './memory.js';
import { HostFile } from '../host-file.js';
import { mappedLink, openMapped, opensMapped } from '../mapped-file.js';
import { withDescriptor } from '../objects.js';
import { makeSiginfo } from '../siginfo.js';
import { hold, userOf } from '../tracer-stops.js';

const PROT_WRITE = 2;
const MAP_SHARED = 1;
const MAP_PRIVATE = 2;
const MAP_GROWSDOWN = 0x100;

/** Kernel pages that portrace hides: the guest is told of no vDSO, and replay has none. */
const HIDDEN: ReadonlySet<string> = new Set(['[vdso]', '[vvar]', '[vvar_vclock]', '[vsyscall]']);

export const execveCall: IrregularCall = {
  enter: (session, task, call) => {
    task.ownerDied = ownerDiedEffects(task);
    runCall(session, task, call);
  },
  leave: ({ session, task, call, result, after }) => {
    if (!call.executed) {
      finishCall(session, task, { result, after });
      return;
    }
    call.effects.push(...programEffects(session, task, { birth: false }));
    call.effects.push(session.registersEffect(task, after));
    recordReturn(session, task, { result, after });
    const { tracing } = task;
    if (tracing?.wants('exec')) {
      tracing.stopWithEvent(StopEvent.exec, task.formerTid);
      hold(session, task, () => leaveKernel(session, task));
      return;
    }
    if (tracing && !tracing.seized) stopForTracer(task);
    leaveKernel(session, task);
  },
};

/** Without PTRACE_O_TRACEEXEC a task that was not seized gets a SIGTRAP behind its execve (ptrace(2)). */
function stopForTracer(task: GuestTask): void {
  task.stash.set(Signal.SIGTRAP, makeSiginfo(Signal.SIGTRAP, { pid: task.group, user: userOf(task.tid) }));
  addon.killTask(task.group, task.tid, Signal.SIGTRAP);
}

/** The old program is gone and the new one is mapped; the call still has to return. */
export function onExecEvent(session: RecordSession, task: GuestTask): void {
  if (!task.call) throw new Trouble('unsupported', `task ${task.tid}: a program started outside a call`);
  task.space.users--;
  if (task.space.users === 0) task.space.close();
  task.call.effects.push(...task.ownerDied);
  task.robustList = 0;
  task.space = session.addSpace();
  task.space.users = 1;
  task.clearTidAddress = 0;
  task.formerTid = task.tracee.eventMessage();
  task.dispositions = task.dispositions.withoutHandlers();
  task.debugRegisters = undefined;
  task.call.executed = true;
  task.resume(Request.syscall);
  session.onStop(task, session.waitFor(task)!);
}

/** What a program that just started finds in its address space. The task is at execve's return. */
export function programEffects(session: RecordSession, task: GuestTask, { birth }: { birth: boolean }): Effect[] {
  hideVdso(task.tracee);
  task.space.startProgram(task.tracee);
  const mappings = readMappings(task.tid).filter((mapping) => !HIDDEN.has(mapping.name));
  const effects: Effect[] = [];
  const program = mappings.find((mapping) => mapping.inode !== 0)?.name ?? '';
  effects.push({ type: 'space', space: task.space.id, program, ...(!birth && { task: task.id }) });
  if (birth) {
    const { id, tid: pid, group } = task;
    effects.push({ type: 'task', task: id, pid, group, flags: 0, exitSignal: 17, space: task.space.id });
  }
  const contents: Effect[] = [];
  for (const mapping of mappings) mapProgramPart(session, task, mapping, { effects, contents });
  // No extended state: it is the initial one, as after any execve, that of replay's stub included. To
  // write it would harm: until the task has run, the kernel tells a PKRU of zero, which is not there
  // (arch/x86/kernel/fpu/xstate.c, __copy_xstate_to_uabi_buf: no header bit, no value).
  effects.push(...contents);
  return effects;
}

interface ProgramParts {
  readonly effects: Effect[];
  /** Bytes that the mapped objects do not show: stack, cleared ends of data. */
  readonly contents: Effect[];
}

function mapProgramPart(session: RecordSession, task: GuestTask, mapping: HostMapping, into: ProgramParts): void {
  const { start, end, protection, shared, offset, name } = mapping;
  const flags = (shared ? MAP_SHARED : MAP_PRIVATE) | (name === '[stack]' ? MAP_GROWSDOWN : 0);
  const length = end - start;
  const add = (object?: ObjectId): void => {
    const change = { operation: 'map', origin: 'execve', address: start, length, protection, flags, object, offset } as const;
    into.effects.push(mappingChange(task, change));
  };
  if (mapping.inode === 0) {
    add();
    compare(task, mapping, undefined, into.contents);
    return;
  }
  const known = protection & PROT_WRITE ? undefined : knownObject(session, task, mapping);
  if (known !== undefined) {
    add(known);
    return;
  }
  withDescriptor(openMapped(task.tid, mapping), (descriptor) => {
    const writes: ObjectWrite[] = [];
    const object = session.objects.map({ descriptor, offset, length, shared, path: name }, writes);
    into.effects.push(...writes);
    add(object);
    if (protection & PROT_WRITE) compare(task, mapping, descriptor, into.contents);
  });
}

/** The object of a file that needs not be opened to be known. */
function knownObject(session: RecordSession, task: GuestTask, { start, end, offset, inode, shared }: HostMapping): ObjectId | undefined {
  const file = opensMapped() ? HostFile.of(mappedLink(task.tid, { start, end })) : undefined;
  return file?.inode === inode ? session.objects.mapAgain({ offset, length: end - start, shared }, file) : undefined;
}

const ZERO_PAGE = Buffer.alloc(PAGE_SIZE);

/** Adds the bytes of a mapping that differ from its file, or from zero. */
function compare(task: GuestTask, mapping: HostMapping, descriptor: number | undefined, effects: Effect[]): void {
  const bytes = task.tracee.read(mapping.start, mapping.end - mapping.start);
  const memory = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
  const shown = descriptor === undefined ? undefined : Buffer.alloc(memory.length);
  if (shown) readSync(descriptor!, shown, 0, shown.length, mapping.offset);
  for (let page = 0; page < memory.length; page += PAGE_SIZE) {
    const file = shown?.subarray(page, page + PAGE_SIZE) ?? ZERO_PAGE;
    if (memory.compare(file, 0, PAGE_SIZE, page, page + PAGE_SIZE) === 0) continue;
    let first = 0;
    while (memory[page + first] === file[first]) first++;
    let last = PAGE_SIZE - 1;
    while (memory[page + last] === file[last]) last--;
    effects.push({
      type: 'memory',
      space: task.space.id,
      address: (mapping.start + page + first) as never,
      bytes: bytes.slice(page + first, page + last + 1),
    });
  }
}
