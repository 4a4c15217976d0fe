import { copyFileSync, existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import test, { type ExecutionContext } from 'ava';
import { temporaryFolder } from '../harness/folders.js';
import { assertReplays, record } from '../harness/portrace.js';
import { run, type Finished } from '../harness/run.js';

// The same wherever it is installed, and the same in a pipe natively and recorded.
const ENVIRONMENT = { LC_ALL: 'C', TZ: 'UTC', GIT_CONFIG_NOSYSTEM: '1', HOME: '/nonexistent' };

interface Program {
  /** Copies of the program and its data go into this folder, which replay does without. */
  readonly prepare: (t: ExecutionContext, folder: string) => Promise<readonly string[]> | readonly string[];
  /** Looks at what the recorded program left in its folder. */
  readonly check?: (t: ExecutionContext, folder: string) => Promise<void> | void;
}

/** Native and recorded output are the same bytes; the replay needs nothing of the folder. */
async function assertProgram(t: ExecutionContext, program: Program): Promise<Finished> {
  const parent = temporaryFolder(t);
  const folder = join(parent, 'work');
  const trace = join(parent, 'program.trace');
  const runs: Finished[] = [];
  for (const launch of [run, (scope: ExecutionContext, command: readonly string[], options: object) => record(scope, trace, command, options)]) {
    mkdirSync(folder);
    const command = await program.prepare(t, folder);
    const finished = await launch(t, command, { cwd: folder, environment: ENVIRONMENT });
    t.is(finished.code, 0, finished.stderr);
    await program.check?.(t, folder);
    rmSync(folder, { recursive: true });
    runs.push(finished);
  }
  const [native, recorded] = runs as [Finished, Finished];
  t.is(recorded.stdout, native.stdout);
  t.is(recorded.stderr, native.stderr);
  await assertReplays(t, trace, 1, recorded);
  t.false(existsSync(folder));
  return recorded;
}

function ownCopy(folder: string, program: string): string {
  const copy = join(folder, program.slice(program.lastIndexOf('/') + 1));
  copyFileSync(program, copy);
  return copy;
}

test.serial('static: busybox ls -la /usr', async (t) => {
  const { stdout } = await assertProgram(t, {
    prepare: (_, folder) => [ownCopy(folder, '/bin/busybox'), 'ls', '-la', '/usr'],
  });
  t.regex(stdout, /\bbin\n/);
});

test.serial('dynamic: ls -la /usr', async (t) => {
  const { stdout } = await assertProgram(t, {
    prepare: (_, folder) => [ownCopy(folder, '/bin/ls'), '-la', '/usr'],
  });
  t.regex(stdout, /\bbin\n/);
});

test.serial('a bash pipeline', async (t) => {
  const script = `
    seq 1 1000 | grep 7 | sort -rn | head -n 3 | tr '\\n' ' '
    for word in one two three; do echo $word; done | while read -r line; do echo "<$line>"; done
    (exit 3); echo "status $?"
    cat <(echo substituted) | tee copy | wc -c
    trap 'echo trapped' USR1; kill -USR1 $$; wait; sleep 0.1 & wait $!; echo done`;
  const { stdout } = await assertProgram(t, {
    prepare: (_, folder) => [ownCopy(folder, '/bin/bash'), '-c', script],
    check: (_, folder) => {
      t.true(existsSync(join(folder, 'copy')));
    },
  });
  t.is(stdout, '997 987 979 <one>\n<two>\n<three>\nstatus 3\n12\ntrapped\ndone\n');
});

test.serial('gcc compiles a file', async (t) => {
  await assertProgram(t, {
    prepare: (_, folder) => {
      writeFileSync(join(folder, 'hello.c'), '#include <stdio.h>\nint main(void) { puts("compiled"); return 0; }\n');
      return ['/usr/bin/gcc', '-O2', '-g', 'hello.c', '-o', 'hello'];
    },
    check: async (_, folder) => {
      t.is((await run(t, [join(folder, 'hello')])).stdout, 'compiled\n');
    },
  });
});

test.serial('python3 with threads, a subprocess and files', async (t) => {
  const script = `
import collections, hashlib, json, subprocess, sys, tempfile, threading
print(sys.version_info[0], sum(range(100000)))
print(json.dumps({"a": [1, 2.5, None], "b": "ü"}, sort_keys=True))
print(hashlib.sha256(b"x" * 100000).hexdigest())
found = []
threads = [threading.Thread(target=lambda n=n: found.append(n * n)) for n in range(8)]
for thread in threads: thread.start()
for thread in threads: thread.join()
print(sorted(found))
print(subprocess.run(["sh", "-c", "cat; exit 4"], input=b"piped", capture_output=True))
with tempfile.TemporaryFile() as file:
    file.write(b"text"); file.seek(0); print(file.read())
print(collections.Counter("mississippi").most_common(2))
`;
  const { stdout } = await assertProgram(t, { prepare: () => ['/usr/bin/python3', '-c', script] });
  t.regex(stdout, /returncode=4, stdout=b'piped'/);
});

test.serial('git log', async (t) => {
  const who = { NAME: 'A U Thor', EMAIL: 'author@example.org', DATE: '2024-02-03T04:05:06+0000' };
  const environment = {
    ...ENVIRONMENT,
    ...Object.fromEntries(['AUTHOR', 'COMMITTER'].flatMap((role) => Object.entries(who).map(([key, value]) => [`GIT_${role}_${key}`, value]))),
  };
  const { stdout } = await assertProgram(t, {
    prepare: async (_, folder) => {
      const git = async (...args: string[]): Promise<void> => {
        const { code, stderr } = await run(t, ['git', ...args], { cwd: folder, environment });
        t.is(code, 0, stderr);
      };
      await git('init', '-q', '-b', 'main');
      for (const number of [1, 2, 3]) {
        writeFileSync(join(folder, 'file'), `${'line\n'.repeat(number)}`);
        await git('add', 'file');
        await git('commit', '-q', '-m', `Change ${number}`);
      }
      await git('repack', '-adq');
      return ['/usr/bin/git', '--no-pager', 'log', '--stat', '-p'];
    },
  });
  t.is(stdout.match(/^commit [0-9a-f]{40}$/gm)?.length, 3);
});
