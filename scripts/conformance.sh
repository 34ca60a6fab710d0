#!/usr/bin/env bash
# Runs the official clients of OpenAI's, Ollama's and Anthropic's APIs against `hearth serve`. The ones for Node come from
# npm, at the versions of tests/api/package-lock.json; those for Python are run where `$PYTHON` has them.
# Usage: scripts/conformance.sh BUILD_FOLDER [MODELS_FOLDER MODEL EMBEDDER]
set -euo pipefail
cd "$(dirname "$0")/.."
models=${2:-../shared/fixtures/real}
model=${3:-stories260K}
embedder=${4:-$model}
python=${PYTHON:-python3}
if [ ! -d "$models" ]; then
  echo "conformance: skipped: no $models"
  exit 0
fi
if ! command -v npm >/dev/null; then
  echo "conformance needs node and npm: apt install nodejs npm" >&2
  exit 1
fi
[ -d tests/api/node_modules/openai ] || npm ci --prefix tests/api --no-audit --no-fund

home=$(mktemp -d)
HOME=$home "$1/bin/hearth" serve --models-dir "$models" --port 0 --log-level warning >"$home/out" 2>&1 &
server=$!
trap 'kill $server 2>/dev/null || true; wait $server 2>/dev/null || true; rm -rf "$home"' EXIT
for _ in $(seq 100); do
  url=$(grep -o 'http://[0-9.]*:[0-9]*' "$home/out" | head -n 1 || true)
  [ -n "$url" ] && break
  sleep 0.1
done
if [ -z "$url" ]; then
  cat "$home/out" >&2
  exit 1
fi

failed=0
for client in "$PWD"/tests/api/*_client.mjs; do
  echo "== ${client##*/}"
  node "$client" "$url" "$model" "$embedder" || failed=1
done
for client in "$PWD"/tests/api/*_client.py; do
  package=$(basename "$client" _client.py)
  [ "$package" = responses ] && package=openai
  if $python -c "import $package" 2>/dev/null; then
    echo "== ${client##*/}"
    $python "$client" "$url" "$model" "$embedder" || failed=1
  else
    echo "== ${client##*/}: skipped: $python has no $package"
  fi
done
cat "$home/out"
exit $failed
