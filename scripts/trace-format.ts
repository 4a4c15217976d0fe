/** Writes docs/trace-format.md from the schema. */
import { writeFileSync } from 'node:fs';
import { describeFormat } from '../src/trace/format-doc.js';

writeFileSync(new URL('../../docs/trace-format.md', import.meta.url), describeFormat());
