#!/bin/bash
# Commits, merges, packs, checks and clones a repository whose every id is the same in each run.
set -e; d=$(mktemp -d); cd "$d"; export HOME=$d GIT_CONFIG_NOSYSTEM=1 GIT_AUTHOR_NAME=A GIT_AUTHOR_EMAIL=a@b GIT_COMMITTER_NAME=A GIT_COMMITTER_EMAIL=a@b GIT_AUTHOR_DATE='2024-02-03T04:05:06+0000' GIT_COMMITTER_DATE='2024-02-03T04:05:06+0000'
git init -q -b main one; cd one
for n in 1 2 3; do seq $((n * 1000)) > file; git add file; git commit -qm "Change $n"; done
git checkout -qb side HEAD~1; echo more > other; git add other; git commit -qm Side; git checkout -q main; git merge -q --no-edit side
git gc -q; git fsck --no-progress; git log --oneline --graph | cat
cd ..; git clone -q one two; cd two; git log -1 --stat | cat; cd /; rm -rf "$d"
