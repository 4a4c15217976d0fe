/**
 * Messages from one thread to another through a ring of shared memory. Neither end needs its event
 * loop, and no message is copied more often than into the ring and out of it.
 */

// Two counts of bytes, modulo 2^32, then the ring. Each count has a cache line of its own, since
// each is written by another thread.
const WRITTEN = 0;
const READ = 16;
const HEADER_SIZE = 128;

const LENGTH_SIZE = 4;

// Waking a thread costs as much as several messages, so a sleeping reader is woken after so many
// bytes only; else it looks by itself when its patience ends.
const WAKE_BYTES = 65536;

/** How long a writer with a full ring sleeps before it looks whether there is a reader yet. Milliseconds. */
const FULL_PATIENCE = 100;

/** Memory of a pipe that holds up to `size` bytes, a power of two. */
export function pipeMemory(size: number): SharedArrayBuffer {
  if (size < HEADER_SIZE || (size & (size - 1)) !== 0) throw new RangeError(`${size} is not a power of two`);
  return new SharedArrayBuffer(HEADER_SIZE + size);
}

/** The end that one thread writes to. */
export class PipeWriter {
  private readonly counts: Int32Array;
  private readonly ring: Uint8Array;
  private readonly length = new DataView(new ArrayBuffer(LENGTH_SIZE));
  private readonly lengthBytes = new Uint8Array(this.length.buffer);
  private written = 0;
  private announced = 0;

  /** `onFull` is called before each sleep on a full ring; it throws where nobody reads any more. */
  constructor(
    memory: SharedArrayBuffer,
    private readonly onFull: () => void,
  ) {
    this.counts = new Int32Array(memory, 0, HEADER_SIZE / 4);
    this.ring = new Uint8Array(memory, HEADER_SIZE);
  }

  /** Bytes that the reader has not taken yet. */
  get backlog(): number {
    return (this.written - Atomics.load(this.counts, READ)) >>> 0;
  }

  /** Copies a message into the ring, of any length; sleeps while there is no room. */
  write(message: Uint8Array): void {
    this.length.setUint32(0, message.length, true);
    this.put(this.lengthBytes);
    this.put(message);
    Atomics.store(this.counts, WRITTEN, this.written);
    if ((this.written - this.announced) >>> 0 >= WAKE_BYTES) this.wake();
  }

  /** Lets a sleeping reader see at once what is there. */
  wake(): void {
    this.announced = this.written;
    Atomics.notify(this.counts, WRITTEN);
  }

  private put(bytes: Uint8Array): void {
    const { ring } = this;
    for (let done = 0; done < bytes.length; ) {
      const place = this.written & (ring.length - 1);
      const length = Math.min(bytes.length - done, this.room(), ring.length - place);
      ring.set(length === bytes.length ? bytes : bytes.subarray(done, done + length), place);
      done += length;
      this.written = (this.written + length) | 0;
    }
  }

  private room(): number {
    for (;;) {
      const read = Atomics.load(this.counts, READ);
      const room = this.ring.length - ((this.written - read) >>> 0);
      if (room > 0) return room;
      // The reader must see the beginning of a message that is longer than the ring.
      Atomics.store(this.counts, WRITTEN, this.written);
      this.wake();
      this.onFull();
      Atomics.wait(this.counts, READ, read, FULL_PATIENCE);
    }
  }
}

/** The end that another thread reads from. */
export class PipeReader {
  private readonly counts: Int32Array;
  private readonly ring: Uint8Array;
  private readonly length = new DataView(new ArrayBuffer(LENGTH_SIZE));
  private readonly lengthBytes = new Uint8Array(this.length.buffer);
  private taken = 0;

  constructor(memory: SharedArrayBuffer) {
    this.counts = new Int32Array(memory, 0, HEADER_SIZE / 4);
    this.ring = new Uint8Array(memory, HEADER_SIZE);
  }

  /** The next message, in memory of its own; undefined where none comes for so many milliseconds. */
  next(patience: number): Uint8Array | undefined {
    if (this.available(patience) === 0) return undefined;
    this.take(this.lengthBytes);
    const message = new Uint8Array(this.length.getUint32(0, true));
    this.take(message);
    // A writer that sleeps is woken to half a ring of room, not to the room of every message.
    if (this.available(0) <= this.ring.length / 2) Atomics.notify(this.counts, READ);
    return message;
  }

  /** How full it is, 0 … 1: a writer will have to wait for room at 1. */
  get fill(): number {
    return this.available(0) / this.ring.length;
  }

  private take(into: Uint8Array): void {
    const { ring } = this;
    for (let done = 0; done < into.length; ) {
      const place = this.taken & (ring.length - 1);
      const length = Math.min(into.length - done, this.available(Infinity), ring.length - place);
      into.set(ring.subarray(place, place + length), done);
      done += length;
      this.taken = (this.taken + length) | 0;
      Atomics.store(this.counts, READ, this.taken);
    }
  }

  private available(patience: number): number {
    const written = Atomics.load(this.counts, WRITTEN);
    if (written !== this.taken || patience === 0) return (written - this.taken) >>> 0;
    Atomics.notify(this.counts, READ);
    Atomics.wait(this.counts, WRITTEN, written, patience);
    return (Atomics.load(this.counts, WRITTEN) - this.taken) >>> 0;
  }
}
