/** Exports of traces in this process, without files. */
import { join } from 'node:path';
import { exportTrace, openTrace, type ExportOptions } from '../../src/index.js';
import type { TraceEvent } from '../../src/trace/index.js';
import { CHECKOUT } from '../harness/folders.js';

export const golden = (name: string): string => join(CHECKOUT, 'traces', name, 'golden.trace');

export const GOLDEN: readonly string[] = ['files', 'mappings', 'processes', 'signals'];

export function exported(path: string, options: ExportOptions): Buffer {
  const reader = openTrace(path);
  try {
    return Buffer.concat([...exportTrace(reader, options)].map((piece) => Buffer.from(piece as string)));
  } finally {
    reader.close();
  }
}

export function eventsOf(path: string): TraceEvent[] {
  const reader = openTrace(path);
  try {
    return [...reader.events()];
  } finally {
    reader.close();
  }
}
