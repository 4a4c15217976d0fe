#!/bin/bash
# Packs by tar and xz with two threads, and unpacks.
set -e; d=$(mktemp -d); cd "$d"; mkdir in out; for n in 1 2 3 4; do seq $((n * 40000)) > in/$n; done
tar -c --mtime=@0 in | xz -T2 --block-size=200KiB -1 > a.tar.xz; tar -xJf a.tar.xz -C out; diff -r in out/in && echo same; xz -l a.tar.xz | tail -1 | awk '{print $2}'
gzip -k in/4; gzip -t in/4.gz; zcat in/4.gz | cmp - in/4; cd /; rm -r "$d"
