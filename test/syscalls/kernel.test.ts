/**
 * Rows against the kernel itself: a C program makes calls over two patterns of memory and stores
 * the memory before and after. What changed must lie in what the rows say is written.
 */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test from 'ava';
import { captureInputs, isDescribed, outputRanges, rowOf, syscallName } from '../../src/syscalls/index.js';
import type { GuestMemory, SyscallRow } from '../../src/syscalls/index.js';
import { registersOf } from './guest.js';

/** As in probe/probe.h. */
const AREA = 0x7e0000000000;
const AREA_SIZE = 16384;
const HEADER = 64;

interface Probe {
  readonly name: string;
  readonly row: SyscallRow;
  readonly args: number[];
  readonly result: number;
  readonly before: Uint8Array;
  readonly after: Uint8Array;
}

const memoryOf = (bytes: Uint8Array): GuestMemory => ({
  read: (address, length) => bytes.slice(Math.max(0, address - AREA), Math.max(0, address - AREA + length)),
});

/** Reading before the area's begin gives nothing. */
const bounded = (memory: GuestMemory): GuestMemory => ({
  read: (address, length) => (address < AREA || address >= AREA + AREA_SIZE ? new Uint8Array(0) : memory.read(address, length)),
});

function runProbe(): Probe[] {
  const folder = mkdtempSync(join(tmpdir(), 'portrace-probe-'));
  try {
    const sources = ['main', 'files', 'waiting', 'sockets', 'processes', 'system'].map((name) => `test/syscalls/probe/${name}.c`);
    execFileSync('gcc', ['-O1', '-o', join(folder, 'probe'), ...sources]);
    execFileSync(join(folder, 'probe'), [join(folder, 'records'), folder]);
    return decode(readFileSync(join(folder, 'records')));
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function decode(records: Buffer): Probe[] {
  const probes: Probe[] = [];
  for (let at = 0; at < records.length; at += HEADER + 2 * AREA_SIZE) {
    const words = Array.from({ length: 8 }, (_, index) => Number(records.readBigInt64LE(at + index * 8)));
    const row = rowOf(words[0]!);
    if (!row) throw new Error(`no row for ${words[0]}`);
    const memory = records.subarray(at + HEADER, at + HEADER + 2 * AREA_SIZE);
    probes.push({
      name: syscallName(words[0]!),
      row,
      args: words.slice(1, 7),
      result: words[7]!,
      before: memory.subarray(0, AREA_SIZE),
      after: memory.subarray(AREA_SIZE),
    });
  }
  return probes;
}

const probes = runProbe();

const shown = ({ name, args, result }: Probe): string =>
  `${name}(${args.map((value) => (value >= AREA && value < AREA + AREA_SIZE ? `+${value - AREA}` : value)).join(', ')}) = ${result}`;

/** Places in the area that the call changed. */
function changed({ before, after }: Probe): number[] {
  const places: number[] = [];
  for (let at = 0; at < AREA_SIZE; at++) if (before[at] !== after[at]) places.push(at);
  return places;
}

/** Places in the area that the row says are written; `inputs`: with what was captured at the entry. */
function told({ row, args, result, before, after }: Probe, inputs: boolean): Set<number> {
  const entry = registersOf(args);
  const captured = inputs ? captureInputs(row, entry, bounded(memoryOf(before))) : [];
  const places = new Set<number>();
  for (const { address, length } of outputRanges(row, entry, result, bounded(memoryOf(after)), captured)) {
    const end = Math.min(address + length, AREA + AREA_SIZE);
    for (let at = Math.max(address, AREA); at < end; at++) places.add(at - AREA);
  }
  return places;
}

const described = probes.filter(({ row, args }) => isDescribed(row, registersOf(args)));

test('the probe made its calls and the kernel wrote', (t) => {
  t.true(probes.length >= 400, `${probes.length} runs`);
  t.true(probes.filter((probe) => changed(probe).length > 0).length >= 250);
  t.true(new Set(described.filter((probe) => changed(probe).length > 0).map(({ name }) => name)).size >= 90);
});

for (const inputs of [true, false]) {
  test(`rows miss nothing that the kernel wrote, ${inputs ? 'with' : 'without'} the inputs`, (t) => {
    const missed = described.flatMap((probe) => {
      const places = told(probe, inputs);
      const missing = changed(probe).filter((at) => !places.has(at));
      return missing.length > 0 ? [`${shown(probe)}: ${missing.slice(0, 8).join(' ')} (${missing.length} bytes)`] : [];
    });
    t.deepEqual(missed, []);
  });
}

/** Calls that leave gaps in what they write, and how many bytes of them there may be in the probe's calls. */
const GAPS: ReadonlyMap<string, number> = new Map([
  // Between a name's end and the next entry.
  ['getdents', 64],
  ['getdents64', 64],
  // Behind si_code.
  ['waitid', 4],
  // Behind a control message.
  ['recvmsg', 4],
  ['recvmmsg', 4],
  // A key that does not fit is not read at all, but its length is the result.
  ['keyctl', 3],
  // FS_IOC_GETFLAGS and FS_IOC_GETVERSION: encoded as long, some file systems write an int.
  ['ioctl', 4],
  // The buffers were filled when the requests were submitted.
  ['io_getevents', 64],
]);

test('rows tell of little that the kernel did not write', (t) => {
  // Two runs over two patterns: a byte that equals one pattern by chance differs from the other.
  const wasteful: string[] = [];
  for (let index = 0; index + 1 < probes.length; index += 2) {
    const [first, second] = [probes[index]!, probes[index + 1]!];
    if (!isDescribed(first.row, registersOf(first.args))) continue;
    if (first.result !== second.result) continue;
    const written = new Set([...changed(first), ...changed(second)]);
    const given = first.before.map((byte, at) => (byte === second.before[at] ? 1 : 0));
    const extra = [...told(second, true)].filter((at) => !written.has(at) && given[at] === 0);
    if (extra.length > (GAPS.get(first.name) ?? 0)) wasteful.push(`${shown(second)}: ${extra.slice(0, 8).join(' ')} (${extra.length} bytes)`);
  }
  t.deepEqual(wasteful, []);
});
