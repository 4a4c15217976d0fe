/** The words of the command line as yargs takes them for what they mean. */

/** Words that say the same to yargs. */
export function wordsFor(words: readonly string[]): string[] {
  if (words[0] === 'record') return markGuest(words);
  return plainWords(words[0] === 'query' ? hideComments(words) : words);
}

/** Options of record that take a value. */
const WITH_VALUE: ReadonlySet<string> = new Set(['-o', '--output', '--port', '--digest-every']);

/**
 * Puts `--` in front of the guest where the user left it out: the first word that is no option of
 * ours begins the guest, and everything behind it is the guest's.
 */
function markGuest(words: readonly string[]): string[] {
  let at = 1;
  while (at < words.length && words[at]!.startsWith('-') && words[at] !== '--') at += WITH_VALUE.has(words[at]!) ? 2 : 1;
  if (at >= words.length || words[at] === '--') return [...words];
  return [...words.slice(0, at), '--', ...words.slice(at)];
}

/** The words without `--`, behind which none is an option: yargs would not take what stands there for files. */
function plainWords(words: readonly string[]): string[] {
  const at = words.indexOf('--');
  // What begins with an option is no command: a shell asks for completions with the words that it has.
  if (at < 0 || words[0]!.startsWith('-')) return [...words];
  return [...words.slice(0, at), ...words.slice(at + 1).map((word) => (word.startsWith('-') ? `./${word}` : word))];
}

/** SQL may begin with a comment, which would be taken for an option: it gets a blank in front. No option has one in it. */
const hideComments = (words: readonly string[]): string[] => words.map((word) => (/^--\S*\s/.test(word) ? ` ${word}` : word));
