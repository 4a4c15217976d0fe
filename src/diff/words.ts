/** The canonical wording: every value that the kernel or chance chose is said by what it stands for. */
import { crc32 } from 'node:zlib';
import type { TaskId } from '../base/brands.js';
import { showDescriptor, type Descriptor, type Place } from '../mappings/index.js';
import type { Comparison, MemoryKind, ScalarKind, Wording } from '../syscalls/index.js';
import type { GuestState } from './guest-state.js';
import { loose, movable, numbered } from './marks.js';
import type { Rules } from './rules.js';

/**
 * How the data of a call counts: `all` of it; without the `numbers` in it; `none`, for what differs
 * each time or comes in pieces.
 */
export type DataUse = 'all' | 'numbers' | 'none';

/** Bytes that a kind shows by itself; of more a checksum is added. */
const SHOWN_WHOLE = 32;
/** No program has anything there. */
const FIRST_PAGE = 65536n;
/** Smaller numbers are hardly meant as pids. */
const FIRST_PID = 300n;
/** sizeof(pid_t) */
const PID_SIZE = 4;
/** FUTEX_TID_MASK of linux/futex.h: the rest are flags. */
const LOCK_OWNER = 0x3fffffffn;
/** From here on Linux chooses port numbers (ip_local_port_range). */
const FIRST_CHOSEN_PORT = 32768n;
/** An abstract name that Linux chose (unix_autobind in net/unix/af_unix.c). */
const CHOSEN_NAME = /sun_path=@"[0-9a-f]{5}"/;
const MILLISECOND = 1_000_000;

/** Kinds of what a task may have made: data, and the arguments that it gives a program. */
const DATA: ReadonlySet<string> = new Set(['bytes', 'text']);

/** What a call is about, as far as it decides how its values are said. */
export interface CallSetting {
  readonly task: TaskId;
  readonly data: DataUse;
  /** `exact` in calls about mappings, `heap end` in brk. */
  readonly addresses: 'loose' | 'exact' | 'heap end';
  /** `loose` where they count data whose numbers do not count. */
  readonly sizes: 'exact' | 'loose';
  /** `movable` where the mapped file is memory that the guest made for itself. */
  readonly mapOffset: 'exact' | 'movable';
  /**
   * What is told of a file: it is `changing` below /proc and /sys, and `given` where the guest was
   * started with it.
   */
  readonly status: 'told' | 'changing' | 'given';
  /** Whose descriptors and pids: `foreign` where a guest tracer answers the call. */
  readonly names: 'host' | 'foreign';
  /** Whether pids of tasks may stand in its data. */
  readonly text: 'data' | 'with pids';
}

const PLAIN_SETTING: CallSetting = {
  task: 1 as TaskId,
  data: 'all',
  addresses: 'loose',
  sizes: 'exact',
  mapOffset: 'exact',
  status: 'told',
  names: 'host',
  text: 'data',
};

/** Of a signal to the task. */
export const settingOf = (task: TaskId): CallSetting => ({ ...PLAIN_SETTING, task });

type Say<Value, K> = (kind: K, value: Value) => string;

export class CanonicalWords implements Wording {
  /** What the call in hand is about. */
  setting: CallSetting = PLAIN_SETTING;
  /** The kernel tells: what varies is learned by the task. */
  isTold = false;
  private insideStatus = false;
  private insideFolder = false;

  constructor(
    private readonly state: GuestState,
    private readonly rules: Rules,
  ) {}

  scalar(kind: ScalarKind, value: bigint): string {
    return kind.compare === 'same' ? this.plain(kind, value) : this.scalars[kind.compare](kind, value);
  }

  memory(kind: MemoryKind, bytes: Uint8Array, length: number): string {
    switch (kind.compare) {
      case 'duration':
      case 'deadline':
        return this.duration(kind, bytes);
      case 'varying':
        this.learn();
        return this.rules.has('random') ? '*' : this.content(kind, bytes, length);
      case 'processor':
        return '*';
      case 'host':
        return this.rules.has('host-names') ? '*' : kind.show(bytes, length, this);
      default:
        return this.plainMemory(kind, bytes, length);
    }
  }

  private readonly scalars: Readonly<Record<Exclude<Comparison, 'same'>, Say<bigint, ScalarKind>>> = {
    descriptor: (kind, value) => this.descriptor(kind, Number(value)),
    identifier: (kind, value) => (value < 0n ? kind.show(value) : 'id'),
    process: (_kind, value) => this.process(Number(value)),
    address: (kind, value) => this.address(kind, value),
    user: (kind, value) => kind.show(value),
    inode: (kind, value) => (this.rules.has('inodes') ? '*' : kind.show(value)),
    duration: (kind, value) => kind.show(value),
    deadline: (kind, value) => kind.show(value),
    host: (kind, value) => kind.show(value),
    port: (kind, value) => (value >= FIRST_CHOSEN_PORT && this.rules.has('ports') ? '*' : kind.show(value)),
    processor: () => '*',
    word: (kind, value) => this.word(kind, value),
    lock: (kind, value) => `${kind.show(value & ~LOCK_OWNER)}|${this.process(Number(value & LOCK_OWNER))}`,
    varying: (kind, value) => {
      if (!this.insideStatus) this.learn();
      return this.rules.has('clocks') ? '*' : kind.show(value);
    },
  };

