/* What probe.c offers to the files that make the calls. */
#include <stddef.h>

#define AREA 0x7e0000000000L
#define AREA_SIZE 16384
/* Four places in the area, far enough from each other. */
#define A 256
#define B 4096
#define C 8192
#define D 12288
/* The same as addresses. */
#define PA (AREA + A)
#define PB (AREA + B)
#define PC (AREA + C)
#define PD (AREA + D)

extern unsigned char *const area;
long raw(long number, const long *args);
long call6(long number, const long *args);
void give(size_t at, const void *bytes, size_t length);
void give_long(size_t at, long value);
void give_int(size_t at, int value);
void before_it(void (*what)(void));

/* call(NUMBER, arguments...): missing arguments are zero. */
#define call(number, ...) call6(number, (const long[6]){ __VA_ARGS__ })

void probe_files(void);
void probe_waiting(void);
void probe_sockets(void);
void probe_processes(void);
void probe_system(void);
