#!/usr/bin/env bash
# Checks the layout of all C++ files, the order of the folders, and clang-tidy's rules. Usage: scripts/lint.sh JOBS
set -euo pipefail
cd "$(dirname "$0")/.."
mkdir -p build
scripts/format.sh --check
cmake -P tests/layering.cmake
cmake --preset clang -Wno-dev >build/clang-configure.log || { cat build/clang-configure.log >&2; exit 1; }
run-clang-tidy -quiet -p build/clang -j "$1" "^$PWD/(src|examples|fuzz)/" 2>/dev/null
echo "clang-tidy found nothing"