  private plain(kind: ScalarKind, value: bigint): string {
    if (this.insideStatus && (this.insideFolder || this.setting.status === 'changing') && kind.name !== 'file mode') return '*';
    if (this.setting.mapOffset === 'movable' && kind.name === 'map offset') return movable(kind.show(value));
    if (this.setting.sizes === 'loose' && kind.name === 'size') return loose(kind.show(value));
    return kind.show(value);
  }

  private descriptor(kind: ScalarKind, value: number): string {
    if (value < 0 || this.setting.names === 'foreign') return kind.show(BigInt(value));
    const known = this.state.descriptors.of(this.setting.task, value);
    return known ? this.described(known) : `fd ${value}`;
  }

  private described(what: Descriptor): string {
    if (what.number === undefined) return `<${this.path(showDescriptor(what))}>`;
    const end = what.end === undefined ? '' : `[${what.end}]`;
    return `<${numbered(what.name, what.number)}${end}>`;
  }

  /** A pid, a thread id, or a process group with its sign turned. */
  process(value: number): string {
    if (value === 0 || value === -1) return `${value}`;
    if (this.setting.names === 'foreign') return `pid${loose(` ${value}`)}`;
    const task = this.state.taskOf(Math.abs(value));
    const sign = value < 0 ? '-' : '';
    return task === undefined ? `${sign}outside` : `${sign}${numbered('task', task)}`;
  }

  /** What a word holds, as far as it can be told: numbers below the first page are numbers, or pids. */
  private word(kind: ScalarKind, value: bigint): string {
    if (value >= FIRST_PAGE) return this.state.spaces.of(this.setting.task).placeOf(Number(value)) ? this.address(kind, value) : kind.show(value);
    return value >= FIRST_PID && this.state.taskOf(Number(value)) !== undefined ? this.process(Number(value)) : kind.show(value);
  }

  private address(kind: ScalarKind, value: bigint): string {
    if (value < FIRST_PAGE) return kind.show(value);
    if (this.setting.addresses === 'heap end') return this.heapEnd(Number(value));
    const place = this.state.spaces.of(this.setting.task).placeOf(Number(value));
    // Where an imported trace knows of no mapping, the log did not tell.
    const isUnknown = place === undefined && this.state.isImported;
    const offset = this.setting.addresses === 'exact' && !isUnknown ? movable : loose;
    const name = this.setting.addresses === 'exact' ? same : movable;
    return place ? placeText(place, offset, name) : name('somewhere') + offset(` 0x${value.toString(16)}`);
  }

  /** The end of the heap, which is no place in it. */
  heapEnd(value: number): string {
    const space = this.state.spaces.of(this.setting.task);
    space.heapBegins(value);
    return placeText(space.heapPlace(value)!, movable);
  }

  private duration(kind: MemoryKind, bytes: Uint8Array): string {
    const isExact = !this.state.lessons.of(this.setting.task).varying || !this.rules.has('durations');
    if (isExact || !this.isWorkedOut(kind, bytes)) return kind.show(bytes, bytes.length);
    return `{${loose(kind.show(bytes, bytes.length).slice(1, -1))}}`;
  }

  /** People choose whole milliseconds to wait; what comes of a clock has all the digits. */
  private isWorkedOut(kind: MemoryKind, bytes: Uint8Array): boolean {
    if (bytes.length < kind.size) return false;
    if (kind.compare === 'deadline') return true;
    const part = new DataView(bytes.buffer, bytes.byteOffset).getBigInt64(8, true);
    return part % BigInt(kind.name === 'timeval' ? MILLISECOND / 1000 : MILLISECOND) !== 0n;
  }

  private plainMemory(kind: MemoryKind, bytes: Uint8Array, length: number): string {
    if (DATA.has(kind.name) && this.setting.data !== 'all') return this.setting.data === 'none' ? '*' : withoutNumbers(kind, this.generalContent(bytes) ?? bytes, length);
    if (length === PID_SIZE && this.setting.text === 'with pids' && kind.name === 'bytes') {
      const known = this.pidIn(bytes);
      if (known !== undefined) return known;
    }
    if (kind.terminated) return this.text(kind, bytes, length);
    if (kind.content) return this.content(kind, bytes, length);
    if (kind.name === 'socket address') return this.socketAddress(kind.show(bytes, length, this));
    if (!kind.name.startsWith('stat')) return kind.show(bytes, length, this);
    return this.status(kind, bytes, length);
  }

