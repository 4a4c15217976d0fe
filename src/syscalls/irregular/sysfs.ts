/** sysfs(2), the old call that knows the kernel's file systems by number: fs/filesystems.c, Linux 6.6. */
import { reads, type Description } from '../argument.js';
import { choice, unused } from '../choice.js';
import { text } from '../kinds/bytes.js';
import { showWhole } from '../kinds/kind.js';
import { int } from '../kinds/numbers.js';
import { noteRange, showPointer } from '../guest.js';
import { readText } from '../text.js';

/** A name, or the index that is looked up. */
export const sysfsName: Description = choice({ by: 'option', cases: new Map([[1, reads(text)]]), otherwise: int });

// Only a zero byte says how long the name is that the kernel wrote.
const nameWritten: Description = {
  kind: text,
  direction: 'out',
  bind: ({ register }) => ({
    outputs(call, to) {
      const at = call.args.number(register);
      if (call.result >= 0 && at !== 0) noteRange(to, at, readText(call.left, at).length);
    },
    show(call) {
      const at = call.args.number(register);
      const name = call.result >= 0 ? readText(call.left, at) : new Uint8Array();
      return name.length > 0 ? showWhole(text, name, name.length, call.words) : showPointer(call, at);
    },
  }),
};

export const sysfsBuffer: Description = choice({ by: 'option', cases: new Map([[2, nameWritten]]), otherwise: unused });
