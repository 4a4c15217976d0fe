/** Jobs of an interactive shell on a terminal. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import test from 'ava';
import { temporaryFolder } from '../harness/folders.js';
import { portraceCommand, replay } from '../harness/portrace.js';
import { dialogue, type Turn } from '../harness/terminal.js';

const PROMPT = 'ready: ';
const CTRL_C = '\x03';
const CTRL_D = '\x04';
const CTRL_Z = '\x1a';

// In pieces, which keeps what the job prints apart from the terminal's echo of the command. One process: a
// shell that is stopped while it starts another by vfork does not stop before that one runs.
const JOB = `perl -e '$| = 1; $SIG{CONT} = sub { print "went" . " on\\n" }; print "u" . "p\\n"; sleep 1 while 1'`;

const TURNS: readonly Turn[] = [
  { after: PROMPT, send: `${JOB}\n` },
  { after: 'up', send: CTRL_Z },
  { after: PROMPT, send: 'jobs\n' },
  { after: 'Stopped', send: '' },
  { after: PROMPT, send: 'fg\n' },
  { after: 'went on', send: CTRL_C },
  { after: PROMPT, send: 'echo status $?\n' },
  { after: 'status 130', send: '' },
  { after: PROMPT, send: `${JOB}\n` },
  { after: 'up', send: CTRL_Z },
  { after: PROMPT, send: 'bg\n' },
  { after: 'went on', send: 'jobs\n' },
  { after: 'Running', send: 'kill %1; wait %1; echo ended $?\n' },
  { after: 'ended 143', send: '' },
  { after: PROMPT, send: `sh -c "echo read'in'g; cat"\n` },
  { after: 'reading', send: CTRL_D },
  { after: PROMPT, send: 'exit 7\n' },
];

test.serial('an interactive shell stops, continues and interrupts its jobs on a terminal as it does natively, and replays', async (t) => {
  const folder = temporaryFolder(t);
  const settings = join(folder, 'settings');
  writeFileSync(settings, `PS1='${PROMPT}'\n`);
  const shell = ['bash', '--noprofile', '--rcfile', settings, '-i'];
  const native = await dialogue(t, shell, TURNS);
  t.is(native.code, 7, native.stdout);
  const trace = join(folder, 'shell.trace');
  const recorded = await dialogue(t, portraceCommand('record', '-o', trace, '--', ...shell), TURNS);
  t.is(recorded.code, 7, recorded.stdout);
  const replayed = await replay(t, trace, { verify: 'memory' });
  t.is(replayed.code, 0, replayed.stderr);
  t.regex(replayed.stdout, /up\n.*went on\n.*status 130\nup\n.*went on\n.*Running .*ended 143\n.*reading\n$/s);
});
