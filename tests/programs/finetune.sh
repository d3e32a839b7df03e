#!/bin/bash
# finetune as a user runs it, on a tiny random checkpoint: whole runs, killed and resumed runs, threads, wrong calls.
set -euo pipefail
programs=$1
here=$PWD
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
model=$here/tests/golden/bert_tiny
finetune=$programs/finetune
fail() { echo "FAILED: $*"; exit 1; }

words=(a b c d e f g h)
for i in $(seq 64); do
  printf '%s %s\t%s %s\t%s\n' "${words[i % 8]}" "${words[i / 8 % 8]}" "${words[i / 8 % 8]}" "${words[i % 8]}" "${words[(i + 3) % 8]}"
done > triples.tsv
cut -f 1 triples.tsv > sentences.tsv
for i in $(seq 20); do printf '%d\t%s\t%s\n' $((i % 6)) "${words[i % 8]}" "${words[i * 3 % 8]} a"; done > sts.tsv
base=(--model "$model" --train triples.tsv --sts sts.tsv --warmup 5% --probe-every 5 --checkpoint-every 10 --quiet)
run=("${base[@]}" --batch 8 --steps 300 --lr 1e-3)
long=("${base[@]}" --batch 8 --steps 100000 --lr 1e-3 --output stopped)

"$finetune" --list > list.txt || fail "--list needs no other option"
grep -q '^info_nce$' list.txt || fail "the losses: $(cat list.txt)"
grep -q '^    temperature=0.05  ' list.txt || fail "their options and defaults: $(cat list.txt)"

"$finetune" "${run[@]}" --output whole --log whole.jsonl --report whole.html > whole.txt || fail "a whole run"
! grep -q 'rows' whole.txt || fail "--quiet is quiet: $(cat whole.txt)"
grep -q 'checkpoints stay in whole/checkpoints' whole.txt || fail "what stays: $(cat whole.txt)"
for file in whole.jsonl whole/run.json; do
  grep -Eq '"loss_options": ?\{"temperature": ?0.05, ?"normalize": ?true\}' "$file" || fail "the loss's own options in $file"
done
grep -q 'sts .*[+-][0-9]' whole.txt || fail "the table before and after: $(cat whole.txt)"
grep -q '<svg' whole.html || fail "the report has curves"
[[ $(grep -c '"event": "step"' whole.jsonl) == 300 ]] || fail "300 steps in the log"
grep -q '"event": "phase"' whole.jsonl || fail "phases in the log"
[[ -e whole/modules.json && -e whole/1_Pooling/config.json ]] || fail "a sentence-transformers folder"

# The same bits: with one thread, and after kills at moments of no special choice.
"$finetune" "${run[@]}" --output one --threads 1 > /dev/null
cmp whole/model.safetensors one/model.safetensors || fail "one thread and several"
for seconds in 0.03 0.04 0.05 0.06 0.07 0.08 0.1 0.12 0.15 0.2; do
  "$finetune" "${run[@]}" --output killed --log killed.jsonl --resume > /dev/null 2> killed.err &
  process=$!
  sleep $seconds
  kill -9 $process 2> /dev/null || true
  wait $process 2> /dev/null || true
  [[ ! -s killed.err ]] || fail "resumed: $(cat killed.err)"
  if [[ -e killed/config.json && ! ( -e killed/modules.json && -e killed/1_Pooling/config.json && -e killed/model.safetensors ) ]]; then
    fail "a model before it was whole: $(find killed)"
  fi
done
"$finetune" "${run[@]}" --output killed --log killed.jsonl --resume > /dev/null || fail "the last resumption"
cmp whole/model.safetensors killed/model.safetensors || fail "killed and resumed"
strip() { sed -E 's/"seconds": [^,}]*//; s/"log": [^,}]*//; s/"report": [^,}]*//' "$1" | grep -v '"start"'; }
cmp <(strip whole.jsonl) <(strip killed.jsonl) || fail "the log of a resumed run"
before=$(stat -c %Y killed/model.safetensors)
"$finetune" "${run[@]}" --output killed --log killed.jsonl --resume > /dev/null || fail "resuming a finished run"
[[ $(stat -c %Y killed/model.safetensors) == "$before" ]] || fail "a finished run is left alone"

# An interrupted run says so and keeps its state.
"$finetune" "${long[@]}" > /dev/null 2> stopped.err & process=$!
sleep 1
kill -INT $process || fail "it ended before it could be interrupted: $(cat stopped.err)"
status=0; wait $process || status=$?
[[ $status == 130 ]] || fail "exit 130 when interrupted, got $status"
kept=$(ls stopped/checkpoints | sort -n | tail -n 1)
[[ -n $kept ]] || fail "a checkpoint of the interrupted run"
[[ $(cat stopped.err) == "finetune: interrupted after step $kept; its state is saved in stopped/checkpoints/$kept, and"*--resume* ]] ||
  fail "where its state is: $(cat stopped.err)"

# Interrupted before its first step, it does not measure a second time what it has measured.
{ yes "$(printf '3\ta b c d e f g h\th g f e d c b a\n4\ta b c d\tb c d')" || true; } | head -n 24000 > large.tsv
early=(--model "$model" --train triples.tsv --sts large.tsv --batch 8 --steps 3 --backend serial --output early --log early.jsonl)
"$finetune" "${early[@]}" > /dev/null 2> early.err & process=$!
sleep 1
kill -INT $process || fail "it ended before it could be interrupted: $(cat early.err)"
status=0; wait $process || status=$?
[[ $status == 130 && $(ls early/checkpoints) == 0 ]] || fail "interrupted before the first step, got $status: $(cat early.err)"
"$finetune" "${early[@]}" --resume > /dev/null || fail "resuming before the first step"
for event in probe evaluate; do
  [[ $(grep -c "\"event\": \"$event\", \"step\": 0," early.jsonl) == 1 ]] || fail "one $event before the first step: $(cat early.jsonl)"
