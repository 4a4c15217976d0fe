// Signals that a guest sends to its process group, which is also the tracer's: they are the guest's alone.
#pragma once

namespace portrace {

// From now on a signal that would end this process does so only if it does not come from a task that it traces. Those of the
// terminal (Ctrl-C, Ctrl-\, Ctrl-Z) are ignored.
void leave_signals_to_guest();

}  // namespace portrace
