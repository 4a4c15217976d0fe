/** Tracers that people know, as guests: strace and gdb, started with a program and attached to one. */
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import test, { type ExecutionContext } from 'ava';
import { temporaryFolder } from '../harness/folders.js';
import { guestProgram } from '../harness/guests.js';
import { breakpointsWork } from '../../src/tracee/index.js';
import { assertReplays, record } from '../harness/portrace.js';
import type { Finished } from '../harness/run.js';

const ENVIRONMENT = { LC_ALL: 'C', HOME: '/nonexistent', PATH: '/usr/bin:/bin' };

/** Records a command in a folder of its own, looks at what it left there, and replays it without that folder. */
async function assertTracer(
  t: ExecutionContext,
  { code, prepare, check }: { code: number; prepare: (folder: string) => readonly string[]; check: (folder: string, recorded: Finished) => void },
): Promise<void> {
  const folder = temporaryFolder(t);
  const trace = join(temporaryFolder(t), 'tracer.trace');
  const recorded = await record(t, trace, prepare(folder), { cwd: folder, environment: ENVIRONMENT });
  t.is(recorded.code, code, `${recorded.stdout}\n${recorded.stderr}`);
  check(folder, recorded);
  rmSync(folder, { recursive: true });
  await assertReplays(t, trace, 1, recorded);
}

const count = (text: string, pattern: RegExp): number => text.match(pattern)?.length ?? 0;

test.serial('strace follows a pipeline to the end of each process', async (t) => {
  await assertTracer(t, {
    code: 5,
    prepare: () => ['strace', '-f', '-o', 'out', 'sh', '-c', 'echo one two | wc -w; exit 5'],
    check: (folder, { stdout }) => {
      t.is(stdout.trim(), '2');
      const out = readFileSync(join(folder, 'out'), 'latin1');
      t.is(count(out, /^\d+ +\+\+\+ exited with [05] \+\+\+$/gm), 3, out);
      t.is(count(out, /^\d+ +(?:execve\(|<\.\.\. execve resumed).*= 0$/gm), 2, out);
      t.regex(out, /^\d+ +write\(1, "one two\\n", 8/m);
      t.regex(out, /^\d+ +(?:read\(0, |<\.\.\. read resumed>)"one two\\n", \d+\) += 8$/m);
      t.regex(out, /^\d+ +--- SIGCHLD \{si_signo=SIGCHLD, si_code=CLD_EXITED, /m);
    },
  });
});

test.serial('strace --seccomp-bpf hears of the calls that its filter names, and of no others', async (t) => {
  await assertTracer(t, {
    code: 3,
    prepare: () => ['strace', '-f', '--seccomp-bpf', '-e', 'trace=execve,wait4,uname', '-o', 'out', 'sh', '-c', 'uname | tr a-z A-Z; uname; exit 3'],
    check: (folder, { stdout }) => {
      t.is(stdout, 'LINUX\nLinux\n');
      const out = readFileSync(join(folder, 'out'), 'latin1');
      t.is(count(out, /^\d+ +(?:execve\(|<\.\.\. execve resumed).*= 0$/gm), 4, out);
      t.is(count(out, /^\d+ +(?:uname\(|<\.\.\. uname resumed>).*\{sysname="Linux", .* = 0$/gm), 2, out);
      t.true(count(out, /^\d+ +(?:wait4\(|<\.\.\. wait4 resumed>).*WEXITSTATUS\(s\) == 0.* = \d+$/gm) >= 2, out);
      t.notRegex(out, /^\d+ +(?!execve|wait4|uname)[a-z]\w*\(/m);
    },
  });
});

test.serial('strace attaches to a process that sleeps, and leaves it', async (t) => {
  const script = [
    'sleep 1000 & sleeper=$!',
    'strace -o out -p $sleeper 2> attached & tracer=$!',
    'until grep -q attached attached; do :; done',
    'kill -INT $tracer; wait $tracer',
    'kill $sleeper; wait $sleeper; echo $?',
  ];
  await assertTracer(t, {
    code: 0,
    prepare: () => ['sh', '-c', script.join('\n')],
    check: (folder, { stdout }) => {
      t.is(stdout, '143\n');
      t.regex(readFileSync(join(folder, 'attached'), 'latin1'), /^strace: Process \d+ attached\nstrace: Process \d+ detached\n$/);
      t.regex(readFileSync(join(folder, 'out'), 'latin1'), /^(clock_nanosleep|restart_syscall)\(.* <detached \.\.\.>\n$/);
    },
  });
});

test.serial('gdb: a breakpoint, steps, registers, a call in the program, its end', async (t) => {
  const program = guestProgram('hello');
  const commands = ['break main', 'run', 'stepi', 'print (int) getppid() > 0', 'info registers rip', 'delete', 'continue'];
  await assertTracer(t, {
    code: 0,
    prepare: (folder) => {
      writeFileSync(join(folder, 'commands'), `${commands.join('\n')}\n`);
      return ['gdb', '-batch', '-nx', '-x', 'commands', program];
    },
    check: (_, { stdout }) => {
      t.regex(stdout, /^Breakpoint 1, .*\bmain \(/m);
      t.regex(stdout, /^\$1 = 1$/m);
      t.regex(stdout, /^rip +0x[0-9a-f]+ +0x[0-9a-f]+ <main\+\d+>$/m);
      t.regex(stdout, /^\[Inferior 1 \(process \d+\) exited normally\]$/m);
    },
  });
});

test.serial('gdb watches memory and an instruction by the debug registers', async (t) => {
  const program = guestProgram('watched');
  const commands = ['break main', 'run', 'watch total', 'continue', 'continue', 'delete', 'hbreak add', 'continue', 'delete', 'rwatch total', 'continue', 'delete', 'continue'];
  await assertTracer(t, {
    // A script that fails ends gdb.
    code: breakpointsWork() ? 0 : 1,
    prepare: (folder) => {
      writeFileSync(join(folder, 'commands'), `${commands.join('\n')}\n`);
      return ['gdb', '-batch', '-nx', '-x', 'commands', program];
    },
    check: (_, { stdout, stderr }) => {
      if (!breakpointsWork()) {
        t.regex(stderr, /^Couldn't write debug register: Input\/output error\.$/m);
        return;
      }
      t.regex(stdout, /^Hardware watchpoint 2: total\n\nOld value = 0\nNew value = 1$/m);
      t.regex(stdout, /^Hardware watchpoint 2: total\n\nOld value = 1\nNew value = 3$/m);
      t.regex(stdout, /^Breakpoint 3, .*\badd \(/m);
      t.regex(stdout, /^Hardware read watchpoint 4: total\n\nValue = 3$/m);
      t.regex(stdout, /^ok 15\n\[Inferior 1 \(process \d+\) exited normally\]$/m);
    },
  });
});

test.serial('gdb attaches to a process and leaves it', async (t) => {
  const script = ['sleep 1000 &', 'gdb -batch -nx -p $! -ex "info registers rip" -ex detach', 'kill $!; wait $!; echo $?'];
  await assertTracer(t, {
    code: 0,
    prepare: () => ['sh', '-c', script.join('\n')],
    check: (_, { stdout }) => {
      t.regex(stdout, /^rip +0x[0-9a-f]+/m);
      t.regex(stdout, /^\[Inferior 1 \(process \d+\) detached\]\n143\n$/m);
    },
  });
});
