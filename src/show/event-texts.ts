/**
 * The events of a trace in strace's words, one after the other: what a call's descriptors refer to, and what a handler
 * returns to, the events before tell.
 */
import { Reg } from '../base/registers.js';
import { STRACE_STYLE, StraceWords, type Style } from '../syscalls/index.js';
import { memoryAfter } from '../trace/index.js';
import type { TaskId } from '../base/brands.js';
import type { MemoryInput, SessionFacts, TraceEvent } from '../trace/events.js';
import { callText, type CallText, type CallWords } from './call.js';
import { FileNames } from './file-names.js';
import { firstProgram } from './first-program.js';
import { HandlerMasks } from './handler-masks.js';

export interface TextOptions {
  readonly style?: Style;
  /** Descriptors with what they refer to (-y). */
  readonly paths?: boolean;
}

const SYS_EXECVE = 59;
const SYS_RT_SIGRETURN = 15;

export class EventTexts {
  readonly files: FileNames;
  private readonly words: CallWords;
  private readonly masks = new HandlerMasks();
  /** What calls that have not returned read. */
  private readonly entered = new Map<TaskId, readonly MemoryInput[]>();
  private given: readonly MemoryInput[] = [];
  private last: TraceEvent | undefined;
  private readonly kept = new Map<TaskId, { readonly event: TraceEvent; readonly text: CallText | undefined }>();
  private gone: TaskId | undefined;

  constructor(
    private readonly session: SessionFacts,
    { style = STRACE_STYLE, paths = false }: TextOptions = {},
  ) {
    this.files = new FileNames(session.workingFolder);
    this.words = paths
      ? { arguments: new StraceWords(style, this.files.of), result: new StraceWords(style, this.files.after) }
      : { arguments: new StraceWords(style), result: new StraceWords(style) };
  }

  /** Takes an event that may not be shown. */
  apply(event: TraceEvent): void {
    if (this.gone !== undefined) this.kept.delete(this.gone);
    this.gone = event.exit && event.task;
    this.last = event;
    this.given = event.inputs;
    if (event.kind === 'enter' || event.kind === 'intercept') this.entered.set(event.task, event.inputs);
    if (event.kind === 'leave' && event.inputs.length === 0) this.given = this.entered.get(event.task) ?? [];
    if (event.kind === 'leave' || event.kind === 'exit') this.entered.delete(event.task);
    this.files.apply(event);
    this.masks.apply(event);
  }

  /** Keeps the words of the event that was applied last, until its task is gone or another of its events is kept. */
  keep(event: TraceEvent): void {
    this.kept.set(event.task, { event, text: this.call(event) });
  }

  /** The call of the event that was applied last, or was kept. Of an earlier one, descriptors are what they are by now. */
  call(event: TraceEvent): CallText | undefined {
    if (event.syscall === undefined) return undefined;
    const kept = this.kept.get(event.task);
    if (kept?.event === event) return kept.text;
    const text = callText(event.syscall, event === this.last ? this.given : event.inputs, memoryAfter(event), this.words);
    if (event.index === 1 && event.syscall.number === SYS_EXECVE && this.session.imported === undefined) {
      return { ...text, arguments: firstProgram(this.session, event, this.words.arguments) };
    }
    if (event.syscall.number !== SYS_RT_SIGRETURN) return text;
    const mask = this.masks.of(event.registers?.number(Reg.rsp), this.words.arguments);
    return mask === undefined ? text : { ...text, arguments: [`{mask=${mask}}`], names: ['frame'] };
  }

  /** What the call of the event that was applied last read, at its entry where it has one of its own. */
  get inputs(): readonly MemoryInput[] {
    return this.given;
  }
}
