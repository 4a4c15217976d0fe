/** A test case: a golden trace, how its guest is recorded again, and what may differ. */
import type { RuleName } from '../diff/index.js';

export interface TestCase {
  /** Its folder below the one that was asked for, and its name there where the folder has several. */
  readonly name: string;
  /** Where relative paths begin, and where the guest starts. */
  readonly folder: string;
  /** The file that describes it; the trace itself where there is none. */
  readonly file: string;
  /** Path of the golden trace. */
  readonly trace: string;
  /** Absent where the trace alone is all there is: then it can be replayed only. */
  readonly recipe?: Recipe;
}

/** How to record the guest, and how to compare it. */
export interface Recipe {
  /** The guest and its arguments. */
  readonly command: readonly string[];
  /** A shell command that makes the guest, run in the folder before recording. */
  readonly build?: string;
  /** The whole environment. */
  readonly environment: Readonly<Record<string, string>>;
  /** What its standard input gives; nothing without it. */
  readonly input: string;
  /** Label of the host port, for the golden trace. */
  readonly port?: string;
  /** Differences that are known: files of `portrace diff --write-expect`, in the folder. */
  readonly expect: readonly string[];
  readonly ignore: readonly RuleName[];
  readonly ignoreCalls: readonly string[];
  /** How long recording and replay may take, seconds. */
  readonly timeout: number;
}

/** What became of a case. */
export interface CaseResult {
  readonly name: string;
  /** The file that a report points at. */
  readonly file: string;
  /** `trouble`: it could not be run, which says nothing of the guest. */
  readonly outcome: 'pass' | 'fail' | 'trouble';
  /** One line: why it did not pass, or what was done beside. */
  readonly headline?: string;
  /** More lines. */
  readonly details: readonly string[];
  readonly seconds: number;
}

export type Mode = 'replay' | 'record' | 'update';
