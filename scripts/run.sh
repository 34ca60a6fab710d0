#!/usr/bin/env bash
# Opens the program on its main job: a conversation. Usage: scripts/run.sh PROGRAM MODEL [FLAGS…]   (MODEL may be empty)
set -euo pipefail
program=$1
model=$2
shift 2
status=0
if [ -n "$model" ]; then
  "$program" chat "$model" "$@" || status=$?
else
  "$program" chat "$@" || status=$?
fi
# 2 is the program's status for "used in the wrong way": without a model, that is what there is to explain.
if [ "$status" -eq 2 ] && [ -z "$model" ]; then
  cat <<'TEXT'

Hearth is built. To talk to a model, say which:
  make run MODEL=path/to/model.gguf        or a Hugging Face folder with config.json and *.safetensors
Models are at https://huggingface.co/models?library=gguf: a small one to begin with is Qwen/Qwen2.5-0.5B-Instruct-GGUF,
one that knows more is Qwen/Qwen2.5-7B-Instruct-GGUF. Download one .gguf file and name it here; docs/models.md tells more.
TEXT
  exit 0
fi
if [ "$status" -eq 130 ]; then exit 0; fi  # Ctrl-C is a way to leave, not a failure of make
exit "$status"
