#!/bin/bash
# Compiles three files and a program side by side, and links them as a static-pie program.
set -e; d=$(mktemp -d); cd "$d"
for n in 1 2 3; do echo "int f$n(void) { return $n; }" > f$n.c; done
printf '#include <stdio.h>\nint f1(void), f2(void), f3(void);\nint main(void) { printf("%%d\\n", f1() + f2() + f3()); return 0; }\n' > main.c
printf 'program: main.o f1.o f2.o f3.o\n\tgcc -static-pie -o $@ $^\n%%.o: %%.c\n\tgcc -fPIE -c -O1 $<\n' > Makefile
make -s -j2; ./program; make -q && echo "up to date"; cd /; rm -r "$d"
