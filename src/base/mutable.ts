/** A type whose members may be set: for values that are put together step by step. */
export type Mutable<T> = { -readonly [K in keyof T]: T[K] };
