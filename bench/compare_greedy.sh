#!/usr/bin/env bash
# Greedy answers of Hearth and of llama.cpp's llama-completion to the same prompts, side by side, in float32 throughout.
#
#   bench/compare_greedy.sh MODEL.gguf [TOKENS]
#
# HEARTH names the program (default build/release/bin/hearth); LLAMA_COMPLETION the command that runs the other one (it may be several
# words, e.g. "chroot DIR llama-completion"). A model whose vocabulary holds rows that are exactly equal has ties, which each program
# breaks in its own way.
set -euo pipefail
model=$1
tokens=${2:-64}
hearth=${HEARTH:-build/release/bin/hearth}
read -ra peer <<<"${LLAMA_COMPLETION:-llama-completion}"

prompts=("Once upon a time" "The capital of France is" "def fib(n):" "1, 2, 3, 4," "Das Wetter ist heute" "日本語の文章" "SELECT name FROM"
  "Dear Sir or Madam," "In the beginning" "x")
equal=0
for prompt in "${prompts[@]}"; do
  ours=$("$hearth" run "$model" --raw -p "$prompt" -n "$tokens" --temp 0 --ignore-eos --kv-type f32 2>/dev/null)
  theirs=$("${peer[@]}" -m "$model" -p "$prompt" -n "$tokens" --temp 0 --ignore-eos -no-cnv --no-warmup -fa off -ctk f32 -ctv f32 \
    --no-display-prompt 2>/dev/null </dev/null)
  if [[ $ours == "$theirs" ]]; then
    equal=$((equal + 1))
    printf 'equal      %s\n' "$prompt"
  else
    printf 'different  %s\n  hearth     %s\n  llama.cpp  %s\n' "$prompt" "$ours" "$theirs"
  fi
done
printf '%d of %d answers of %d tokens are equal\n' "$equal" "${#prompts[@]}" "$tokens"
[[ $equal == "${#prompts[@]}" ]]
