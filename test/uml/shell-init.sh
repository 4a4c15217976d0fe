#!/bin/sh
# An interactive shell on the console, a pseudo-terminal outside; powers off when the shell ends.
mount -t proc proc /proc
export PS1='guest> ' HISTFILE=
setsid sh -c 'exec sh -i < /dev/tty0 > /dev/tty0 2>&1'
echo "ok shell ended"
"$GUESTS/poweroff-static"
