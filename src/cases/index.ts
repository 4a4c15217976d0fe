/** Test cases: golden traces that are replayed, or whose guests are recorded again and compared. */
export type { CaseResult, Mode, Recipe, TestCase } from './case.js';
export { findCases } from './find-cases.js';
export { annotations } from './reports/annotations.js';
export { testJunit } from './reports/junit.js';
export { listLines, listSummary } from './reports/list.js';
export { tapHeader, tapLines } from './reports/tap.js';
export { runCase, runCases, type RunOptions } from './run-cases.js';
