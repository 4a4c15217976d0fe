/** Which names count as made up by chance. */
import test from 'ava';
import { TemporaryNames } from '../../src/diff/temporary-names.js';

function renamed(path: string, isDrawn: boolean): string {
  const names = new TemporaryNames();
  names.made(path, isDrawn);
  return names.rename(path);
}

test('six letters, some of them capitals or digits, are chance', (t) => {
  t.is(renamed('/tmp/tmp.aB3xY9', false), '/tmp/tmp.XXXXXX');
  t.is(renamed('/tmp/tmp.aB3xY9/file', false), '/tmp/tmp.aB3xY9/file');
});

test('six small letters are chance where random bytes or the time were asked for right before', (t) => {
  t.is(renamed('/tmp/mmap-all-cafdph', true), '/tmp/mmap-all-XXXXXX');
  t.is(renamed('/root/.config', false), '/root/.config');
});

test('six digits are a number', (t) => {
  t.is(renamed('/var/log/app-202611', true), '/var/log/app-202611');
});
