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
  if [[ -e killed ]] && find killed -maxdepth 1 -name '*.safetensors' | grep -q . && [[ ! -e killed/modules.json ]]; then fail "a model before it was whole"; fi
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
ls stopped/checkpoints | grep -q . || fail "a checkpoint of the interrupted run"

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
expect 1 'as in the checkpoint' "${long[@]/#10/20}" --resume
expect 2 'lr' "${long[@]}" --lr 2e-3 --resume
expect 1 'unknown\|one of' "${run[@]}" --output x --loss info_nec
expect 1 'nowhere.tsv' "${run[@]}" --train nowhere.tsv --output x
expect 1 'accumulate' "${run[@]}" --output x --accumulate 2
expect 1 'at most the number of rows' "${base[@]}" --batch 1000 --output x
printf 'a\tb\tc\na\tb\n' > ragged.tsv
expect 1 'ragged.tsv:2' --model "$model" --train ragged.tsv --output x
printf 'nan\ta\tb\n' > nan.tsv
expect 1 'nan.tsv:1' --model "$model" --train triples.tsv --sts nan.tsv --batch 8 --output x
[[ ! -e x ]] || fail "failed calls leave nothing"
"$finetune" --model "$model" --train sentences.tsv --output views --batch 8 --steps 2 --quiet > /dev/null || fail "dropout pairs"
for precision in fp32 bf16; do
  "$finetune" "${base[@]}" --batch 8 --steps 3 --precision $precision --backend serial --output serial-$precision > /dev/null || fail "serial $precision"
done
"$finetune" "${run[@]}" --precision bf16 --output bf16 > /dev/null || fail "bf16"
echo "finetune: ok"
