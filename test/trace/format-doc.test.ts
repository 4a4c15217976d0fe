import { readFileSync } from 'node:fs';
import test from 'ava';
import { describeFormat } from '../../src/trace/format-doc.js';

test('docs/trace-format.md is what scripts/trace-format.ts writes', (t) => {
  const written = readFileSync(new URL('../../../docs/trace-format.md', import.meta.url), 'utf8');
  t.is(written, describeFormat(), 'run: npm run docs');
});
