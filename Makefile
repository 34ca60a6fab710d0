# Every command of the project. `make` alone lists them; each can be run again at any time and says what it does.
.DEFAULT_GOAL := help
MAKEFLAGS += --no-print-directory

JOBS ?= $(shell nproc)
PREFIX ?= /usr/local
SECONDS ?= 60
WALKS ?= 100000
REQUESTS ?= 100000
HEARTH := build/release/bin/hearth

.PHONY: help setup setup-clang setup-web-tests bench-web program build run test bench bench-grammar schema-walks conformance bench-serve bench-peers soak format lint asan tsan clang fuzz install clean

help: ## list the targets
	@echo 'Hearth: a local-first AI runtime'
	@echo
	@grep -E '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## (.*)/\1|\2/' | \
	  while IFS='|' read -r target text; do printf '  make %-16s %s\n' "$$target" "$$text"; done
	@echo
	@echo 'First steps: make run MODEL=path/to/model.gguf'

setup: ## install what the build needs and is missing (Debian 12; asks for root only then)
	@scripts/setup

setup-clang:
	@scripts/setup --clang

setup-web-tests: ## install what drives the page in tests: Chromium and playwright-core
	@scripts/setup --web-tests
	@npm ci --prefix tests/web --no-audit --no-fund --prefer-offline

bench-web: program ## how soon the page is there and how smooth it stays (needs setup-web-tests)
	@scripts/web_bench.sh $(HEARTH)

program: setup
	@scripts/build_preset.sh release $(JOBS) hearth

build: setup ## build everything: program, tests, benchmarks
	@scripts/build_preset.sh release $(JOBS)

run: program ## chat with a model in the terminal [MODEL=path] [ARGS="--temp 0.5"]
	@scripts/run.sh $(HEARTH) "$(MODEL)" $(ARGS)

test: build ## build and run every test
	@scripts/test.sh release $(JOBS)

bench-grammar: setup ## what constraining an answer costs: compile time and mask time
	@scripts/build_preset.sh release $(JOBS) hearth_grammar_costs
	@build/release/tests/grammar/hearth_grammar_costs

schema-walks: setup ## random answers under many schemas, judged by ajv [WALKS=100000] (needs node)
	@scripts/build_preset.sh release $(JOBS) hearth_schema_walks
	@scripts/schema_walks.sh build/release $(WALKS)

conformance: program ## official clients against hearth serve [PYTHON=python3] (needs node)
	@scripts/conformance.sh build/release

bench: build ## run the micro-benchmarks [FILTER=regex]
	@scripts/bench.sh build/release $(FILTER)

bench-serve: setup ## Hearth under load, beside llama-server where there is one [MODEL=path] [ROUNDS=3]
	@scripts/build_preset.sh release $(JOBS) hearth
	@scripts/build_preset.sh release $(JOBS) hearth_serve_load
	@bench/bench_serve.sh "$(MODEL)"

bench-peers: program ## Hearth beside other programs on the same files, into docs/benchmarks.md [MODELS="a.gguf folder"] [LLAMA_BENCH=command] …
	@bench/bench_peers.py $(MODELS)

soak: setup ## a server under short requests of every kind for long [REQUESTS=100000]
	@scripts/build_preset.sh release $(JOBS) hearth_serve_soak
	@build/release/tests/serve/hearth_serve_soak $(REQUESTS)

format: setup-clang ## lay out all C++ files with clang-format
	@scripts/format.sh

lint: setup-clang ## check layout, layering and clang-tidy's rules
	@scripts/lint.sh $(JOBS)

asan: setup ## run every test under AddressSanitizer and UBSan
	@scripts/build_preset.sh asan $(JOBS)
	@scripts/test.sh asan $(JOBS)

tsan: setup ## run every test under ThreadSanitizer
	@scripts/build_preset.sh tsan $(JOBS)
	@scripts/test.sh tsan $(JOBS)

clang: setup-clang ## compile everything with clang
	@scripts/build_preset.sh clang $(JOBS)

fuzz: setup-clang ## fuzz each reader of files [SECONDS=60 for each]
	@scripts/build_preset.sh fuzz $(JOBS)
	@scripts/fuzz.sh $(SECONDS)

install: program ## install the program [PREFIX=/usr/local] [DESTDIR=]
	@cmake --install build/release --prefix "$(PREFIX)"

clean: ## remove everything that was built
	@rm -rf build
	@echo 'Removed build/.'
