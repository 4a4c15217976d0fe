/** Names that a guest made up by chance, as mkstemp(3) and mkdtemp(3) do: `/tmp/tmp.aB3xY9`; or of a pid: `/tmp/list.4711`. */

/** Six letters and digits at the end of a path. */
const BY_CHANCE = /^(.*?)(?=[A-Za-z0-9_]{6,}$)([A-Za-z0-9_]*?)([A-Za-z0-9]{6})$/;

/** What Python's tempfile makes up: eight of these letters, behind tmp, or alone where it tries a folder. */
const OF_PYTHON = /^(.*\/tmp|\/(?:var\/|usr\/)?tmp\/)[a-z0-9_]{8}$/;

/** One in two hundred names is of small letters only, as words are: what the guest asked for before tells them apart. */
const isChance = (letters: string, isDrawn: boolean): boolean => (isDrawn || /[A-Z0-9]/.test(letters)) && !/^\d+$/.test(letters);

/** Letters of either case or digits between them, as hardly any word has. */
const MIXED = /[a-z].*[A-Z0-9]|[A-Z0-9].*[a-z]|[A-Z].*\d|\d.*[A-Z]/;

/** What mktemp(1) makes up where nobody said how its name is to look: no need to look at the letters. */
const USUAL_MKTEMP = /^(|.*\/)tmp\.[A-Za-z0-9]{10}$/;

/** What mktemp(1) makes up: as many letters as its user asked for, ten where nobody did, behind something else. */
const OF_MKTEMP = /^(|.*[^A-Za-z0-9])[A-Za-z0-9]{7,}$/;

function generalName(path: string, isDrawn: boolean): string | undefined {
  const python = OF_PYTHON.exec(path);
  if (python) return `${python[1]}XXXXXXXX`;
  const drawn = isDrawn ? OF_MKTEMP.exec(path) : null;
  if (drawn && (USUAL_MKTEMP.test(path) || MIXED.test(path.slice(drawn[1]!.length)))) return `${drawn[1]}XXXXXXXXXX`;
  const match = BY_CHANCE.exec(path);
  return match && isChance(match[3]!, isDrawn) ? `${path.slice(0, -6)}XXXXXX` : undefined;
}

/** Of three digits and more, whatever stands around them; a number counts as a pid only where a task of the guest has it. */
const PERHAPS_PID = /(?<!\d)[1-9]\d{2,6}(?!\d)/g;
/** A number alone might stand in any text. */
const ONLY_DIGITS = /^\d*$/;

const lastPart = (path: string): string => path.slice(path.lastIndexOf('/') + 1);

interface Name {
  readonly path: string;
  readonly general: string;
}

/** Whether the number that the name begins with goes on: it is another name then. */
const goesOn = (path: string, next: string | undefined): boolean => next !== undefined && /\d$/.test(path) && /\d/.test(next);

export class TemporaryNames {
  private readonly names: Name[] = [];

  /**
   * A file or folder was made that must not have existed before. `isDrawn`: right behind a call that gives
   * a guest random bytes or the time, from which mkstemp makes its letters.
   */
  made(path: string, isDrawn: boolean): void {
    const general = generalName(path, isDrawn);
    if (general !== undefined) this.note(path, general);
  }

  /** A file or folder was made, or opened where it was there. */
  opened(path: string, isPid: (number: number) => boolean): void {
    const name = lastPart(path);
    const general = path.slice(0, path.length - name.length) + name.replace(PERHAPS_PID, (digits) => (isPid(Number(digits)) ? '[pid]' : digits));
    if (general !== path && !ONLY_DIGITS.test(path)) this.note(path, general);
  }

  /** The name of a file in its folder in general words. */
  renameEntry(name: string): string {
    const known = this.names.find(({ path }) => lastPart(path) === name);
    return known ? lastPart(known.general) : name;
  }

  private note(path: string, general: string): void {
    if (!this.names.some((each) => each.path === path)) this.names.push({ path, general });
  }

  get none(): boolean {
    return this.names.length === 0;
  }

  /** The text with all such names in it in general words. */
  renameAll(text: string): string {
    return this.names.reduce(
      (rest, { path, general }) => rest.replaceAll(path, (found, at: number, whole: string) => (goesOn(path, whole[at + path.length]) ? found : general)),
      text,
    );
  }

  /** The path in general words. */
  rename(path: string): string {
    for (const { path: known, general } of this.names) {
      if (path.startsWith(known) && !goesOn(known, path[known.length])) return general + path.slice(known.length);
    }
    return path;
  }
}
