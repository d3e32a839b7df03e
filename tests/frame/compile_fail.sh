#!/bin/bash
# compile_fail.sh SNIPPET COMPILER...: the snippet compiles as it is, and with -DCOT_FAIL it does not; then the
# compiler's message holds the text after "// expect: ".
set -u
snippet=$1
shift
expected=$(sed -n 's|^// expect: ||p' "$snippet")
[[ -n $expected ]] || { echo "$snippet: expected a line '// expect: TEXT'"; exit 1; }
if ! "$@" -fsyntax-only "$snippet"; then
  echo "$snippet: does not compile even without what is wrong in it"
  exit 1
fi
if output=$("$@" -fsyntax-only -DCOT_FAIL "$snippet" 2>&1); then
  echo "$snippet: compiles, but should not"
  exit 1
fi
while IFS= read -r line; do
  if ! grep -qF -- "$line" <<< "$output"; then
    printf '%s\n\n%s: the message above lacks: %s\n' "$output" "$snippet" "$line"
    exit 1
  fi
done <<< "$expected"
