/** What stat(2) tells of a file, by the addon: Node.js' own answer takes longer than the call that is recorded. */
import { addon } from '../tracee/index.js';

/** Of st_mode (inode(7)). */
const S_IFMT = 0o170000;
const S_IFREG = 0o100000;
const S_IFCHR = 0o020000;
/** Device number of /dev/zero (major 1, minor 5; Documentation/admin-guide/devices.txt). */
const DEV_ZERO = 0x105;

const FACTS = new Float64Array(10);

/** Its strings are made when they are asked for: of most files nobody asks. */
export class HostFile {
  private constructor(
    readonly device: number,
    /** Inodes of 2^53 and more lose their low bits here. */
    readonly inode: number,
    private readonly inodeLow: number,
    private readonly mode: number,
    private readonly special: number,
    /** Bytes. */
    readonly size: number,
    private readonly modified: number,
    private readonly modifiedPart: number,
    private readonly changed: number,
    private readonly changedPart: number,
  ) {}

  /** The file of a path or of one of our descriptors; undefined where there is none. */
  static of(which: string | number): HostFile | undefined {
    if (addon.stat(which, FACTS) !== 0) return undefined;
    const [device, inode, inodeLow, mode, special, size, modified, modifiedPart, changed, changedPart] = FACTS;
    return new HostFile(device!, inode!, inodeLow!, mode!, special!, size!, modified!, modifiedPart!, changed!, changedPart!);
  }

  get isRegular(): boolean {
    return (this.mode & S_IFMT) === S_IFREG;
  }

  get isZeroDevice(): boolean {
    return (this.mode & S_IFMT) === S_IFCHR && this.special === DEV_ZERO;
  }

  /** Tells it from all others that there are now. */
  get key(): string {
    return `${this.device}:${this.inode}:${this.inodeLow}`;
  }

  /** Tells whether its content is still the same, where it is older than the host's clock can tell. */
  get version(): string {
    return `${this.modified}:${this.modifiedPart}:${this.changed}:${this.changedPart}:${this.size}`;
  }

  /** When it or its content was last changed, milliseconds since 1970. */
  get changedAt(): number {
    return Math.max(this.modified * 1000 + this.modifiedPart / 1e6, this.changed * 1000 + this.changedPart / 1e6);
  }
}
