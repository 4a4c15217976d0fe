#!/bin/sh
# The shortest useful session: boots, runs a few commands, powers off.
mount -t proc proc /proc
echo "ok $(uname -s) $(cut -d ' ' -f 3 /proc/version | cut -d . -f 1)"
ls / > /dev/null && echo "ok ls"
"$GUESTS/poweroff-static"
