// The time stamp counter of threads that trace tasks whose rdtsc traps.
//
// Whether rdtsc traps (PR_SET_TSC, prctl(2)) is a bit of CR4, which the kernel writes where a task and the one
// that follows it on the processor differ in it. A virtual machine takes longer for the two writes of a stop than
// for the rest of it. So a thread that traces such tasks does without the counter, too, while it waits
// for them. The first read of a clock that needs it (the vDSO's) traps, and brings it back until the next wait.
#pragma once

namespace portrace {

// From now on this thread traces such tasks.
void share_time_stamp_trap();

// It traces none any more.
void end_time_stamp_trap();

// A traced task is about to run.
void give_up_time_stamps();

// Code that is not portrace's is about to run in this thread, and may make others of it.
void take_back_time_stamps();

}  // namespace portrace
