/** The facts of this machine that a trace keeps. */
import os from 'node:os';
import { existsSync, readFileSync } from 'node:fs';
import type { HostFacts, MissingAbility } from '../trace/events.js';
import { PAGE_SIZE } from '../base/brands.js';
import { trapsTimestamps } from './abilities.js';
import { addon } from './addon.js';

/** cpuid leaves that have subleaves worth keeping, and how many (AMD APM volume 3, appendix E). */
const SUBLEAVES: ReadonlyMap<number, number> = new Map([
  [0x4, 8],
  [0x7, 3],
  [0xb, 3],
  [0xd, 20],
  [0x8000001d, 6],
]);

function cpuidTable(): number[][] {
  const rows: number[][] = [];
  for (const base of [0, 0x80000000]) {
    const last = addon.cpuid(base, 0)[0]!;
    for (let leaf = base; leaf <= last && leaf < base + 0x40; leaf++) {
      const count = SUBLEAVES.get(leaf) ?? 1;
      for (let subleaf = 0; subleaf < count; subleaf++) {
        rows.push([leaf, subleaf, ...addon.cpuid(leaf, subleaf)]);
      }
    }
  }
  return rows;
}

/** Size of the extended state area for all features that the system enabled: cpuid 0xd.0 ebx. */
function xstateSize(): number {
  return addon.cpuid(0xd, 0)[1]!;
}

/** Describes this machine. */
export function hostFacts(portraceVersion: string): HostFacts {
  return {
    sysname: os.type(),
    release: os.release(),
    version: os.version(),
    machine: os.machine(),
    nodename: os.hostname(),
    cpuModel: os.cpus()[0]?.model ?? cpuModelFromProc(),
    cpuid: cpuidTable(),
    xstateSize: xstateSize(),
    pageSize: PAGE_SIZE,
    portraceVersion,
    missing: missingAbilities(),
  };
}

/** gVisor, for one, has neither of the first three; a virtual machine without processor support may lack the others. */
function missingAbilities(): MissingAbility[] {
  const missing: MissingAbility[] = [];
  // Which pages were written is part of what tells a place among instructions.
  if (!existsSync('/proc/self/pagemap')) missing.push('exact points');
  if (!addon.fixesLayout()) missing.push('fixed layout');
  if (!trapsTimestamps()) missing.push('time stamp counter');
  if (!tellsProcessorNumber()) missing.push('processor number');
  return missing;
}

/** cpuid leaf 1, ebx: its highest byte is the processor's own number (initial APIC id). */
export const processorNumber = (ebx: number): number => ebx >>> 24;

/** Whether cpuid tells a number that the kernel knows of one of its processors. */
function tellsProcessorNumber(): boolean {
  const known = [...readFileSync('/proc/cpuinfo', 'latin1').matchAll(/^initial apicid\s*: (\d+)$/gm)];
  const number = processorNumber(addon.cpuid(1, 0)[1]!);
  return known.length === 0 || known.some(([, id]) => (Number(id) & 0xff) === number);
}

function cpuModelFromProc(): string {
  return /^model name\s*: (.*)$/m.exec(readFileSync('/proc/cpuinfo', 'latin1'))?.[1] ?? 'unknown';
}
