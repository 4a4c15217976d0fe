#!/bin/bash
# Compiles two files side by side, and links them as a static-pie program.
set -e; d=$(mktemp -d); cd "$d"
echo "int f1(void) { return 6; }" > f1.c
printf '#include <stdio.h>\nint f1(void);\nint main(void) { printf("%%d\\n", f1()); return 0; }\n' > main.c
printf 'program: main.o f1.o\n\tgcc -static-pie -o $@ $^\n%%.o: %%.c\n\tgcc -fPIE -c -O1 $<\n' > Makefile
make -s -j2; ./program; make -q && echo "up to date"; cd /; rm -r "$d"
