import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import test from 'ava';
import { RULES, RULE_NAMES, rulesInForce } from '../../src/diff/rules.js';
import { CHECKOUT } from '../harness/folders.js';

test('the documentation has every rule, and whether it is in force', (t) => {
  const rows = readFileSync(join(CHECKOUT, 'docs/diff.md'), 'utf8').matchAll(/^\| `([a-z-]+)` \| .* \| (yes|no) \|$/gm);
  const documented = Object.fromEntries([...rows].map(([, name, answer]) => [name, answer === 'yes']));
  t.deepEqual(documented, Object.fromEntries(RULE_NAMES.map((name) => [name, RULES[name].byDefault])));
});

test('a rule can be turned on and off', (t) => {
  t.true(rulesInForce().has('clocks'));
  t.false(rulesInForce([], ['clocks']).has('clocks'));
  t.false(rulesInForce().has('addresses'));
  t.true(rulesInForce(['addresses']).has('addresses'));
});
