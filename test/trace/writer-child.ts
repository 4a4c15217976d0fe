/**
 * A recorder to be killed: appends generated events for ever and says after each commit how many.
 * With the argument `threaded`, a thread writes them.
 */
import { writeSync } from 'node:fs';
import { ThreadedTraceWriter, TraceWriter } from '../../src/trace/index.js';
import { Generator, OBJECTS, SESSION } from './generated.js';

const [, , path, how] = process.argv;
const writer = (how === 'threaded' ? ThreadedTraceWriter : TraceWriter).create(path!, {});
writer.begin(SESSION);
for (const object of OBJECTS) writer.object(object);
const generator = new Generator(1);
try {
  for (let written = 1; ; written++) {
    writer.append(generator.event());
    if (written % 500 === 0) {
      writer.commit();
      writeSync(1, `${written}\n`);
    }
  }
} catch (error) {
  writer.close();
  writeSync(2, `${(error as { kind?: string }).kind}: ${(error as Error).message}\n`);
  process.exitCode = 1;
}
