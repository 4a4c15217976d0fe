/** Canonical texts as numbers, so that a million events fit memory and compare fast. */
import { compared, comparedLoosely } from './marks.js';

/** Both sides of a comparison share one, so that equal numbers are equal texts. */
export class Texts {
  private readonly numbers = new Map<string, number>();
  private readonly texts: string[] = [];
  private readonly strict: number[] = [];
  private readonly loose: number[] = [];

  number(text: string): number {
    const known = this.numbers.get(text);
    if (known !== undefined) return known;
    const number = this.texts.length;
    this.numbers.set(text, number);
    this.texts.push(text);
    return number;
  }

  /** All texts by their numbers. */
  all(): readonly string[] {
    return this.texts;
  }

  text(number: number): string {
    return this.texts[number]!;
  }

  /** The number of what counts of the text. */
  compared(number: number): number {
    return (this.strict[number] ??= this.reduced(number, compared));
  }

  /** The number of what counts of it in a task that timers drive. */
  comparedLoosely(number: number): number {
    return (this.loose[number] ??= this.reduced(number, comparedLoosely));
  }

  private reduced(number: number, reduce: (text: string) => string): number {
    const text = this.text(number);
    const rest = reduce(text);
    return rest === text ? number : this.number(rest);
  }
}
