import { join } from 'node:path';
import { CHECKOUT } from './folders.js';
import { GUEST_FOLDER, guestProgram } from './guests.js';

export interface UmlSession {
  /** An init script of test/uml, or the absolute path of any program. */
  readonly init: string;
  /** More of the kernel's command line; NAME=value that the kernel does not know is init's environment. */
  readonly arguments?: readonly string[];
  /** Guest programs that the init script runs as $GUESTS/NAME-static. */
  readonly programs?: readonly string[];
}

/** Debian's User-Mode Linux kernel. */
export const UML_KERNEL = '/usr/bin/linux.uml';

/** The command line that boots a User-Mode Linux guest with the host's files as its root. */
export function umlCommand(session: UmlSession): string[] {
  for (const program of ['poweroff', ...(session.programs ?? [])]) guestProgram(program, { static: true });
  const init = session.init.startsWith('/') ? session.init : join(CHECKOUT, 'test/uml', session.init);
  return [
    UML_KERNEL,
    'mem=128M',
    'rootfstype=hostfs',
    'rootflags=/',
    'rw',
    `init=${init}`,
    'con=null',
    'con0=fd:0,fd:1',
    `GUESTS=${GUEST_FOLDER}`,
    'PATH=/usr/sbin:/usr/bin:/sbin:/bin',
    ...(session.arguments ?? []),
  ];
}

/** What the guest's init printed: the console's output from the start of init on. */
export function initOutput(stdout: string): string {
  const at = stdout.search(/^Run .* as init process/m);
  return at < 0 ? '' : stdout.slice(at).replaceAll('\r', '');
}

/** The lines of the guest's init that say what came out right. */
export function okLines(stdout: string): string[] {
  return initOutput(stdout).split('\n').filter((line) => line.startsWith('ok '));
}
