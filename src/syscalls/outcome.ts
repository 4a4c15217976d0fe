/** For which results the kernel wrote an argument's memory. */
export type Outcome = (result: number) => boolean;

/** The result of a call that met missing memory; some of what it should write may be there. */
export const EFAULT = -14;
const EINTR = -4;
const ENOMEM = -12;
const EINVAL = -22;
/** The result that a tracer sees in place of EINTR where the call can be continued. */
const ERESTART_RESTARTBLOCK = -516;

/** Not an error. */
export const succeeded: Outcome = (result) => result >= 0;
/** Even where the call failed. */
export const always: Outcome = () => true;
/** Even where the call failed, but for arguments that make no sense. */
export const unlessInvalid: Outcome = (result) => result !== EINVAL;
/** Not an error, or one that was met behind what is written already. */
export const upToMissing: Outcome = (result) => result >= 0 || result === ENOMEM;
/** Not an error, and there was something. */
export const positive: Outcome = (result) => result > 0;
/** A signal broke the sleep off: what remains of it is written. */
export const interrupted: Outcome = (result) => result === EINTR || result === ERESTART_RESTARTBLOCK;
