import test from 'ava';
import { compared, comparedLoosely, loose, movable, namesIn, numbered, readable } from '../../src/diff/marks.js';

const TEXT = `dup2(<${numbered('pipe', 3)}[r]>, ${numbered('anon', 12)}${movable('+0x10')}, [stack]${loose('-0x40')}) #5`;

test('people read everything', (t) => t.is(readable(TEXT), 'dup2(<pipe#3[r]>, anon#12+0x10, [stack]-0x40) #5'));
test('numbers of names and loose parts do not count, numbers in text do', (t) => t.is(compared(TEXT), 'dup2(<pipe[r]>, anon+0x10, [stack]) #5'));
test('where timers drive a task, places in memory do not count either', (t) => t.is(comparedLoosely(TEXT), 'dup2(<pipe[r]>, anon, [stack]) #5'));
test('names are found in order', (t) => t.deepEqual(namesIn(TEXT), ['pipe#3', 'anon#12']));
test('a text without marks stays as it is', (t) => t.is(compared('getpid() = 5'), 'getpid() = 5'));
