/**
 * Errors that a person can act on. Everything else that is thrown is a bug in portrace and may
 * show a stack trace; these print as one line and choose the exit code.
 */

/** What went wrong, as the command line needs to know it. */
export type TroubleKind =
  /** The command line or the options of a library call make no sense. */
  | 'usage'
  /** A file is missing, unreadable, of another kind, damaged or of a newer format. */
  | 'trace'
  /** The guest cannot be started: not found. */
  | 'guest-not-found'
  /** The guest cannot be started: not executable. */
  | 'guest-not-executable'
  /** This host cannot do what is asked (no permission to ptrace, no hardware breakpoint…). */
  | 'host'
  /** The guest did something that portrace does not support; `docs/limits.md` lists it. */
  | 'unsupported'
  /** Writing the trace failed (full disk, no permission). */
  | 'storage';

/** A failure with one clear line: what happened and what to do. */
export class Trouble extends Error {
  override readonly name = 'Trouble';

  constructor(
    readonly kind: TroubleKind,
    message: string,
    options?: { cause?: unknown },
  ) {
    super(message, options);
  }
}
