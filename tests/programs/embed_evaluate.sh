#!/bin/bash
# embed and evaluate as users run them, on a tiny random checkpoint.
set -euo pipefail
programs=$1
here=$PWD
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
model=$here/tests/golden/bert_tiny
fail() { echo "FAILED: $*"; exit 1; }
expect() {  # PROGRAM STATUS PATTERN arguments...
  local program=$1 wanted=$2 pattern=$3 status=0
  shift 3
  "$programs/$program" "$@" > out.txt 2> err.txt || status=$?
  [[ $status == "$wanted" ]] || fail "$program: exit $wanted, got $status: $* : $(cat err.txt)"
  grep -q -- "$pattern" err.txt || fail "$program: '$pattern' in: $(cat err.txt)"
}

printf '\xef\xbb\xbfa b c\r\nd\ne f g h a b\n' > lines.txt
"$programs/embed" --model "$model" --input lines.txt --output a.npy --tokens a.jsonl > out.txt
grep -q '3 sentences' out.txt || fail "the summary: $(cat out.txt)"
head -c 128 a.npy | grep -aq "'shape': (3, 16)" || fail "the shape in the npy header"
[[ $(wc -l < a.jsonl) == 3 ]] || fail "ids of every sentence"
[[ $(stat -c %s a.npy) == $((128 + 3 * 16 * 4)) ]] || fail "the size of the npy file"
"$programs/embed" --model "$model" --input - --output b.npy < lines.txt > /dev/null
cmp a.npy b.npy || fail "standard input and a file"
"$programs/embed" --model "$model" --input lines.txt --output c.npy --batch 1 --threads 1 > /dev/null
cmp a.npy c.npy || fail "the bits depend on the batch"
gzip -k lines.txt
if "$programs/embed" --model "$model" --input lines.txt.gz --output d.npy > /dev/null 2> err.txt; then cmp a.npy d.npy; else grep -q zlib err.txt; fi
for precision in fp32 bf16; do
  "$programs/embed" --model "$model" --input lines.txt --output e.npy --backend serial --precision $precision --dtype f16 > /dev/null
done
"$programs/embed" --model "$model" --input lines.txt --output f.npy --dim 4 --pooling cls --normalize yes --layer 1 --prompt 'a ' --json f.json > /dev/null
grep -q '"width":4' f.json || fail "the JSON summary: $(cat f.json)"

printf 'a\n\nb\n' > gap.txt
expect embed 1 'gap.txt:2' --model "$model" --input gap.txt --output x.npy
"$programs/embed" --model "$model" --input gap.txt --output g.npy --skip-empty > /dev/null
printf 'a\n\xff\n' > broken.txt
expect embed 1 'broken.txt:2' --model "$model" --input broken.txt --output x.npy
: > empty.txt
expect embed 1 'empty.txt' --model "$model" --input empty.txt --output x.npy
expect embed 1 'nowhere' --model nowhere --input lines.txt --output x.npy
call=(--model "$model" --input lines.txt --output x.npy)
expect embed 2 "--dim: expected at most the model's 16, got 99" "${call[@]}" --dim 99
expect embed 2 '--dim: expected a whole number of at least 0, got abc' "${call[@]}" --dim abc
expect embed 2 "--layer: expected at most the model's 2, got 3" "${call[@]}" --layer 3
expect embed 2 'expected cpu or serial, got tpu' "${call[@]}" --backend tpu
expect embed 2 'expected cls, mean' "${call[@]}" --pooling middle
expect embed 2 'expected the name of a file' --model "$model" --input lines.txt --output -
expect embed 2 'unknown option --from-scratch$' "${call[@]}" --from-scratch
expect embed 1 'absent.txt: cannot open: No such file' --model "$model" --input absent.txt --output x.npy
expect embed 1 'lines.txt/x.npy: cannot write: ' --model "$model" --input lines.txt --output lines.txt/x.npy
expect embed 1 "somebody/model: no such folder; if .* Hub" --model somebody/model --input lines.txt --output x.npy
cp -r "$model" pointer
printf 'version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 90000\n' > pointer/model.safetensors
expect embed 1 'model.safetensors: .* Git LFS pointer' --model pointer --input lines.txt --output x.npy
mkdir -p unfinished/checkpoints/10
expect embed 1 'unfinished' --model unfinished --input lines.txt --output x.npy
"$programs/embed" --model "$model" --input lines.txt --output made/for/it/a.npy --prompt 'a ' > out.txt
cmp -s <(head -c 80 made/for/it/a.npy) <(head -c 80 a.npy) || fail "missing folders of an output file are made"
grep -q 'the text "a "' out.txt || fail "which prompt it took: $(cat out.txt)"
cp -r "$model" prompted
echo '{"prompts": {"query": "a b "}}' > prompted/config_sentence_transformers.json
"$programs/embed" --model prompted --input lines.txt --output p.npy --prompt query > out.txt
grep -q 'prompt "query": "a b "' out.txt || fail "which prompt it took: $(cat out.txt)"
# A folder that leaves the prompt out of the pooling: [CLS] and the prompt's tokens, whatever they are.
cp -r prompted apart
mkdir apart/1_Pooling
echo '{"embedding_dimension":16,"pooling_mode":"mean","include_prompt":false}' > apart/1_Pooling/config.json
cat > apart/modules.json << 'JSON'
[{"idx": 0, "name": "0", "path": "", "type": "sentence_transformers.models.Transformer"},
 {"idx": 1, "name": "1", "path": "1_Pooling", "type": "sentence_transformers.models.Pooling"}]
