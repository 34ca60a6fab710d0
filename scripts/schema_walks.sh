#!/usr/bin/env bash
# Has hearth_schema_walks write random answers and ajv validate them. ajv comes from npm, at the versions of
# tests/grammar/package-lock.json. Usage: scripts/schema_walks.sh BUILD_FOLDER WALKS
set -euo pipefail
cd "$(dirname "$0")/.."
if ! command -v npm >/dev/null; then
  echo "schema-walks needs node and npm: apt install nodejs npm" >&2
  exit 1
fi
[ -d tests/grammar/node_modules/ajv ] || npm ci --prefix tests/grammar --no-audit --no-fund
"$1/tests/grammar/hearth_schema_walks" "$2" "$1/tests/grammar/walks.jsonl"
node tests/grammar/validate.mjs "$1/tests/grammar/walks.jsonl"
