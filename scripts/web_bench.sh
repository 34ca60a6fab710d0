#!/usr/bin/env bash
# Measures how soon the page is there and how smooth it stays. Usage: scripts/web_bench.sh HEARTH
set -euo pipefail
cd "$(dirname "$0")/.."
export HEARTH=$PWD/$1
export HEARTH_FIXTURES=${HEARTH_SHARED:-$PWD/../shared}/fixtures
if [ ! -f "$HEARTH_FIXTURES/real/stories260K.gguf" ] || [ ! -d tests/web/node_modules/playwright-core ]; then
  echo "bench-web needs ../shared with the fixture model, and make setup-web-tests" >&2
  exit 1
fi
node tests/web/smoothness.mjs
