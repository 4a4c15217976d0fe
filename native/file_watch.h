// Files of which one wants to hear when somebody writes to them by a system call (inotify(7)).
#pragma once

#include <stddef.h>

namespace portrace {

// A descriptor for the functions below, or -errno. From now on SIGIO tells this thread of news: the kernel sends it before the
// call that wrote returns, so whatever the thread is told by the kernel because of that call comes behind it.
int watch_files();

// Not zero once there is news; whoever asks for it makes it zero before.
int* file_news();

// Watches the file of one of our descriptors; its number, which all descriptors of the file have, or -errno.
int watch_file(int watch, int descriptor);

// The numbers of files that were written to since the last time, some perhaps twice; as many as there is room for. -1 is one
// of them where the kernel had to drop some.
size_t written_files(int watch, int* numbers, size_t room);

}  // namespace portrace
