/**
 * bpf(2): kernel/bpf/syscall.c, include/uapi/linux/bpf.h, Linux 6.6. The attributes point at keys
 * and values whose lengths only the map knows, so most commands are not described.
 */
import { BPF_COMMANDS } from '../constants/bpf.js';
import { both, reads, writes, type Description } from '../argument.js';
import { always } from '../outcome.js';
import { count } from '../extent.js';
import { bytes } from '../kinds/bytes.js';
import { choiceOf } from '../kinds/names.js';

export const bpfCommand = choiceOf('bpf command', BPF_COMMANDS);

/** Commands that write nothing, or only the attributes themselves. */
const DESCRIBED: ReadonlySet<number> = new Set([
  BPF_COMMANDS.BPF_MAP_CREATE,
  BPF_COMMANDS.BPF_MAP_UPDATE_ELEM,
  BPF_COMMANDS.BPF_MAP_DELETE_ELEM,
  BPF_COMMANDS.BPF_OBJ_PIN,
  BPF_COMMANDS.BPF_OBJ_GET,
  BPF_COMMANDS.BPF_PROG_ATTACH,
  BPF_COMMANDS.BPF_PROG_DETACH,
  BPF_COMMANDS.BPF_PROG_GET_NEXT_ID,
  BPF_COMMANDS.BPF_MAP_GET_NEXT_ID,
  BPF_COMMANDS.BPF_PROG_GET_FD_BY_ID,
  BPF_COMMANDS.BPF_MAP_GET_FD_BY_ID,
  BPF_COMMANDS.BPF_RAW_TRACEPOINT_OPEN,
  BPF_COMMANDS.BPF_BTF_GET_FD_BY_ID,
  BPF_COMMANDS.BPF_MAP_FREEZE,
  BPF_COMMANDS.BPF_BTF_GET_NEXT_ID,
  BPF_COMMANDS.BPF_LINK_CREATE,
  BPF_COMMANDS.BPF_LINK_UPDATE,
  BPF_COMMANDS.BPF_LINK_GET_FD_BY_ID,
  BPF_COMMANDS.BPF_LINK_GET_NEXT_ID,
  BPF_COMMANDS.BPF_ENABLE_STATS,
  BPF_COMMANDS.BPF_ITER_CREATE,
  BPF_COMMANDS.BPF_LINK_DETACH,
  BPF_COMMANDS.BPF_PROG_BIND_MAP,
]);

/** union bpf_attr, in the length that the caller knows. */
export const bpfAttributes = (sizeName: string): Description => {
  const attributes = both(reads(bytes, count(sizeName)), writes(bytes, count(sizeName), always));
  return {
    ...attributes,
    bind(place) {
      const command = place.neighbour('command');
      return { ...attributes.bind(place), describes: (args) => DESCRIBED.has(command(args)) };
    },
  };
};
