#!/bin/sh
# The init of the guest that scripts/demo.ts records: a few commands, then power off.
mount -t proc proc /proc
echo "Hello from process $$ of $(uname -s) $(uname -r)"
grep -m 2 -E 'vendor_id|model name' /proc/cpuinfo
seq 1 1000 | grep 7 | sort -rn | head -n 3
i=0
while [ $i -lt 20 ]; do (exit $i) & i=$((i + 1)); done
wait
echo "Twenty processes came and went; the guest has been up for $(cut -d ' ' -f 1 /proc/uptime) s"
busybox poweroff -f
