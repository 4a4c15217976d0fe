/** Names that a guest made up by chance, as mkstemp(3) and mkdtemp(3) do: `/tmp/tmp.aB3xY9`. */

/** Six letters and digits at the end of a path. */
const BY_CHANCE = /^(.*?)(?=[A-Za-z0-9_]{6,}$)([A-Za-z0-9_]*?)([A-Za-z0-9]{6})$/;

/** What Python's tempfile makes up: eight of these letters, behind tmp, or alone where it tries a folder. */
const OF_PYTHON = /^(.*\/tmp|\/(?:var\/|usr\/)?tmp\/)[a-z0-9_]{8}$/;

/** One in two hundred names is of small letters only, as words are: what the guest asked for before tells them apart. */
const isChance = (letters: string, isDrawn: boolean): boolean => (isDrawn || /[A-Z0-9]/.test(letters)) && !/^\d+$/.test(letters);

function generalName(path: string, isDrawn: boolean): string | undefined {
  const python = OF_PYTHON.exec(path);
  if (python) return `${python[1]}XXXXXXXX`;
  const match = BY_CHANCE.exec(path);
  return match && isChance(match[3]!, isDrawn) ? `${path.slice(0, -6)}XXXXXX` : undefined;
}

export class TemporaryNames {
  private readonly names: { readonly path: string; readonly general: string }[] = [];

  /**
   * A file or folder was made that must not have existed before. `isDrawn`: right behind a call that gives
   * a guest random bytes or the time, from which mkstemp makes its letters.
   */
  made(path: string, isDrawn: boolean): void {
    const general = generalName(path, isDrawn);
    if (general === undefined || this.names.some((each) => each.path === path)) return;
    this.names.push({ path, general });
  }

  get none(): boolean {
    return this.names.length === 0;
  }

  /** The text with all such names in it in general words. */
  renameAll(text: string): string {
    return this.names.reduce((rest, { path, general }) => rest.replaceAll(path, general), text);
  }

  /** The path in general words. */
  rename(path: string): string {
    for (const { path: known, general } of this.names) {
      if (path.startsWith(known)) return general + path.slice(known.length);
    }
    return path;
  }
}
