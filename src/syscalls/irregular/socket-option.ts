/** The option of getsockopt(2): its name depends on the level. */
import { value, type Description } from '../argument.js';
import { choice } from '../choice.js';
import { IPV6_OPTIONS, IP_OPTIONS, LEVELS, SOCKET_OPTIONS, TCP_OPTIONS } from '../constants/sockets.js';
import { choiceOf } from '../kinds/names.js';
import { int } from '../kinds/numbers.js';

const unknown = (number: bigint): string => number.toString();

export const optionName: Description = choice({
  by: 'level',
  cases: new Map([
    [LEVELS.SOL_SOCKET, value(choiceOf('socket option', SOCKET_OPTIONS, { unknown }))],
    [LEVELS.SOL_TCP, value(choiceOf('TCP option', TCP_OPTIONS, { unknown }))],
    [LEVELS.SOL_IP, value(choiceOf('IP option', IP_OPTIONS, { unknown }))],
    [LEVELS.SOL_IPV6, value(choiceOf('IPv6 option', IPV6_OPTIONS, { unknown }))],
  ] as [number, Description][]),
  otherwise: int,
});
