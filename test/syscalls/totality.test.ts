import { readFileSync } from 'node:fs';
import test from 'ava';
import { NAMES, rowOf, syscallName } from '../../src/syscalls/index.js';

const HEADER = '/usr/include/x86_64-linux-gnu/asm/unistd_64.h';

const ofHeader = [...readFileSync(HEADER, 'utf8').matchAll(/^#define __NR_(\w+)\s+(\d+)$/gm)].map(
  ([, name, number]) => [Number(number), name!] as const,
);
const lastOfHeader = Math.max(...ofHeader.map(([number]) => number));

test('the header is read', (t) => {
  t.true(ofHeader.length >= 300);
  t.deepEqual(ofHeader[0], [0, 'read']);
});

test('every call of the header has its row', (t) => {
  const missing = ofHeader.filter(([number, name]) => rowOf(number)?.name !== name).map(([, name]) => name);
  t.deepEqual(missing, []);
});

test('every row that is not newer than the header is in the header', (t) => {
  const known = new Map(ofHeader);
  const invented = NAMES.syscalls.filter(
    ([number, name]) => number <= lastOfHeader && number !== 335 && known.get(number) !== name,
  );
  t.deepEqual(invented, []);
  t.true(NAMES.syscalls.length >= ofHeader.length);
});

test('no number has two rows and each row knows its number', (t) => {
  const numbers = NAMES.syscalls.map(([number]) => number);
  t.is(new Set(numbers).size, numbers.length);
  for (const number of numbers) t.is(rowOf(number)?.number, number);
});

test('numbers without a row have no row and a name all the same', (t) => {
  t.is(rowOf(-1), undefined);
  t.is(rowOf(100000), undefined);
  t.is(syscallName(100000), 'syscall_100000');
});

test('no row has more than six arguments or an empty name', (t) => {
  for (const [number] of NAMES.syscalls) {
    const row = rowOf(number)!;
    t.true(row.arguments.length <= 6, row.name);
    for (const argument of row.arguments) t.regex(argument.name, /^\w+$/, row.name);
  }
});
