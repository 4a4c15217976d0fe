/** What socket calls take beside addresses. */
import * as constants from '../constants/sockets.js';
import { choiceOf, flagsOf } from './names.js';

export const family = choiceOf('socket family', constants.FAMILIES);
export const socketType = flagsOf('socket type', constants.SOCKET_FLAGS, { last: ['SOCK_CLOEXEC', 'SOCK_NONBLOCK'], field: { mask: 15, table: constants.SOCKET_TYPES } });
export const socketFlags = flagsOf('socket flags', constants.SOCKET_FLAGS, { last: ['SOCK_CLOEXEC', 'SOCK_NONBLOCK'] });
export const messageFlags = flagsOf('message flags', constants.MESSAGE_FLAGS);
export const shutdownHow = choiceOf('shutdown how', constants.SHUTDOWN_HOW);
export const level = choiceOf('option level', constants.LEVELS);
