/** What a recorder hands its events to. */
import type { EventIndex } from '../base/brands.js';
import type { EndFacts, MemoryObject, NewEvent, ObjectContent, SessionFacts } from './events.js';

/**
 * Takes a recording in its order. Every method throws Trouble('storage') where the trace cannot be
 * written (a full disk, say), at once or at a later call; after that only close() makes sense, and
 * what was committed is kept.
 */
export interface TraceSink {
  /** Stores what is recorded, at once. Call it before anything else. */
  begin(session: SessionFacts): void;
  /** The index that the next appended event gets. */
  readonly nextIndex: EventIndex;
  /** Bytes of the trace so far, about. */
  readonly bytesWritten: number;
  /** Stores an event; its bytes are copied. Answers its index. */
  append(event: NewEvent): EventIndex;
  /** Stores an object; call it before the first event that names it. */
  object(object: MemoryObject): void;
  /**
   * Stores a piece of an object's content with the event that is appended next; its bytes are
   * copied. Throws RangeError where `event` is another than nextIndex.
   */
  content(content: ObjectContent): void;
  /** Makes everything so far outlive the recorder. Appending does it too, four times a second. */
  commit(): void;
  /** Marks the trace complete, leaves exactly one file, and closes. */
  finish(end: EndFacts): void;
  /** Commits and closes without marking the trace complete. Closing twice is nothing. */
  close(): void;
}
