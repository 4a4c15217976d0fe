/**
 * JavaScript numbers and SQLite integers. better-sqlite3 binds a number as a double, which a
 * STRICT integer column takes back exactly up to 2^51; larger ones travel as bigints, and SQLite's
 * integers are signed.
 */
const EXACT = 2 ** 51;

/** A whole number within ±2^63; throws RangeError for anything else. */
export function integerCell(value: number): number | bigint {
  if (value > -EXACT && value < EXACT && Number.isInteger(value)) return value;
  if (!Number.isInteger(value)) throw new RangeError(`${value} is not a whole number`);
  return signedCell(BigInt(value));
}

/** Any 64 bits, whether read as signed or unsigned. */
export function signedCell(value: bigint): bigint {
  return BigInt.asIntN(64, value);
}

export const unsigned = (value: bigint): bigint => BigInt.asUintN(64, value);

export const flagCell = (value: boolean | undefined): number => (value === true ? 1 : 0);
