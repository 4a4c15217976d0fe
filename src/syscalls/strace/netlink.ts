/** Messages to a netlink socket: struct nlmsghdr, include/uapi/linux/netlink.h. */
import { ARGUMENT_REGISTERS } from '../../base/registers.js';
import { FAMILIES } from '../constants/sockets.js';
import { NETLINK_MESSAGES, ROUTE_MESSAGES } from '../constants/strace.js';
import { before } from '../guest.js';
import { choiceOf, flagsOf } from '../kinds/names.js';
import { quoteStyled } from '../kinds/bytes.js';
import { showScalar } from '../kinds/kind.js';
import { u16, u32 } from '../little-endian.js';
import type { StyledCall } from './call.js';

const HEADER = 16;
const types = choiceOf('netlink message', { ...NETLINK_MESSAGES, ...ROUTE_MESSAGES }, { bytes: 2 });
const FIRST_OF_ROUTE = 16;
const NLM_F_DUMP = 0x300;
const flags = flagsOf('netlink flags', { NLM_F_REQUEST: 1, NLM_F_MULTI: 2, NLM_F_ACK: 4, NLM_F_ECHO: 8, NLM_F_DUMP_INTR: 16, NLM_F_DUMP_FILTERED: 32, NLM_F_DUMP, NLM_F_ROOT: 0x100, NLM_F_MATCH: 0x200, NLM_F_ATOMIC: 0x400 }, { bytes: 2 });

/** What sendto(2) sends where it is addressed to a netlink socket: the header by field, what follows as bytes. */
export function netlinkMessages(call: StyledCall): string | undefined {
  const argument = (index: number): number => call.args.number(ARGUMENT_REGISTERS[index]!);
  const address = argument(4) === 0 ? new Uint8Array() : before(call, argument(4), 2);
  if (address.length < 2 || u16(address, 0) !== FAMILIES.AF_NETLINK) return undefined;
  const bytes = before(call, argument(1), Math.min(argument(2), 4096));
  if (bytes.length < HEADER || u32(bytes, 0) > bytes.length || u32(bytes, 0) < HEADER) return undefined;
  const header = `{nlmsg_len=${u32(bytes, 0)}, nlmsg_type=${typeOf(u16(bytes, 4), call)}, nlmsg_flags=${showScalar(flags, BigInt(u16(bytes, 6)), call.words)}, nlmsg_seq=${u32(bytes, 8)}, nlmsg_pid=${u32(bytes, 12)}}`;
  const body = bytes.subarray(HEADER, u32(bytes, 0));
  if (body.length === 0) return header;
  const { style } = call.words;
  return `[${header}, ${quoteStyled(body.subarray(0, style.strings), style)}${body.length > style.strings ? '...' : ''}]`;
}

const typeOf = (type: number, { words }: StyledCall): string => (type < FIRST_OF_ROUTE && type > 4 ? `${type}` : showScalar(types, BigInt(type), words));
