/* The smallest guest: its arguments, one by one. */
#include <stdio.h>

int main(int count, char **arguments) {
  puts("hello");
  for (int i = 1; i < count; i++) printf("argument %d: %s\n", i, arguments[i]);
  return 0;
}
