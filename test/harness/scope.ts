/** What owns things that must go away: an ava test's `t`, or a soak run. */
export interface Scope {
  /** Runs the action when the scope ends, the last one first. */
  teardown(action: () => void | Promise<void>): void;
}

/** A scope that somebody ends: for what all tests of a file share. */
export class LongScope implements Scope {
  private readonly actions: (() => void | Promise<void>)[] = [];

  teardown(action: () => void | Promise<void>): void {
    this.actions.unshift(action);
  }

  async end(): Promise<void> {
    for (const action of this.actions) await action();
  }
}

/** Runs the body in a scope of its own, outside of any test. */
export async function withScope<Result>(body: (scope: Scope) => Promise<Result>): Promise<Result> {
  const scope = new LongScope();
  try {
    return await body(scope);
  } finally {
    await scope.end();
  }
}
