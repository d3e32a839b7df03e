#!/bin/bash
# doc_block.sh CMAKE BUILD_FOLDER TARGET runnable|compiled: builds a block of the documentation and, where it is marked
# so, runs it in an empty folder.
set -e
"$1" --build "$2" --target "$3"
[[ $4 == runnable ]] || exit 0
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
"$2/tests/$3"
