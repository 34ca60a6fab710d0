#!/usr/bin/env bash
# Hearth under load and, where LLAMA_SERVER says how to run it, llama.cpp's llama-server beside it: the same requests to one and to
# the other in turns, so that what else the machine does hits both. Writes a table of medians over the rounds.
#
#   bench/bench_serve.sh MODEL.gguf
#
# LLAMA_SERVER  the command (it may be several words, e.g. "chroot DIR llama-server"); empty: Hearth alone
# ROUNDS=3  THREADS=2  PROMPT_TOKENS=64:1024  MAX_TOKENS=32  SCALE=1 (how many requests)
# MIXES="1 4 16 64 poisson prefix": clients in a closed loop; arrivals at RATE=0.2 per second; 16 clients whose prompts begin with
#   the same 1,000 tokens
# HEARTH, LOAD  the programs; RESULTS  a folder that keeps each run's JSON
set -euo pipefail
[[ ${1:-} ]] || { sed -n '2,13p' "$0"; exit 2; }
model=$(realpath "$1")
here=$(dirname "$0")
rounds=${ROUNDS:-3} threads=${THREADS:-2} prompts=${PROMPT_TOKENS:-64:1024} answer=${MAX_TOKENS:-32} scale=${SCALE:-1}
hearth=${HEARTH:-build/release/bin/hearth} load=${LOAD:-build/release/bench/hearth_serve_load}
hearth_port=${HEARTH_PORT:-18431} llama_port=${LLAMA_PORT:-18432}
read -ra mixes <<<"${MIXES:-1 4 16 64 poisson prefix}"
read -ra llama <<<"${LLAMA_SERVER:-}"
results=${RESULTS:-$(mktemp -d)}
mkdir -p "$results"

servers=()
pids=()
stop_all() {
  for pid in "${pids[@]}"; do kill "$pid" 2>/dev/null || true; done
  wait 2>/dev/null || true
}
trap stop_all EXIT

wait_for() { # URL
  for _ in $(seq 600); do
    curl -sf --noproxy '*' -o /dev/null "$1/health" && return
    sleep 0.2
  done
  echo "nothing answers at $1; see $results" >&2
  exit 1
}

"$hearth" serve "$model" --keep-alive -1 --port "$hearth_port" --threads "$threads" --log-level warning 2>"$results/hearth.log" &
pids+=($!)
wait_for "http://127.0.0.1:$hearth_port"
servers+=(hearth)
if [[ ${#llama[@]} -gt 0 ]]; then
  # A slot for each client, each with room for the longest request; batching and its prompt cache are on by default.
  "${llama[@]}" -m "$model" -t "$threads" -tb "$threads" -np 64 -c $((64 * 2048)) --host 127.0.0.1 --port "$llama_port" \
    >"$results/llama.log" 2>&1 </dev/null &
  pids+=($!)
  wait_for "http://127.0.0.1:$llama_port"
  servers+=(llama-server)
fi

declare -A port=([hearth]=$hearth_port [llama-server]=$llama_port)
name_of() { curl -sf --noproxy '*' "http://127.0.0.1:$1/v1/models" | grep -o '"id": *"[^"]*"' | head -n 1 | sed 's/.*: *"//; s/"$//'; }

run() { # SERVER MIX ROUND
  local url=http://127.0.0.1:${port[$1]} seed=$(($3 * 100)) options
  case $2 in
    poisson) options=(--rate "${RATE:-0.2}" --requests $((12 * scale)) --prompt-tokens "$prompts") seed=$((seed + 98)) ;;
    prefix) options=(--clients 16 --requests $((16 * scale)) --prompt-tokens 32:96 --shared-prefix 1000) seed=$((seed + 99)) ;;
    *) options=(--clients "$2" --requests $((($2 < 4 ? 4 : $2) * scale)) --prompt-tokens "$prompts") seed=$((seed + $2)) ;;
  esac
  "$load" --url "$url" --model "$(name_of "${port[$1]}")" --max-tokens "$answer" --seed "$seed" --json "${options[@]}" \
    >"$results/$2.$3.$1.json"
}

for server in "${servers[@]}"; do # weights into memory
  "$load" --url "http://127.0.0.1:${port[$server]}" --model "$(name_of "${port[$server]}")" --requests 2 --prompt-tokens 64 --max-tokens 4 \
    >/dev/null
done
for round in $(seq "$rounds"); do
  for mix in "${mixes[@]}"; do
    # Who goes first changes from round to round.
    for i in "${!servers[@]}"; do run "${servers[(i + round) % ${#servers[@]}]}" "$mix" "$round"; done
  done
done
"$here/serve_table.py" "$results" "${servers[@]}"
