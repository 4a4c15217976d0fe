import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import test from 'ava';
import { portTest } from 'portrace/ava';
import { TraceReader } from '../../src/trace/index.js';
import { CHECKOUT } from '../harness/folders.js';

portTest(test, 'traces');

const cases = readdirSync(join(CHECKOUT, 'traces'), { withFileTypes: true }).filter((entry) => entry.isDirectory());

for (const { name } of cases) {
  test(`the golden trace of ${name} names no folder of whoever recorded it`, (t) => {
    const reader = TraceReader.open(join(CHECKOUT, 'traces', name, 'golden.trace'));
    t.is(reader.session.workingFolder, `/usr/src/portrace/traces/${name}`);
    for (const { path } of reader.objects()) t.regex(path, /^\/(usr\/src\/portrace\/build\/golden\/|memfd:)/);
    reader.close();
  });
}
