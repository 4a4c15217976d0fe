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

test('all the letters that mktemp(1) drew, however many', (t) => {
  t.is(renamed('/tmp/tmp.J2Ij8dkeX0', true), '/tmp/tmp.XXXXXXXXXX');
  for (const letters of ['H5XYKQ3Z9W', 'abcdefghij', '0123456789']) t.is(renamed(`/tmp/tmp.${letters}`, true), '/tmp/tmp.XXXXXXXXXX');
  t.is(renamed('/tmp/x-5XYKQ3Z', true), '/tmp/x-XXXXXXXXXX');
  t.is(renamed('/tmp/x-aB3xY9kk', true), '/tmp/x-XXXXXXXXXX');
  t.is(renamed('/srv/data/settings', true), '/srv/data/seXXXXXX');
});

test('six digits are a number', (t) => {
  t.is(renamed('/var/log/app-202611', true), '/var/log/app-202611');
});

test('a pid of the guest in the name of a file that was opened to be made', (t) => {
  const names = new TemporaryNames();
  const isPid = (number: number): boolean => number === 4711;
  names.opened('/tmp/list.4711', isPid);
  names.opened('/tmp/list.4712', isPid);
  names.opened('/tmp/4711/list', isPid);
  names.opened('4711', isPid);
  t.is(names.rename('/tmp/list.4711'), '/tmp/list.[pid]');
  t.is(names.rename('/tmp/list.4711.old'), '/tmp/list.[pid].old');
  t.is(names.rename('/tmp/list.4712'), '/tmp/list.4712');
  t.is(names.rename('/tmp/list.47110'), '/tmp/list.47110');
  t.is(names.rename('/tmp/4711/list'), '/tmp/4711/list');
  t.is(names.rename('4711'), '4711');
  t.is(names.renameAll('made /tmp/list.4711, not /tmp/list.47110 of 4711'), 'made /tmp/list.[pid], not /tmp/list.47110 of 4711');
});
