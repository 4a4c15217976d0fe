/** Programs whose calls do not depend on chance, for comparing with strace: lines of a shell script that begins in an empty folder. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { guestProgram } from '../harness/guests.js';

const COREUTILS: readonly string[] = [
  'seq 1 200 > numbers',
  'ls -la /usr/bin/env',
  'cat numbers',
  'sort -rn numbers',
  'sha256sum numbers',
  'md5sum numbers',
  'cksum numbers',
  'mkdir -p tree/a/b',
  'cp numbers tree/a/copy',
  'cp -r tree copies',
  'mv tree/a/copy tree/a/moved',
  'ln tree/a/moved tree/hard',
  'ln -s moved tree/a/soft',
  'readlink -f tree/a/soft',
  'find tree -name moved',
  'stat -c %s numbers',
  'stat -f -c %T /proc',
  'touch -d @0 tree/a/moved',
  'chmod 640 numbers',
  'chown 1:1 numbers',
  'env -i true',
  'dd if=numbers of=blocks bs=64 count=4 status=none',
  'head -n 3 numbers',
  'tail -n 3 numbers',
  'tail -c 20 numbers',
  'wc numbers',
  'uniq numbers',
  'tr 1 2 < numbers',
  'od -c numbers',
  'cut -c1 numbers',
  'date -u -d @0',
  'expr 6 \\* 7',
  'test -f numbers',
  '[ -d tree ]',
  'df /proc',
  'du -s tree',
  'rmdir tree/none',
  'rm -r copies',
  'truncate -s 100 numbers',
  'basename /usr/lib',
  'dirname /usr/lib',
  'pwd',
  'id -u',
  'uname -s',
  'echo one two',
  'printf %s\\\\n three',
  'tee tee.out < numbers',
  'paste numbers numbers',
  'comm numbers numbers',
  'join numbers numbers',
  'fold -w 2 numbers',
  'nl numbers',
  'split -l 50 numbers part.',
  'base64 numbers',
  'timeout 9 true',
  'nice -n 1 true',
  'mkfifo pipe',
  'sync numbers',
  'sleep 0.01',
  'grep 7 numbers',
  'sed s/1/one/ numbers',
  'cmp numbers numbers',
  'diff numbers blocks',
  'tar cf archive.tar blocks',
  'gzip -n blocks',
  'seq 3 | tac',
  'sh -c "kill -SEGV \\$\\$"',
  'sh -c "trap : USR1; kill -USR1 \\$\\$; exit 3"',
];

const GUESTS = ['decode', 'segv', 'hello'] as const;

/** Of the C library's and the shell's decisions, none depends on this machine. */
export const ENVIRONMENT = {
  PATH: '/usr/bin:/bin',
  HOME: '/',
  LC_ALL: 'C',
  TZ: 'UTC0',
  // portrace sets it.
  LD_BIND_NOW: '1',
  // portrace answers rseq(2) with ENOSYS, strace lets it be.
  GLIBC_TUNABLES: 'glibc.pthread.rseq=0',
};

/** Writes the script into the folder; gives the command to run there, and how many programs it has. */
export function programsScript(folder: string, commands = allPrograms()): { readonly command: readonly string[]; readonly programs: number } {
  const script = join(folder, 'programs.sh');
  writeFileSync(script, commands.map((line) => `{ ${line}; } > /dev/null 2>&1 < /dev/null\n`).join('') + 'exit 0\n');
  return { command: ['/usr/bin/sh', script], programs: commands.length };
}

export function allPrograms(): readonly string[] {
  const guests = GUESTS.flatMap((name) => [guestProgram(name), guestProgram(name, { static: true })]);
  return [...COREUTILS, ...guests];
}
