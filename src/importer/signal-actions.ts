/** What signals do to the processes of a log, as rt_sigaction said: signal(7), kernel/signal.c of Linux 6.6. */
import type { MemoryInput, SignalDisposition, SyscallFacts } from '../trace/index.js';

type Action = 'handler' | 'ignored';

/** SIGCHLD, SIGCONT, SIGURG, SIGWINCH. */
const IGNORED: ReadonlySet<number> = new Set([17, 18, 23, 28]);
/** SIGSTOP, SIGTSTP, SIGTTIN, SIGTTOU. */
const STOPPING: ReadonlySet<number> = new Set([19, 20, 21, 22]);
const SIG_DFL = 0n;
const SIG_IGN = 1n;

export class SignalActions {
  private readonly groups = new Map<number, Map<number, Action>>();

  born(group: number, parent: number | undefined): void {
    if (!this.groups.has(group)) this.groups.set(group, new Map(parent === undefined ? [] : this.groups.get(parent)));
  }

  /** Handlers end with the program. */
  executed(group: number): void {
    const actions = this.groups.get(group);
    for (const [signal, action] of actions ?? []) if (action === 'handler') actions!.delete(signal);
  }

  /** A successful rt_sigaction: struct sigaction begins with the handler. */
  set(group: number, { arguments: [signal, pointer] }: SyscallFacts, inputs: readonly MemoryInput[]): void {
    const bytes = inputs.find(({ address }) => BigInt(address) === pointer)?.bytes;
    const actions = this.groups.get(group);
    if (bytes === undefined || bytes.length < 8 || actions === undefined) return;
    const handler = new DataView(bytes.buffer, bytes.byteOffset).getBigUint64(0, true);
    if (handler === SIG_DFL) actions.delete(Number(signal));
    else actions.set(Number(signal), handler === SIG_IGN ? 'ignored' : 'handler');
  }

  dispositionOf(group: number, signal: number): SignalDisposition {
    const action = this.groups.get(group)?.get(signal);
    if (action !== undefined) return action;
    if (IGNORED.has(signal)) return 'ignored';
    return STOPPING.has(signal) ? 'stopped' : 'fatal';
  }
}
