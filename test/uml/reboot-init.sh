#!/bin/sh
# Reboots the guest the first time and powers it off the second. What tells the two apart is a file
# in $MARKS, a folder of the host.
if [ -e "$MARKS/rebooted" ]; then
  echo "ok second boot"
  "$GUESTS/poweroff-static"
fi
echo "ok first boot"
echo yes > "$MARKS/rebooted"
"$GUESTS/poweroff-static" reboot
