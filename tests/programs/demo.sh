#!/bin/bash
# The demonstration from its first sentence to its report, then the ladder of examples on the model that it leaves.
# $1: the folder of the programs.
set -euo pipefail
programs=$1
for name in demo embed 01_tensor 02_tape 03_your_loss 04_embed 05_finetune; do
  [ -x "$programs/$name" ] || { echo "skipped: $name is not built"; exit 77; }
done
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
fail() { echo "FAILED: $*" >&2; exit 1; }

"$programs/demo" --output "$work/a" --minutes 0.1 --quiet > "$work/story" || fail "demo exits with $?"
cat "$work/story"

# The table at the end: untrained, pre-trained, contrastive and change. Even a short run gains much.
read -r untrained _ contrastive change < <(sed -n 's/^STS, Spearman x 100 *//p' "$work/story")
awk -v u="$untrained" -v c="$contrastive" -v d="$change" \
  'BEGIN { exit !(c - u > 15 && d - (c - u) < 0.11 && (c - u) - d < 0.11) }' || fail "the table says $untrained, $contrastive, $change"

# The report needs nothing from outside.
report=$work/a/report.html
grep -q '<svg' "$report" || fail "no chart in the report"
! grep -Eqi '(src|href) *= *"?(https?:|//|file:)|<script|<link|@import|url\(' "$report" || fail "the report loads something"

# The same seed gives the same bits, for any number of threads; another seed another language.
"$programs/demo" --output "$work/b" --minutes 0.1 --quiet --threads 1 > /dev/null
cmp "$work/a/model/model.safetensors" "$work/b/model/model.safetensors" || fail "one thread gives another model"
"$programs/demo" --output "$work/c" --minutes 0.01 --quiet --seed 1 > /dev/null
! cmp -s "$work/a/tokenizer/vocab.txt" "$work/c/tokenizer/vocab.txt" || fail "another seed speaks the same language"

# The saved folder is a model like any other.
head -n 20 "$work/a/texts/corpus.txt" > "$work/sentences"
"$programs/embed" --model "$work/a/model" --input "$work/sentences" --output "$work/rows.npy" --quiet
[ "$(stat -c %s "$work/rows.npy")" -eq $((128 + 20 * 64 * 4)) ] || fail "embed wrote $(stat -c %s "$work/rows.npy") bytes"

# Wrong usage is told apart from failed work.
status=0
"$programs/demo" --minute 1 2> "$work/error" || status=$?
[ $status -eq 2 ] && grep -q -- --minutes "$work/error" || fail "an unknown option: status $status"

# The ladder.
"$programs/01_tensor" > "$work/out" && grep -q '^4 5 10 11' "$work/out" || fail "01_tensor"
"$programs/02_tape" > "$work/out" && grep -q '^step 50: loss 0.00' "$work/out" || fail "02_tape"
"$programs/03_your_loss" > "$work/out" || fail "03_your_loss: $(cat "$work/out")"
"$programs/04_embed" "$work/a/model" "$(head -n 1 "$work/sentences")" hello > "$work/out" && grep -q '^1 ' "$work/out" || fail "04_embed"
"$programs/05_finetune" "$work/a/model" "$work/a/texts/triples.tsv" "$work/a/texts/sts.tsv" > "$work/out" || fail "05_finetune"
tail -n 2 "$work/out"
