#!/bin/bash
# Pipelines, jobs that are stopped, continued, awaited and killed, a coprocess, a named pipe: bash(1), JOB CONTROL.
set -m
sleep 0.05 | cat & wait $!; echo "pipeline $?"
cat > /dev/null < <(sleep 0.02) & fg %1 > /dev/null; echo "fg $?"
bash -c 'kill -STOP $$; echo continued' &
until jobs -l %1 | grep -q Stopped; do sleep 0.01; done
echo stopped; bg %1 > /dev/null; wait %1; echo "bg $?"
bash -c 'kill -STOP $$; exit 5' &
until jobs %1 | grep -q Stopped; do sleep 0.01; done
fg %1 > /dev/null; echo "stopped and fg $?"
(exit 3) & wait -n; echo "first $?"; for n in 1 2 3 4; do (exit $n) & done; wait; echo all
# Where bash tells of a killed job depends on when it hears of it.
(sleep 100 & kill $!; wait $!; echo "killed $?") 2> /dev/null
coproc { while read -r line; do echo "<$line>"; done; }; echo question >&"${COPROC[1]}"; read -r answer <&"${COPROC[0]}"; echo "$answer"
pid=$COPROC_PID; exec {COPROC[1]}>&-; wait "$pid"; echo "coprocess $?"
seq 1 20000 | sort -rn | uniq | head -n 2 | paste -sd+ || exit 1
mkfifo "$PWD/fifo.$$"; (seq 3 > fifo.$$ &) ; cat fifo.$$; rm fifo.$$
