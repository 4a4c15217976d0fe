#!/bin/bash
# Sorts with four threads, through files.
seq 1 60000 | awk '{ print ($1 * 7919) % 60013 }' | sort --parallel=4 -S 2M -n | md5sum
