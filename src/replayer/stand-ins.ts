/** Stand-ins for the recorded memory objects: one memory file each, filled from the trace. */
import { closeSync, ftruncateSync, writeSync } from 'node:fs';
import { addon, answered } from '../tracee/index.js';
import type { ObjectId } from '../base/brands.js';
import { Trouble } from '../base/errors.js';
import type { MemoryObject, ObjectContent, ObjectWrite } from '../trace/events.js';

export class StandIns {
  private readonly objects = new Map<ObjectId, MemoryObject>();
  private readonly descriptors = new Map<ObjectId, number>();

  /** `onChange` hears of objects whose content becomes another. */
  constructor(
    objects: readonly MemoryObject[],
    private readonly onChange: (object: ObjectId) => void,
  ) {
    for (const object of objects) this.objects.set(object.id, object);
  }

  /** Our descriptor of an object's stand-in. */
  descriptor(id: ObjectId): number {
    const known = this.descriptors.get(id);
    if (known !== undefined) return known;
    const object = this.objects.get(id);
    if (!object) throw new Trouble('trace', `damaged trace: an event maps object ${id}, which is not in it`);
    const descriptor = answered(addon.createMemoryFile(`portrace-${id}`), 0, 'create a memory file');
    ftruncateSync(descriptor, object.size);
    this.descriptors.set(id, descriptor);
    return descriptor;
  }

  fill(content: ObjectContent): void {
    writeAll(this.descriptor(content.object), content.bytes, content.offset);
  }

  write({ object, offset, bytes, size }: ObjectWrite): void {
    const descriptor = this.descriptor(object);
    this.onChange(object);
    ftruncateSync(descriptor, size);
    writeAll(descriptor, bytes, offset);
  }

  /** Writes to an object, which grows where it must. */
  put(id: ObjectId, offset: number, bytes: Uint8Array): void {
    this.onChange(id);
    writeAll(this.descriptor(id), bytes, offset);
  }

  close(): void {
    for (const descriptor of this.descriptors.values()) closeSync(descriptor);
    this.descriptors.clear();
  }
}

function writeAll(descriptor: number, bytes: Uint8Array, offset: number): void {
  for (let done = 0; done < bytes.length; ) {
    done += writeSync(descriptor, bytes, done, bytes.length - done, offset + done);
  }
}
