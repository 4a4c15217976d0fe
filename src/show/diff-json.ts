/** The report of a comparison as JSON; docs/diff.md describes it. */
import type { DiffReport } from '../diff/index.js';

/** Changes where the meaning of a member changes or one goes away. */
const SCHEMA = 1;

export const diffJson = (report: DiffReport): string => JSON.stringify({ schema: SCHEMA, ...report }, null, 2);
