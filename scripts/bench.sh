#!/usr/bin/env bash
# Runs every micro-benchmark program of a build folder. Usage: scripts/bench.sh BUILD_FOLDER [FILTER]
set -euo pipefail
cd "$(dirname "$0")/.."
found=0
while IFS= read -r program; do
  found=1
  echo "== $(basename "$program")"
  "$program" ${2:+--benchmark_filter="$2"}
done < <(find "$1" -type f -name 'hearth_*_bench' -perm -u+x | sort)
if [ "$found" -eq 0 ]; then
  echo "no benchmark program in $1" >&2
  exit 1
fi
