#!/usr/bin/env bash
# Runs every fuzzer of the fuzz build for a while, each from its seed corpus. Logs and findings lie in build/fuzz/.
# Usage: scripts/fuzz.sh SECONDS_EACH
set -euo pipefail
cd "$(dirname "$0")/.."
seconds=$1
build=$PWD/build/fuzz
mkdir -p "$build/logs" "$build/findings"
found=0
failed=0
while IFS= read -r program; do
  found=1
  name=$(basename "$program" _fuzz)
  name=${name#hearth_}
  corpus=$build/corpus/$name
  mkdir -p "$corpus"
  log=$build/logs/$name.log
  printf '%-16s %s s from %s seeds … ' "$name" "$seconds" "$(find "$corpus" -type f | wc -l)"
  if "$program" -max_total_time="$seconds" -timeout=10 -rss_limit_mb=2048 -print_final_stats=1 \
      -artifact_prefix="$build/findings/$name-" "$corpus" >"$log" 2>&1 </dev/null; then
    echo "no finding ($(sed -nE 's/^stat::number_of_executed_units: +//p' "$log") runs)"
  else
    failed=1
    echo "FINDING: see $log and $build/findings/"
    tail -n 20 "$log"
  fi
done < <(find "$build" -type f -name 'hearth_*_fuzz' -perm -u+x | sort)
if [ "$found" -eq 0 ]; then
  echo "no fuzzer in $build" >&2
  exit 1
fi
exit "$failed"
