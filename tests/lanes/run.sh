#!/bin/sh
# Compiles lanes.cpp with every compiler that is here, at -O0 to -O3, in float, double and bfloat16, and runs it.
#   tests/lanes/run.sh [COMPILER...]
set -eu
root=$(cd "$(dirname "$0")/../.." && pwd)
out=$(mktemp -d)
trap 'rm -rf "$out"' EXIT
[ $# -gt 0 ] || set -- g++ clang++-14 clang++-19
status=0
for compiler in "$@"; do
  command -v "$compiler" >/dev/null || { echo "skipped: no $compiler"; continue; }
  for level in -O0 -O1 -O2 -O3; do
    for number in FLOAT DOUBLE BFLOAT16; do
      "$compiler" -std=c++20 $level -DLANES_$number -I"$root/include" "$root/tests/lanes/lanes.cpp" -o "$out/lanes" -ltbb
      if ! "$out/lanes" >"$out/log"; then
        echo "$compiler $level $number:"
        cat "$out/log"
        status=1
      fi
    done
  done
  echo "$compiler: done"
done
exit $status
