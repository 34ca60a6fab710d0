#!/usr/bin/env bash
# Configures and builds one CMake preset, everything or one target. Usage: scripts/build_preset.sh PRESET JOBS [TARGET]
set -euo pipefail
cd "$(dirname "$0")/.."
if ! log=$(cmake --preset "$1" -Wno-dev 2>&1); then
  printf '%s\n' "$log" >&2
  exit 1
fi
grep -- '^-- The page: not' <<<"$log" || true
echo "Building ${3:-everything} in build/$1"
cmake --build --preset "$1" -j "$2" ${3:+--target "$3"}
