/** Traces of other processors: refused where that can matter, replayed where it cannot. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test, { type ExecutionContext } from 'ava';
import { processorInstructions } from '../../src/replayer/processor-instructions.js';
import { TraceReader, TraceWriter, type HostFacts } from '../../src/trace/index.js';
import { hostFacts } from '../../src/tracee/index.js';
import { withScope } from '../harness/scope.js';
import { CHECKOUT, temporaryFolder } from '../harness/folders.js';
import { guestProgram } from '../harness/guests.js';
import { record, replay } from '../harness/portrace.js';

/** A copy of a trace that says it is of another machine. */
function onAnother(t: ExecutionContext, original: string, change: (host: HostFacts) => HostFacts): string {
  const path = join(temporaryFolder(t), 'other.trace');
  const reader = TraceReader.open(original);
  const writer = TraceWriter.create(path, {});
  writer.begin({ ...reader.session, host: change(reader.session.host) });
  for (const object of reader.objects()) writer.object(object);
  for (const event of reader.events()) {
    for (const content of reader.contents(event.index)) writer.content(content);
    writer.append(event);
  }
  writer.finish(reader.end!);
  reader.close();
  return path;
}

/** Another value of a register of a cpuid leaf. */
const withLeaf =
  (leaf: number, subleaf: number, register: number) =>
  (host: HostFacts): HostFacts => ({
    ...host,
    cpuid: host.cpuid.map((row) => (row[0] === leaf && row[1] === subleaf ? row.map((word, at) => (at === register + 2 ? (word ^ 0x1000) >>> 0 : word)) : row)),
  });

const ECX = 2;
const EBX = 1;

const OTHERS: [what: string, change: (host: HostFacts) => HostFacts, says: RegExp][] = [
  ['features of leaf 1', withLeaf(1, 0, ECX), /cpuid leaf 0x1 differs from the recorded processor's, and the guest has (cpuid|xgetbv|lsl|xsavec?|rdpid) in its code/],
  ['features of leaf 7', withLeaf(7, 0, EBX), /cpuid leaf 0x7 differs/],
  ['the layout of extended state', withLeaf(0xd, 0, EBX), /cpuid leaf 0xd differs/],
  ['the size of extended state', (host) => ({ ...host, xstateSize: host.xstateSize + 64 }), /bytes of extended state, this one/],
];

const onProcessor255 = (host: HostFacts): HostFacts => ({
  ...host,
  cpuid: host.cpuid.map((row) => (row[0] === 1 ? row.map((word, at) => (at === 3 ? (word | 0xff000000) >>> 0 : word)) : row)),
});

if (hostFacts('').missing.includes('processor number')) {
  test('this host does not tell the number of a processor: none is refused', async (t) => {
    t.like(await replay(t, onAnother(t, asking, onProcessor255)), { code: 0 });
  });
} else {
  OTHERS.push(['the number of the processor', onProcessor255, /APIC id 255, which this process may not use/]);
}

// A program with a C library asks the processor.
let asking = '';
test.before(async (t) => {
  asking = join(mkdtempSync(join(tmpdir(), 'portrace-test-')), 'hello.trace');
  const { code } = await withScope((scope) => record(scope, asking, [guestProgram('hello', { static: true })]));
  t.is(code, 0);
});
test.after.always(() => rmSync(join(asking, '..'), { recursive: true, force: true }));

for (const [what, change, says] of OTHERS) {
  test(`another processor, by ${what}: no matter to a guest that cannot ask, refused for one that can`, async (t) => {
    const golden = onAnother(t, join(CHECKOUT, 'traces/processes/golden.trace'), change);
    t.like(await replay(t, golden), { code: 0 });
    const { code, stderr } = await replay(t, onAnother(t, asking, change));
    t.is(code, 2);
    t.regex(stderr, says);
    t.regex(stderr, /^portrace: [^\n]*: replay it on a machine of the recorded kind \([^\n]*\)\n$/);
  });
}

test('instructions that ask are found at every byte, others are not', (t) => {
  const found = (...bytes: number[]): string[] => processorInstructions(Uint8Array.from(bytes)).map(({ name, at }) => `${name} ${at}`);
  t.deepEqual(found(0x90, 0x0f, 0xa2, 0x0f, 0x01, 0xd0), ['cpuid 1', 'xgetbv 3']);
  t.deepEqual(found(0xf3, 0x0f, 0xc7, 0xf8), ['rdpid 1']);
  t.deepEqual(found(0x0f, 0xc7, 0x64, 0x24, 0x40, 0x0f, 0xae, 0x64, 0x24, 0x40), ['xsavec 0', 'xsave 5']);
  // syscall, rdrand, fxsave, lfence, cmpxchg8b, rdtsc
  t.deepEqual(found(0x0f, 0x05, 0x0f, 0xc7, 0xf0, 0x0f, 0xae, 0x00, 0x0f, 0xae, 0xe8, 0x0f, 0xc7, 0x0f, 0x31), []);
});
