/** Address spaces. */
import * as constants from '../constants/memory.js';
import { choiceOf, flagsOf } from './names.js';

export const protection = flagsOf('protection', constants.PROTECTIONS);
export const mapFlags = flagsOf('map flags', constants.MAP_FLAGS, { field: { mask: 15, table: constants.MAP_TYPES } });
export const remapFlags = flagsOf('remap flags', constants.REMAP_FLAGS);
export const syncFlags = flagsOf('sync flags', constants.SYNC_FLAGS, { last: ['MS_SYNC', 'MS_ASYNC', 'MS_INVALIDATE'] });
export const advice = choiceOf('advice', constants.ADVICE);
export const lockAllFlags = flagsOf('lock-all flags', constants.LOCK_ALL_FLAGS);
export const lockFlags = flagsOf('lock flags', constants.LOCK_FLAGS);
