/*
 * What every guest program shares: EXPECT ends the program with a line that says what failed, ok
 * prints one line of its log. Guests print only what they have checked, so the same program proves
 * itself natively, under record and in a replay.
 */
#ifndef EXPECT_H
#define EXPECT_H

#include <errno.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define EXPECT(condition)                                                                     \
  do {                                                                                        \
    if (!(condition)) {                                                                       \
      int error_ = errno;                                                                     \
      printf("FAILED %s:%d: %s (errno %d %s)\n", __FILE__, __LINE__, #condition, error_,      \
             strerror(error_));                                                               \
      fflush(stdout);                                                                         \
      _exit(1);                                                                               \
    }                                                                                         \
  } while (0)

/* Two numbers that must be equal; a failure shows both in hexadecimal. */
#define EXPECT_SAME(actual, expected)                                                         \
  do {                                                                                        \
    long long actual_ = (long long)(actual), expected_ = (long long)(expected);               \
    if (actual_ != expected_) {                                                               \
      int error_ = errno;                                                                     \
      printf("FAILED %s:%d: %s is %#llx, expected %#llx (errno %d)\n", __FILE__, __LINE__,    \
             #actual, actual_, expected_, error_);                                            \
      fflush(stdout);                                                                         \
      _exit(1);                                                                               \
    }                                                                                         \
  } while (0)

/* Prints "ok …". Flushes, so that a child made later does not print the line again. */
__attribute__((format(printf, 1, 2), unused)) static void ok(const char *format, ...) {
  va_list arguments;
  va_start(arguments, format);
  fputs("ok ", stdout);
  vprintf(format, arguments);
  putchar('\n');
  fflush(stdout);
  va_end(arguments);
}

/* As ok, of what the host chose: a STEADY build does not tell it, so that two runs print the same. */
#ifdef STEADY
#define tell(...) ((void)sizeof(printf(__VA_ARGS__)))
#else
#define tell(...) ok(__VA_ARGS__)
#endif

/* FNV-1a, to print much as one number. Start with FNV_START. */
#define FNV_START 0xcbf29ce484222325ULL
__attribute__((unused)) static uint64_t fnv(uint64_t hash, const void *data, size_t size) {
  const unsigned char *bytes = data;
  for (size_t i = 0; i < size; i++) hash = (hash ^ bytes[i]) * 0x100000001b3ULL;
  return hash;
}

#ifdef MOVED
/* Another build of the program: its code and data are elsewhere. */
static char moved_data[70000] = {1};
__attribute__((constructor)) static void move(void) {
  for (size_t i = 0; i < sizeof moved_data; i++) moved_data[i]++;
  __asm__ volatile("jmp 1f\n\t.skip 5000, 0x90\n1:");
}
#endif

#endif
