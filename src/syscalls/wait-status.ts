/** The name of a signal, SIGALRM say, by its number. */
export type SignalName = (number: number) => string;

/** What a wait status of an ended task says, as wait4(2) stores it (sys/wait.h). */
export function showWaitStatus(status: number, signal: SignalName): string {
  const number = status & 0x7f;
  if (number === 0) return `exited with ${(status >> 8) & 0xff}`;
  return `killed by ${signal(number)}${(status & 0x80) === 0 ? '' : ' (core dumped)'}`;
}
