#!/bin/bash
# compile_times.sh FOLDER SOURCES LIMIT COMPILER: lists the slowest test files, by the processor seconds that they took the
# last time they were truly compiled, and fails when one took more than 1.5 times LIMIT: that much may be another's work on
# the same core. LIMIT is for a machine that compiles the yardstick in `nominal` seconds; a slower one gets more.
cd "$1" || exit 1
sources=$2 limit=$3 compiler=$4
nominal=2.8
notes=()
while IFS= read -r note; do
  file=${note#*_tests.dir/}
  [[ -e $sources/${file%.o.seconds} ]] && notes+=("$note")
done < <(find CMakeFiles -path '*/cot_*_tests.dir/*_test.cpp.o.seconds')
((${#notes[@]})) || { echo "no compile time was noted: all files came from the compiler cache"; exit 0; }

TIMEFORMAT=%U
measure() { { time "$compiler" -std=c++20 -O2 -c "$sources/frame/compile_times/yardstick.cpp" -o /dev/null; } 2>&1; }
now=$( { measure & measure; wait; measure; } | sort -n | sed -n 2p)  # two at once, as a build does
awk -v limit="$limit" -v slowness="$(awk "BEGIN { print $now / $nominal }")" '
  BEGIN { if (slowness < 1) slowness = 1; printf "this machine takes %.2f times as long as that of the limit\n", slowness }
  { file = FILENAME; sub(/.*_tests\.dir\//, "", file); sub(/\.o\.seconds$/, "", file)
    printf "%6.1f s  %s%s\n", $1, file, ($1 > limit * slowness ? "  too slow" : "") | "sort -rn | head -20"
    if ($1 > 1.5 * limit * slowness) ++failed }
  END { close("sort -rn | head -20"); exit failed > 0 }' "${notes[@]}"
