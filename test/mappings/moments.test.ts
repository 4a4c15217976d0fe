/** Address spaces of real traces against a page table that knows nothing of pieces. */
import { join } from 'node:path';
import test from 'ava';
import { eventIndex } from '../../src/base/brands.js';
import { spacesAfter } from '../../src/mappings/index.js';
import { TraceReader } from '../../src/trace/index.js';
import { CHECKOUT, temporaryFolder } from '../harness/folders.js';
import { guestProgram } from '../harness/guests.js';
import { record } from '../harness/portrace.js';
import { PageTables, pageTable } from '../harness/page-tables.js';

/** Compares all address spaces after every event. */
function compareAll(trace: string): { readonly wrong: string[]; readonly spaces: number } {
  const reader = TraceReader.open(trace);
  const wrong: string[] = [];
  let count = 0;
  const tables = new PageTables();
  const moments = spacesAfter(reader, Array.from({ length: reader.eventCount }, (_, index) => eventIndex(index + 1)));
  for (const { event, spaces } of moments) {
    tables.apply(event);
    for (const { space, pieces } of spaces) {
      count++;
      if (!tables.equals(space, pageTable(pieces))) wrong.push(`event ${event.index}, space ${space}`);
    }
  }
  reader.close();
  return { wrong, spaces: count };
}

for (const name of ['files', 'mappings', 'processes', 'signals']) {
  test(`the golden trace of ${name}`, (t) => {
    const { wrong, spaces } = compareAll(join(CHECKOUT, 'traces', name, 'golden.trace'));
    t.deepEqual(wrong, []);
    t.true(spaces > 10);
  });
}

for (const name of ['mmap-all', 'own-maps', 'replace-text', 'share-files']) {
  test(`a recording of ${name}`, async (t) => {
    const trace = join(temporaryFolder(t), 'guest.trace');
    const { code, stderr } = await record(t, trace, [guestProgram(name)]);
    t.is(code, 0, stderr);
    const { wrong, spaces } = compareAll(trace);
    t.deepEqual(wrong, []);
    t.true(spaces > 50);
  });
}

test('a moment that the trace does not have is left out', (t) => {
  const reader = TraceReader.open(join(CHECKOUT, 'traces/mappings/golden.trace'));
  t.teardown(() => reader.close());
  t.deepEqual(spacesAfter(reader, [3, 999, 5].map(eventIndex)).map(({ event }) => event.index as number), [3, 5]);
  t.deepEqual(spacesAfter(reader, []), []);
});
