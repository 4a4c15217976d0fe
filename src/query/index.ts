/** What can be asked about a trace: queries by name, and what SQL can name. */
export { NAMED_QUERIES, namedQuery, type NamedQuery } from './named-queries.js';
export { catalogue } from './catalogue.js';
