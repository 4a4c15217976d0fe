/** Options of the soak runs and the benchmark: what is wrong with one is told in a line, with exit status 2. */

export function refuse(tool: string, why: string): never {
  console.error(`${tool}: ${why}`);
  process.exit(2);
}

export function wholeNumber(tool: string, option: string, text: string): number {
  const number = Number(text);
  return Number.isSafeInteger(number) && number > 0 ? number : refuse(tool, `--${option} takes a whole number above 0, not '${text}'`);
}

/** Those whose name has the text that --only gives. */
export function choose<Each>(tool: string, all: readonly Each[], name: (each: Each) => string, only: string): readonly Each[] {
  const chosen = all.filter((each) => name(each).includes(only));
  if (chosen.length === 0) refuse(tool, `nothing has '${only}' in its name; there are ${all.map((each) => `'${name(each)}'`).join(', ')}`);
  return chosen;
}
