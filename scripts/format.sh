#!/usr/bin/env bash
# Lays out all C++ files by .clang-format. Usage: scripts/format.sh [--check]   --check: only tells what would change
set -euo pipefail
cd "$(dirname "$0")/.."
mapfile -d '' files < <(git ls-files -z --cached --others --exclude-standard -- '*.h' '*.cpp')
if [ "${1:-}" = --check ]; then
  clang-format --dry-run -Werror "${files[@]}"
  echo "${#files[@]} files are laid out by .clang-format"
else
  clang-format -i "${files[@]}"
fi
