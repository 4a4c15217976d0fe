/** Boots of a User-Mode Linux kernel: two alike have no difference, one with less memory differs in just that. */
import { join } from 'node:path';
import test, { type ExecutionContext } from 'ava';
import { CHECKOUT, temporaryFolder } from '../harness/folders.js';
import { portrace } from '../harness/portrace.js';
import { umlCommand } from '../harness/uml.js';
import { recordUml } from '../harness/uml-record.js';

const COMMAND = umlCommand({ init: 'boot-init.sh' });
const EXPECTED = join(CHECKOUT, 'test/uml/known-differences.txt');

async function recorded(t: ExecutionContext, command: readonly string[]): Promise<string> {
  const trace = join(temporaryFolder(t), 'boot.trace');
  const { code, stderr } = await recordUml(t, trace, command);
  t.is(code, 0, stderr);
  return trace;
}

interface Found {
  readonly headline: string;
  readonly consequences: readonly { readonly finding: { readonly headline: string } }[];
}

test('two boots do not differ; with less memory a boot differs in the size of it', async (t) => {
  const [one, two, smaller] = [
    await recorded(t, COMMAND),
    await recorded(t, COMMAND),
    await recorded(t, COMMAND.map((word) => (word === 'mem=128M' ? 'mem=96M' : word))),
  ];
  const alike = await portrace(t, ['diff', one, two, '--expect', EXPECTED]);
  t.is(alike.code, 0, `${alike.stdout}${alike.stderr}`);

  const compared = await portrace(t, ['diff', one, smaller, '--expect', EXPECTED, '--json']);
  t.is(compared.code, 1, compared.stderr);
  const { findings } = JSON.parse(compared.stdout) as { findings: Found[] };
  const headlines = findings.map(({ headline }) => headline);
  t.is(findings.length, 1, headlines.join('\n'));
  t.regex(headlines[0]!, /^lseek\(<tmpfile#\d+>, 134217727, SEEK_SET\) in A, lseek\(<tmpfile#\d+>, 100663295, SEEK_SET\) in B$/);
  const [{ finding }] = findings[0]!.consequences as [Found['consequences'][number]];
  t.regex(finding.headline, /^mmap\(.*, 117440512, .* in A, mmap\(.*, 83886080, .* in B$/);
});
