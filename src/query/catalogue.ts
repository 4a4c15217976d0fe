/** A list of all that can be asked: the named queries, and the views and tables that SQL can name. */
import { TABLES, VIEWS } from '../trace/index.js';
import { NAMED_QUERIES } from './named-queries.js';

/** One row each: what it is, its name, what it holds. */
export const catalogue = (): string[][] => [
  ...NAMED_QUERIES.map(({ name, description }) => ['query', `@${name}`, description]),
  ...VIEWS.map(({ name, doc }) => ['view', name, firstSentence(doc)]),
  ...TABLES.map(({ name, doc }) => ['table', name, firstSentence(doc)]),
];

const firstSentence = (text: string): string => /^.*?(?=\.( |$))/.exec(text)?.[0] ?? text;
