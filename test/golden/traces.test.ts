import test from 'ava';
import { portTest } from 'portrace/ava';

portTest(test, 'traces');
