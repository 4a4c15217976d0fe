/**
 * What this host's processor does for a tracer. A virtual machine may accept a request and not heed it, so
 * each ability is tried. PORTRACE_WITHOUT names abilities to do without (`timestamp-traps`, `breakpoints`,
 * separated by commas), so that what replaces them can be tested where they are.
 */
import { addon } from './addon.js';

const without = new Set((process.env['PORTRACE_WITHOUT'] ?? '').split(','));

/** Whether rdtsc and rdtscp can be made to trap (PR_SET_TSC, prctl(2)). */
export const trapsTimestamps = (): boolean => !without.has('timestamp-traps') && hostTrapsTimestamps();

/** The same whether portrace does without or not. */
export const hostTrapsTimestamps = (): boolean => addon.trapsTsc();

/** Whether the debug registers stop a task at an instruction. */
export const breakpointsWork = (): boolean => !without.has('breakpoints') && addon.breakpointsWork();
