/** What owns things that must go away: an ava test's `t`, or a soak run. */
export interface Scope {
  /** Runs the action when the scope ends, the last one first. */
  teardown(action: () => void | Promise<void>): void;
}

/** Runs the body in a scope of its own, outside of any test. */
export async function withScope<Result>(body: (scope: Scope) => Promise<Result>): Promise<Result> {
  const actions: (() => void | Promise<void>)[] = [];
  try {
    return await body({ teardown: (action) => void actions.unshift(action) });
  } finally {
    for (const action of actions) await action();
  }
}
