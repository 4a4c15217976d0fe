/** A recorder to be killed: appends generated events for ever and says after each commit how many. */
import { writeSync } from 'node:fs';
import { TraceWriter } from '../../src/trace/index.js';
import { Generator, OBJECTS, SESSION } from './generated.js';

const writer = TraceWriter.create(process.argv[2]!, {});
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
