/** Address spaces, or what changed in them, as JSON; docs/maps.md describes it. */
import type { EventIndex } from '../base/brands.js';
import type { ReportedSpace, ReportedSpaceChanges } from './maps-report.js';

/** Changes where the meaning of a member changes or one goes away. */
const SCHEMA = 1;

export interface MapsHeading {
  /** Path of the trace. */
  readonly trace: string;
  /** What is missing in the trace, a sentence each. */
  readonly notes: readonly string[];
  readonly event: EventIndex;
}

export type MapsContent =
  | (MapsHeading & { readonly spaces: readonly ReportedSpace[] })
  | (MapsHeading & { readonly until: EventIndex; readonly spaces: readonly ReportedSpaceChanges[] });

export const mapsJson = (content: MapsContent): string => JSON.stringify({ schema: SCHEMA, ...content }, null, 2);
