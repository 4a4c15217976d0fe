/**
 * The notation of canonical texts. A text says all that is known; marks in it say what of it counts
 * in a comparison. They are control characters, which no shown value contains.
 *
 * - a numbered name (`pipe#3`): recordings agree where one name always stands for the other;
 * - a loose part: shown, not compared;
 * - a movable part: compared, but not in a task whose memory depends on when timers tick.
 */
const NAME = ['\x01', '\x02'] as const;
const LOOSE = ['\x03', '\x04'] as const;
const MOVABLE = ['\x05', '\x06'] as const;

export const numbered = (name: string, number: number): string => `${NAME[0]}${name}#${number}${NAME[1]}`;
export const loose = (text: string): string => `${LOOSE[0]}${text}${LOOSE[1]}`;
export const movable = (text: string): string => `${MOVABLE[0]}${text}${MOVABLE[1]}`;

const ANY_MARK = /[\x01-\x06]/;
const NUMBERS = /#\d+(?=\x02)/g;
const LOOSE_PARTS = /\x03[^\x04]*\x04/g;
const MOVABLE_PARTS = /\x05[^\x06]*\x06/g;
const MARKS = /[\x01-\x06]/g;
const NAMES = /\x01([^\x02]*)\x02/g;

/** What counts of the text. */
export function compared(text: string): string {
  return ANY_MARK.test(text) ? text.replace(NUMBERS, '').replace(LOOSE_PARTS, '').replace(MARKS, '') : text;
}

/** What counts of it in a task that timers drive. */
export function comparedLoosely(text: string): string {
  return ANY_MARK.test(text) ? compared(text.replace(MOVABLE_PARTS, '')) : text;
}

/** Members that do not count: `st_ino=*`, `st_atime={tv_sec=*, tv_nsec=*}`. */
const HIDDEN_MEMBERS = /(?:, )?\b\w+=(?:\*|\{\w+=\*(?:, \w+=\*)*\})(?=[,}])/g;

/** A structure of which no member counts. */
const NOTHING_LEFT = /, \w+ \{\}/g;

/** For people, without what does not count anyway. */
export const readable = (text: string): string => text.replace(MARKS, '').replace(HIDDEN_MEMBERS, '').replaceAll('{, ', '{').replace(NOTHING_LEFT, '');

/** The numbered names in the order in which they stand: `pipe#3`. */
export const namesIn = (text: string): string[] => (text.includes(NAME[0]) ? [...text.matchAll(NAMES)].map((match) => match[1]!) : []);
