#!/usr/bin/env bash
# Configures and builds one CMake preset. Usage: scripts/build_preset.sh PRESET JOBS
set -euo pipefail
cd "$(dirname "$0")/.."
cmake --preset "$1" -Wno-dev --log-level=WARNING
cmake --build --preset "$1" -j "$2"
