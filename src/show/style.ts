/** Text for terminals. */

/** ECMA-48 select graphic rendition. */
const CODES = { bold: 1, dim: 2, red: 31, green: 32 } as const;

export type Style = keyof typeof CODES;

/** A function that styles text, or leaves it as it is. */
export const styleText = (isOn: boolean) => (style: Style, text: string): string => (isOn ? `\x1b[${CODES[style]}m${text}\x1b[0m` : text);
