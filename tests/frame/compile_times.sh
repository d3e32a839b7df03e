#!/bin/bash
# compile_times.sh FOLDER LIMIT: lists the slowest test files, marks those that took more than LIMIT processor seconds the
# last time they were truly compiled, and fails when one took more than 1.5 times LIMIT (a busy machine costs up to that).
cd "$1" || exit 1
notes=$(find CMakeFiles -path '*/cot_*_tests.dir/*_test.cpp.o.seconds')
[[ -n $notes ]] || { echo "no compile time was noted: all files came from the compiler cache"; exit 0; }
awk -v limit="$2" '
  { file = FILENAME; sub(/.*_tests\.dir\//, "", file); sub(/\.o\.seconds$/, "", file)
    printf "%6.1f s  %s%s\n", $1, file, ($1 > limit ? "  too slow" : "") | "sort -rn | head -20"
    if ($1 > 1.5 * limit) ++failed }
  END { close("sort -rn | head -20"); exit failed > 0 }' $notes