  /** Data that is nothing but the pid of a task of the guest. */
  private pidIn(bytes: Uint8Array): string | undefined {
    const value = bytes.length === PID_SIZE ? new DataView(bytes.buffer, bytes.byteOffset).getInt32(0, true) : 0;
    return value >= FIRST_PID && this.state.taskOf(value) !== undefined ? this.process(value) : undefined;
  }

  private socketAddress(text: string): string {
    return this.renamedParts(this.rules.has('ports') ? text.replace(CHOSEN_NAME, 'sun_path=@*') : text);
  }

  /** What is told of a file; of a folder, how much is in it is the business of all who use it. */
  private status(kind: MemoryKind, bytes: Uint8Array, length: number): string {
    if (this.setting.status === 'given') return '*';
    this.insideStatus = true;
    this.insideFolder = this.rules.has('inodes') && isFolder(kind, bytes);
    const text = kind.show(bytes, length, this);
    this.insideStatus = false;
    return text;
  }

  private text(kind: MemoryKind, bytes: Uint8Array, length: number): string {
    const text = LATIN1.decode(kind.content ? kind.content(bytes) : bytes.subarray(0, Math.max(0, bytes.indexOf(0))));
    const path = this.path(text);
    if (path === text) return this.content(kind, bytes, length);
    return `"${path}"`;
  }

  /** A path in general words; a known pid in /proc is a task. */
  private path(text: string): string {
    if (!text.startsWith('/proc/')) return this.state.renamed(text);
    return text.replace(/^\/proc\/(\d+)(?=\/|$)/, (whole, pid: string) => {
      const task = this.state.taskOf(Number(pid));
      return task === undefined ? whole : `/proc/${numbered('task', task)}`;
    });
  }

  private content(kind: MemoryKind, bytes: Uint8Array, length: number): string {
    const general = this.generalContent(bytes);
    if (general) return this.content(kind, general, general.length);
    const shown = kind.show(bytes, length, this);
    const content = kind.content?.(bytes) ?? bytes;
    return content.length > SHOWN_WHOLE && kind.name !== 'path' ? `${shown} ${checksum(content)}` : shown;
  }

  private renamedParts(text: string): string {
    return this.state.temporary.none ? text : this.state.temporary.renameAll(text);
  }

  /** Data without names and pids that differ each time; undefined where there are none in it. */
  private generalContent(bytes: Uint8Array): Uint8Array | undefined {
    const asked = this.setting.text === 'with pids' && this.setting.data === 'all' && this.state.lessons.of(this.setting.task).processes;
    if (this.state.temporary.none && !asked) return undefined;
    const text = LATIN1.decode(bytes);
    const named = this.state.temporary.renameAll(text);
    const general = asked ? named.replace(PERHAPS_PID, (digits) => (this.state.taskOf(Number(digits)) === undefined ? digits : '[pid]')) : named;
    return general === text ? undefined : Buffer.from(general, 'latin1');
  }

  private learn(): void {
    if (this.isTold) this.state.lessons.of(this.setting.task).varying = true;
  }
}

const LATIN1 = new TextDecoder('latin1');

const checksum = (bytes: Uint8Array | string): string => `(crc ${crc32(bytes).toString(16)})`;

const same = (text: string): string => text;

function placeText({ name, number, offset }: Place, mark: (text: string) => string, markName = same): string {
  const what = markName(number === undefined ? name : numbered(name, number));
  if (offset === 0) return what;
  return what + mark(`${offset < 0 ? '-' : '+'}0x${Math.abs(offset).toString(16)}`);
}

/** asm-generic/stat.h: where st_mode and stx_mode are. */
const MODE_AT: Readonly<Record<string, number>> = { stat: 24, statx: 28 };
const S_IFMT = 0o170000;
const S_IFDIR = 0o040000;

function isFolder({ name }: MemoryKind, bytes: Uint8Array): boolean {
  const at = MODE_AT[name];
  return at !== undefined && at + 2 <= bytes.length && ((bytes[at]! | (bytes[at + 1]! << 8)) & S_IFMT) === S_IFDIR;
}

/** Of three digits and more, as a word; a number counts as a pid only where a task of the guest has it. */
const PERHAPS_PID = /\b[1-9]\d{2,6}\b/g;

/** Numbers as C and shells print them, with the blanks that fill up to a width. */
const NUMBERS = / *(?:0x[0-9a-f]+|\b(?=[a-f]*\d)[0-9a-f]{8,}\b|\d+)/g;

/** What is said of text whose numbers do not count. */
export const WITHOUT_NUMBERS = 'without numbers';

function withoutNumbers(kind: MemoryKind, bytes: Uint8Array, length: number): string {
  const rest = LATIN1.decode(bytes).replace(NUMBERS, '0');
  const shown = kind.show(Buffer.from(rest, 'latin1'), rest.length).replace(/\.\.\.$/, '');
  return `${shown}${rest.length > SHOWN_WHOLE ? `... ${checksum(rest)}` : ''} ${WITHOUT_NUMBERS}${loose(` ${length} bytes`)}`;
}
