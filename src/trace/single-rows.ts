/**
 * The rows that are alone in their table, and those of objects: each has a checksum of its own.
 * They are read with their integers as bigints.
 */
import type { Nanoseconds, ObjectId } from '../base/brands.js';
import { isString, listOf } from './cell-types.js';
import { Checksum } from './checksum.js';
import type { EndFacts, HostFacts, ImportCounts, ImportSource, ImportTool, MemoryObject, MissingAbility, SessionFacts } from './events.js';
import { integerCell, unsigned } from './integers.js';
import { pack, unpack } from './pack.js';
import type { Row } from './row.js';

const checksum = new Checksum();

/** The checksum of a row that has it as its last column; give the columns before. */
export function rowChecksum(row: Row): number {
  checksum.begin();
  checksum.row(0, row, 0);
  return checksum.value();
}

/** Appends the row's own checksum. */
export function withChecksum(row: Row): Row {
  return [...row, rowChecksum(row)];
}

/** True where the last cell is the checksum of those before. */
export function checksumHolds(row: Row): boolean {
  return rowChecksum(row.slice(0, -1)) === Number(row.at(-1));
}

export function sessionRow(session: SessionFacts): Row {
  return withChecksum([
    1,
    session.arguments.join(' '),
    pack(session.arguments),
    session.workingFolder,
    pack(session.environment),
    session.startedAt,
    session.port ?? null,
  ]);
}

export function hostRow(host: HostFacts): Row {
  return withChecksum([
    1,
    host.sysname,
    host.release,
    host.version,
    host.machine,
    host.nodename,
    host.cpuModel,
    pack(host.cpuid),
    integerCell(host.xstateSize),
    integerCell(host.pageSize),
    host.portraceVersion,
    host.missing.length === 0 ? null : host.missing.join(', '),
  ]);
}

export function sessionFacts(session: Row, host: Row): SessionFacts {
  return {
    arguments: listOf(unpack(session[2] as Uint8Array), isString),
    workingFolder: session[3] as string,
    environment: listOf(unpack(session[4] as Uint8Array), isString),
    startedAt: session[5] as string,
    ...(session[6] === null ? {} : { port: session[6] as string }),
    host: {
      sysname: host[1] as string,
      release: host[2] as string,
      version: host[3] as string,
      machine: host[4] as string,
      nodename: host[5] as string,
      cpuModel: host[6] as string,
      cpuid: listOf(unpack(host[7] as Uint8Array), Array.isArray),
      xstateSize: Number(host[8]),
      pageSize: Number(host[9]),
      portraceVersion: host[10] as string,
      missing: host[11] === null ? [] : ((host[11] as string).split(', ') as MissingAbility[]),
    },
  };
}

export function importSourceRow({ tool, log }: ImportSource): Row {
  return withChecksum([1, tool, log]);
}

export function importSourceOf(row: Row): ImportSource {
  return { tool: row[1] as ImportTool, log: row[2] as string };
}

export function importCountsRow({ lines, badLines, otherLines, firstBad }: ImportCounts): Row {
  return withChecksum([1, lines, badLines, otherLines, firstBad?.line ?? null, firstBad?.text ?? null]);
}

export function importCountsOf(row: Row): ImportCounts {
  return {
    lines: Number(row[1]),
    badLines: Number(row[2]),
    otherLines: Number(row[3]),
    ...(row[4] === null ? {} : { firstBad: { line: Number(row[4]), text: row[5] as string } }),
  };
}

export function endRow(end: EndFacts, events: number): Row {
  return withChecksum([1, integerCell(end.status), integerCell(end.duration), events]);
}

export function endFacts(row: Row): EndFacts {
  return { status: Number(row[1]), duration: Number(row[2]) as Nanoseconds };
}

/** The number of events that a row of ending tells. */
export function endedAfter(row: Row): number {
  return Number(row[3]);
}

/** What a trace holds as of a commit. */
export interface Totals {
  readonly events: number;
  readonly objects: number;
  readonly complete: boolean;
}

export function totalsRow(totals: Totals): Row {
  return withChecksum([1, totals.events, totals.objects, totals.complete ? 1 : 0]);
}

export function totalsOf(row: Row): Totals {
  return { events: Number(row[1]), objects: Number(row[2]), complete: row[3] === 1n };
}

export function objectRow(object: MemoryObject): Row {
  return withChecksum([
    integerCell(object.id),
    object.kind,
    object.path,
    integerCell(object.device),
    integerCell(object.inode),
    integerCell(object.size),
  ]);
}

export function objectOf(row: Row): MemoryObject {
  return {
    id: Number(row[0]) as ObjectId,
    kind: row[1] as MemoryObject['kind'],
    path: row[2] as string,
    device: Number(unsigned(row[3] as bigint)),
    inode: Number(unsigned(row[4] as bigint)),
    size: Number(row[5]),
  };
}