JSON
for word in c d; do
  echo "$word" > word.txt
  for prompt in 'a b ' 'e f '; do
    "$programs/embed" --model apart --input word.txt --output "$word$prompt.npy" --prompt "$prompt" --pooling cls --layer 0 > out.txt
  done
done
cmp 'ca b .npy' 'ce f .npy' || fail "the prompt was pooled"
! cmp -s 'ca b .npy' 'da b .npy' || fail "more than the prompt was left out"
grep -q 'its tokens are not pooled' out.txt || fail "the summary says so: $(cat out.txt)"
long=$(printf 'a b c %.0s' $(seq 20))  # nothing but [SEP] is left
"$programs/embed" --model apart --input word.txt --output mean.npy --prompt "$long" > /dev/null
"$programs/embed" --model prompted --input word.txt --output last.npy --prompt "$long" --pooling lasttoken > /dev/null
cmp mean.npy last.npy || fail "a prompt as long as the limit"
expect embed 2 'nearest one is --output' --model "$model" --input lines.txt --outptu x.npy
expect embed 2 'needed' --model "$model" --input lines.txt
expect embed 2 '--pooling\|pooling' --model "$model" --input lines.txt --output x.npy --pooling cls --pooling mean
expect embed 1 'cuda' --model "$model" --input lines.txt --output x.npy --backend cuda
cp -r "$model" damaged
truncate -s 5000 damaged/model.safetensors
expect embed 1 'damaged/model.safetensors' --model damaged --input lines.txt --output x.npy
[[ ! -e x.npy ]] || fail "failed calls leave nothing"

# Interrupted, it stops, says so, and leaves nothing.
{ yes 'a b c d e f g h' || true; } | "$programs/embed" --model "$model" --input - --output endless.npy > /dev/null 2> err.txt & process=$!
sleep 1
kill -INT $process
status=0; wait $process || status=$?
[[ $status == 130 && ! -e endless.npy ]] && grep -q 'interrupted; nothing was written' err.txt || fail "exit 130, got $status: $(cat err.txt)"
[[ -z $(find . -name '*.part') ]] || fail "parts of a file stay: $(find . -name '*.part')"

mkdir -p one two
for i in 1 2 3 4; do printf '%d\ta b\t%s\n' "$i" "c d e f g h" ; printf '%d.5\tc\td\n' "$i"; done > one/set.tsv
{ echo '# first'; cat one/set.tsv; echo '# second'; cat one/set.tsv; } > two/set.tsv
"$programs/evaluate" --model "$model" --sts one/set.tsv two/set.tsv --json e.json > out.txt
grep -q 'one/set' out.txt && grep -q 'second' out.txt && grep -q 'mean' out.txt || fail "the table: $(cat out.txt)"
grep -q '"two/set"' e.json && grep -q '"wmean"' e.json || fail "the JSON: $(cat e.json)"
grep -q '"mean":{"spearman":[^,]*,"pearson":' e.json || fail "the mean of both correlations: $(cat e.json)"
printf '3\ta\tb\n' > single.tsv
printf '3\ta\tb\n3\tc\td\n' > constant.tsv
"$programs/evaluate" --model "$model" --sts single.tsv constant.tsv > out.txt
grep -q 'single: no correlation, since it needs at least two' out.txt || fail "one pair: $(cat out.txt)"
grep -q 'constant: no correlation, since all its scores' out.txt || fail "one score: $(cat out.txt)"
"$programs/evaluate" --help | head -n 1 | grep -q 'evaluate --model' || fail "help begins with a call"
"$programs/evaluate" --version | grep -q evaluate || fail "the version"
printf '3\ta\n' > bad.tsv
expect evaluate 1 'bad.tsv:1' --model "$model" --sts bad.tsv

# Interrupted within its only set, it stops and writes nothing.
{ yes "$(printf '3\ta b c d e f g h\th g f e d c b a')" || true; } | head -n 100000 > large.tsv
"$programs/evaluate" --model "$model" --sts large.tsv --json large.json --backend serial > /dev/null 2> err.txt & process=$!
sleep 3
kill -INT $process || fail "it ended before it could be interrupted: $(cat err.txt)"
status=0; wait $process || status=$?
[[ $status == 130 && ! -e large.json ]] && grep -q 'interrupted; nothing was written' err.txt || fail "exit 130, got $status: $(cat err.txt)"
echo "embed and evaluate: ok"
