/* The call of a newer kernel that newer-call.c makes and newer-kernel.c answers. */
#ifndef NEWER_CALL_H
#define NEWER_CALL_H

#include <stdint.h>

/* newer(asked, size, text): far behind the numbers of Linux. */
#define SYS_newer 1000
#define NEWER_RESULT 77

struct newer {
  uint64_t version;
  char *text;
};

#endif
