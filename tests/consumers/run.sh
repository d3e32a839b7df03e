#!/bin/bash
# run.sh WAY SOURCE_FOLDER BUILD_FOLDER COMPILER: builds and runs consumer.cpp against the library as a user would, WAY
# being find_package, fetch_content, pkg_config or plain; cuda_without_language is a user's mistake and its message.
set -eo pipefail
export CMAKE_GENERATOR=Ninja  # as the presets have it: a machine may be without make
way=$1 sources=$2 build=$3 compiler=$4
here=$sources/tests/consumers
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
case $way in
  find_package | cuda_without_language | pkg_config) cmake --install "$build" --prefix "$folder/prefix" > "$folder/install.log" ;;
esac
case $way in
  find_package | fetch_content)
    cmake -S "$here" -B "$folder/build" -DWAY="$way" -DCOTANGENT_SOURCES="$sources" -DCMAKE_CXX_COMPILER="$compiler" \
      -DCMAKE_PREFIX_PATH="$folder/prefix" 2>&1 | tee "$folder/log"
    grep -q 'no build type is set' "$folder/log" || { echo "expected a warning: nothing is optimised"; exit 1; }
    cmake --build "$folder/build"
    "$folder/build/consumer" ;;
  cuda_without_language)
    sentence='component cuda: enable_language(CUDA) must come before find_package(cotangent)'
    if cmake -S "$here" -B "$folder/build" -DWAY="$way" -DCMAKE_CXX_COMPILER="$compiler" \
      -DCMAKE_PREFIX_PATH="$folder/prefix" > "$folder/log" 2>&1; then echo "expected an error"; exit 1; fi
    tr -s ' \n' ' ' < "$folder/log" | grep -F "$sentence" || { cat "$folder/log"; exit 1; } ;;
  pkg_config)
    command -v pkg-config || { echo "skipped: no pkg-config"; exit 77; }
    export PKG_CONFIG_PATH=$folder/prefix/share/pkgconfig
    read -ra flags <<< "$(pkg-config --cflags --libs cotangent)"
    case " ${flags[*]} " in *" -m"* | *" -D"* | *" -W"* | *" -O"*) echo "flags: ${flags[*]}"; exit 1 ;; esac
    "$compiler" -std=c++20 "$here/consumer.cpp" "${flags[@]}" -o "$folder/consumer"
    "$folder/consumer" ;;
  plain)
    "$compiler" -std=c++20 -I "$sources/include" "$here/consumer.cpp" -ltbb -o "$folder/consumer"
    "$folder/consumer" ;;
  *) echo "run.sh: unknown way $way"; exit 2 ;;
esac