done

expect() {  # STATUS PATTERN arguments...
  local wanted=$1 pattern=$2 status=0
  shift 2
  "$finetune" "$@" > out.txt 2> err.txt || status=$?
  [[ $status == "$wanted" ]] || fail "exit $wanted, got $status: $* : $(cat err.txt)"
  grep -q -- "$pattern" err.txt || fail "'$pattern' in: $(cat err.txt)"
}
expect 2 'nearest one is --batch' --model "$model" --train triples.tsv --output x --bacth 3
expect 2 '--output' --model "$model" --train triples.tsv
expect 2 'given twice' "${run[@]}" --output x --temperature 0.1 --loss-option temperature=0.2
expect 2 'both views' --model "$model" --train sentences.tsv --output x --dropout 0
expect 2 '--epochs' "${run[@]}" --output x --epochs 2
expect 1 '--resume' "${long[@]}"
expect 1 'unfinished' --model stopped --train triples.tsv --output x
expect 1 'as in the checkpoint' "${long[@]/#10/20}" --resume
expect 1 'sparse_tables: expected false as in the checkpoint, got true' "${long[@]}" --sparse-tables --resume
expect 2 'lr' "${long[@]}" --lr 2e-3 --resume
expect 2 '--epochs: expected at least one step of 8 rows, got 0.001 of an epoch of 64 rows' "${base[@]}" --batch 8 --epochs 0.001 --output x
expect 2 'one of info_nce' "${run[@]}" --output x --loss info_nec
expect 1 'nowhere.tsv' "${run[@]}" --train nowhere.tsv --output x
expect 2 'accumulate' "${run[@]}" --output x --accumulate 2
expect 2 'at most the number of rows' "${base[@]}" --batch 1000 --output x
printf 'a\tb\tc\na\tb\n' > ragged.tsv
expect 1 'ragged.tsv:2' --model "$model" --train ragged.tsv --output x
expect 2 '--lr: expected a number of at least 0, got abc' --model "$model" --train triples.tsv --output x --lr abc
expect 2 'nearest one is --lr$' --model "$model" --train triples.tsv --output x --learning_rate 1
expect 2 'nearest one is --batch$' --model "$model" --train triples.tsv --output x --batch-size 8
expect 2 'one of the options temperature' "${run[@]}" --output x --loss-option heat=1
expect 1 'sts.tsv:1: expected texts, got numbers in every row' --model "$model" --train sts.tsv --output x
printf '{"anchor": "a", "positive": "b"}\n' > rows.jsonl
expect 1 'rows.jsonl:1: .*JSON' --model "$model" --train rows.jsonl --output x
expect 1 'triples.tsv/x.html: cannot write' "${run[@]}" --output x --report triples.tsv/x.html
expect 1 'triples.tsv: cannot write' "${run[@]}" --output triples.tsv
printf 'nan\ta\tb\n' > nan.tsv
expect 1 'nan.tsv:1' --model "$model" --train triples.tsv --sts nan.tsv --batch 8 --output x
[[ ! -e x ]] || fail "failed calls leave nothing"

# What a run says of its files and its way, on a stream that is no terminal.
{ printf 'anchor\tpositive\tnegative\n'; cat triples.tsv; } > named.tsv
cp sentences.tsv sentences.csv
"$finetune" --model "$model" --train triples.tsv named.tsv --sts sts.tsv --batch 8 --output said --resume > said.txt
grep -qx 'triples.tsv: 64 rows: anchor, positive, 1 hard negative; no header' said.txt || fail "how it was read: $(cat said.txt)"
grep -qx 'named.tsv: 64 rows: anchor, positive, 1 hard negative; header skipped' said.txt || fail "how it was read: $(cat said.txt)"
grep -q 'no checkpoint: the run begins at step 0' said.txt || fail "nothing to resume: $(cat said.txt)"
[[ $(grep -c '^step .*loss' said.txt) == 10 ]] || fail "a line each tenth of the run: $(cat said.txt)"
grep -q '^step 16 of 16:  sts ' said.txt || fail "a line each evaluation: $(cat said.txt)"
"$finetune" --model "$model" --train sentences.csv --batch 8 --steps 1 --output commas > said.txt
grep -q 'sentences.csv: warning: it has no tab' said.txt || fail "a .csv without tabs: $(cat said.txt)"
"$finetune" --model "$model" --train sentences.tsv --output views --batch 8 --steps 2 --quiet > /dev/null || fail "dropout pairs"
for precision in fp32 bf16; do
  "$finetune" "${base[@]}" --batch 8 --steps 3 --precision $precision --backend serial --output serial-$precision > /dev/null || fail "serial $precision"
done
"$finetune" "${run[@]}" --sparse-tables --output sparse --log sparse.jsonl > /dev/null || fail "sparse tables"
! cmp -s whole/model.safetensors sparse/model.safetensors || fail "sparse tables are other numbers"
for file in whole.jsonl:false sparse.jsonl:true; do
  grep -Eq "\"sparse_tables\": ?${file#*:}" "${file%:*}" || fail "the log says whether tables are sparse: ${file%:*}"
done
"$finetune" "${run[@]}" --precision bf16 --output bf16 > /dev/null || fail "bf16"
echo "finetune: ok"
