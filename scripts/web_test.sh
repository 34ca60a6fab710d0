#!/usr/bin/env bash
# Runs one of the browser's tests of the page. Ends with 77, and says why, where it can't be run here.
# Usage: scripts/web_test.sh HEARTH NODE FILE    FILE: of tests/web
set -euo pipefail
cd "$(dirname "$0")/.."
skip() {
  echo "skipped: $1"
  exit 77
}
export HEARTH=$1
export HEARTH_FIXTURES=${HEARTH_SHARED:-$PWD/../shared}/fixtures
CHROMIUM=${CHROMIUM:-$(command -v chromium || command -v chromium-browser || true)}
export CHROMIUM
[ -f "$HEARTH_FIXTURES/real/stories260K.gguf" ] || skip "no ../shared with the fixture model"
[ -n "$CHROMIUM" ] || skip "no chromium: make setup-web-tests"
[ -d tests/web/node_modules/playwright-core ] || skip "no playwright-core: make setup-web-tests"
cd tests/web
exec "$2" --test "$3"
