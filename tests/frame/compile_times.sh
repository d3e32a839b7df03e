#!/bin/bash
# compile_times.sh FOLDER LIMIT: lists the slowest test files and fails when one took more than LIMIT processor seconds
# the last time it was truly compiled.
cd "$1" || exit 1
notes=$(find CMakeFiles -path '*/cot_*_tests.dir/*_test.cpp.o.seconds')
[[ -n $notes ]] || { echo "no compile time was noted: all files came from the compiler cache"; exit 0; }
awk -v limit="$2" '
  { file = FILENAME; sub(/.*_tests\.dir\//, "", file); sub(/\.o\.seconds$/, "", file)
    printf "%6.1f s  %s\n", $1, file | "sort -rn | head -15"
    if ($1 > limit) slow = slow "\n  " file " (" $1 " s)" }
  END { close("sort -rn | head -15"); if (slow) { print "more than " limit " s:" slow; exit 1 } }' $notes
