#!/usr/bin/env bash
# Runs the tests of a preset that is built, shows what failed, and ends with one line of counts.
# Usage: scripts/test.sh PRESET JOBS
set -euo pipefail
cd "$(dirname "$0")/.."
results=build/$1/test-results.xml
rm -f "$results"
status=0
ctest --preset "$1" -j "$2" --output-junit "$PWD/$results" || status=$?
scripts/test_summary.sh "$results" || status=1
exit "$status"
