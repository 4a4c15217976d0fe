#!/bin/sh
# The init of a User-Mode Linux guest with a hostfs root: does what an ordinary session does and
# prints one "ok" line per thing that came out as it does natively. $GUESTS is a folder with the
# static guest programs (poweroff, clock, crash…), named on the kernel's command line.
fail() { echo "FAILED $*"; }
check() { if [ "$2" = "$3" ]; then echo "ok $1"; else fail "$1: '$2' instead of '$3'"; fi; }

mount -t proc proc /proc
mount -t tmpfs tmpfs /run
cd /run || fail "no /run"

check "init is process 1" "$$" 1
check "uname" "$(uname -s -m)" "Linux x86_64"
grep -q 'User Mode Linux' /proc/cpuinfo && echo "ok /proc/cpuinfo"
grep -q '^MemTotal: *[0-9]* kB' /proc/meminfo && echo "ok /proc/meminfo"
check "hostfs" "$(head -c 2 /bin/sh | od -An -tx1 | tr -d ' ')" 7f45
check "arithmetic" "$((6 * 7))" 42
check "pipeline" "$(seq 1 1000 | grep 7 | sort -rn | head -n 3 | tr '\n' ' ')" "997 987 979 "
check "hash" "$(seq 1 20000 | md5sum | cut -c 1-32)" e071f707df7bbeee2a6a1eb48011ddd0
seq 1 5000 > file
cp file copy
check "files" "$(cat file copy | wc -l)" 10000
check "compressed" "$(gzip -nc file | gzip -dc | cmp - file && echo same)" same

# A hundred processes at once.
i=0
while [ $i -lt 100 ]; do
  (exit $((i % 7))) &
  pids="$pids $!"
  i=$((i + 1))
done
sum=0
for pid in $pids; do
  wait "$pid"
  sum=$((sum + $?))
done
check "100 processes" "$sum" 295

# The guest's own timer.
before=$(date +%s)
sleep 1
after=$(date +%s)
[ $((after - before)) -ge 1 ] && [ $((after - before)) -le 60 ] && echo "ok slept"

# Two processes that only compute, each until it has seen the other's progress: the one that runs
# first ends only if the guest's kernel preempts it.
spin() {
  n=0
  while [ $n -lt 10000000 ]; do
    n=$((n + 1))
    [ $((n % 2000)) -eq 0 ] || continue
    : > "progress.$1"
    [ -e "progress.$2" ] && return 0
  done
  return 1
}
spin a b & one=$!
spin b a & two=$!
wait $one; one=$?
wait $two; check "preempted" "$one $?" "0 0"

# A crash, seen by its parent only.
sh -c 'kill -SEGV $$'
check "signalled process" "$?" 139
"$GUESTS/crash-static"
check "crashed process" "$?" 139
"$GUESTS/segv-static" > segv.out
check "repaired faults" "$?:$(grep -c '^ok' segv.out)" 0:12
"$GUESTS/signals-static" > signals.out
check "signals" "$?:$(grep -c '^ok' signals.out)" 0:17

# One guest process traces another.
strace -o strace.out -e trace=openat,read,write,exit_group cat file > traced
check "traced process" "$?:$(wc -l < traced)" 0:5000
check "its trace" "$(grep -c -e '^openat(.*"file", O_RDONLY) *= 3$' -e '^+++ exited with 0 +++$' strace.out)" 2
strace -f -o strace-f.out sh -c 'true | false; exit 5'
check "traced children" "$?:$(grep -c '+++ exited' strace-f.out)" 5:3

cd /
umount /run && echo "ok unmounted"
echo "ok end"
"$GUESTS/poweroff-static"
