#!/bin/sh
# The init of a User-Mode Linux guest that tells what its kernel maps for a process.
mount -t proc proc /proc
cat /proc/self/maps
echo 'ok maps'
"$GUESTS/poweroff-static"
