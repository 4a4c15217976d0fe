/** Columns of numbers and blocks of lines, as a page holds them. */
import { inflateSync } from 'node:zlib';
import test from 'ava';
import { EventColumns, listedOf } from '../../src/report/event-columns.js';
import { BLOCK_LINES } from '../../src/report/report-data.js';
import { decodeDistances, decodeVarints, encodeDistances, encodeVarints } from '../../src/report/varints.js';
import type { TraceEvent } from '../../src/trace/index.js';

const NUMBERS = [0, 1, 127, 128, 16383, 16384, 2 ** 31, 2 ** 32 + 1, 2 ** 49, Number.MAX_SAFE_INTEGER];

test('numbers come back as they were', (t) => {
  t.deepEqual([...decodeVarints(encodeVarints(NUMBERS), NUMBERS.length)], NUMBERS);
  t.deepEqual([...decodeVarints(encodeVarints([]), 0)], []);
});

test('so do distances, back and forth', (t) => {
  const times = [5, 5, 3, 1_700_000_000_000_000, 0, 2 ** 50, 7];
  t.deepEqual([...decodeDistances(encodeDistances(times), times.length)], times);
});

test('small numbers take one byte each', (t) => {
  t.is(encodeVarints(new Array<number>(1000).fill(100)).length, 1000);
});

test('the first and the last events are listed, each in one row', (t) => {
  t.deepEqual(listedOf(10, 10), { head: 10, tail: 0, events: 10 });
  t.deepEqual(listedOf(11, 5), { head: 3, tail: 2, events: 11 });
  const columns = new EventColumns(listedOf(11, 5));
  t.deepEqual(
    Array.from({ length: 11 }, (_, index) => columns.rowOf(index + 1)),
    [0, 1, 2, undefined, undefined, undefined, undefined, undefined, undefined, 3, 4],
  );
});

test('lines are in blocks, without those that are not listed, and long ones say how long they were', (t) => {
  const events = BLOCK_LINES + 10;
  const columns = new EventColumns(listedOf(events, BLOCK_LINES + 2));
  for (let index = 1; index <= events; index++)
    columns.add({ index, kind: 'tsc', task: 1, time: index, inputs: [], effects: [] } as unknown as TraceEvent, () =>
      index === 1 ? 'x'.repeat(5000) : `line ${index}`,
    );
  const blocks = columns.packedBlocks().map((text) => inflateSync(Buffer.from(text, 'base64')).toString().split('\n'));
  t.deepEqual(
    blocks.map(({ length }) => length),
    [BLOCK_LINES, 2],
  );
  t.true(blocks[0]![0]!.endsWith('x … and 1000 more characters'));
  t.deepEqual(blocks[1], [`line ${events - 1}`, `line ${events}`]);
});
