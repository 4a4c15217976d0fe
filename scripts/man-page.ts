/** Writes docs/portrace.1 from what the commands say of themselves. */
import { writeFileSync } from 'node:fs';
import { manPage } from '../src/cli/man-page.js';

writeFileSync(new URL('../../docs/portrace.1', import.meta.url), await manPage());
