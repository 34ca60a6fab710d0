#!/usr/bin/env bash
# Prints "N passed, N failed, N skipped" from ctest's JUnit file; fails when it holds no test at all.
# Usage: scripts/test_summary.sh FILE
set -euo pipefail
if [ ! -f "$1" ]; then
  echo "no test was run" >&2
  exit 1
fi
count() { # of the attribute $2 of the first <testsuite>
  sed -nE '/<testsuite/,/>/ s/.*[[:space:]]'"$2"'="([0-9]+)".*/\1/p' "$1" | head -n 1
}
tests=$(count "$1" tests)
failed=$(count "$1" failures)
skipped=$(($(count "$1" skipped) + $(count "$1" disabled)))
echo "$((tests - failed - skipped)) passed, $failed failed, $skipped skipped"
[ "$tests" -gt 0 ]
