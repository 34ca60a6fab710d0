#!/usr/bin/env python3
"""Hearth and other programs on the same files with the same number of threads, in turns, so that what else the machine does
hits all of them. Writes medians and ratios, the lost rows too, into a section of docs/benchmarks.md.

  bench/bench_peers.py MODEL [MODEL …]      GGUF files of models that generate; Hugging Face folders of embedding models

Commands of others (they may be several words, e.g. "chroot DIR llama-bench"); what is not given is left out:
  LLAMA_BENCH          llama.cpp's llama-bench: prompts and answers at depths
  LLAMA_BATCHED_BENCH  its llama-batched-bench: answers together
  LLAMA_COMPLETION     its llama-completion: from the start to the first token
  PYTHON               one that has torch and transformers (and onnxruntime, where a folder has onnx/model_int8.onnx)
And THREADS=2 ROUNDS=3 PREFILL=512,4096 DECODE=64 DEPTHS=0,4096 BATCHES=4,16 TEXTS=32 TEXT_TOKENS=256
  HEARTH  the program; RESULTS  a folder that keeps each run's output; DOCUMENT  the file that gets the section ("-": standard
  output); NOTE  a sentence that the section shall carry: what else ran
"""
import json
import os
import pathlib
import platform
import shlex
import statistics
import subprocess
import sys
import tempfile
import time

HERE = pathlib.Path(__file__).resolve().parent
BEGIN, END = "<!-- bench-peers: written by bench/bench_peers.py -->", "<!-- bench-peers: end -->"


def numbers(name, default):
    return [int(n) for n in os.environ.get(name, default).split(",") if n]


THREADS = numbers("THREADS", "2")[0]
ROUNDS = numbers("ROUNDS", "3")[0]
HEARTH = [os.environ.get("HEARTH", "build/release/bin/hearth")]
COMMANDS = {name: shlex.split(os.environ.get(name, ""))
            for name in ("LLAMA_BENCH", "LLAMA_BATCHED_BENCH", "LLAMA_COMPLETION", "PYTHON")}
RESULTS = pathlib.Path(os.environ.get("RESULTS") or tempfile.mkdtemp())


def run(command, keep):
    """Standard output; the command fails loudly, and what it said is kept in RESULTS."""
    print("  " + shlex.join(command), file=sys.stderr)
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, stdin=subprocess.DEVNULL, text=True,
                          errors="replace")  # models with random weights write random bytes
    (RESULTS / f"{keep}.out").write_text(done.stdout)
    (RESULTS / f"{keep}.err").write_text(done.stderr)
    if done.returncode != 0:
        sys.exit(f"{shlex.join(command)} ended with {done.returncode}:\n{done.stderr[-2000:]}")
    return done.stdout


def hearth(model, test, keep):
    """tokens/s of one of hearth bench's tests."""
    flags = {"pp": ["-p", str(test["n"]), "-n", "0"], "tg": ["-p", "0", "-n", str(test["n"])],
             "embed": ["-p", str(test["n"])]}[test["kind"]]
    depth = [] if test["kind"] == "embed" else ["--depth", str(test["depth"])]
    out = run([*HEARTH, "bench", str(model), *flags, *depth, "--batch", str(test["batch"]), "--threads", str(THREADS),
               "--repeat", "1", "--json"], keep)
    report = json.loads(out)
    RUNS.append(report)
    return report["results"][0]["tokens_per_second"]["median"]


def llama_bench(model, test, keep):
    out = run([*COMMANDS["LLAMA_BENCH"], "-m", str(model), "-t", str(THREADS), "-p", str(test["n"] if test["kind"] == "pp" else 0),
               "-n", str(test["n"] if test["kind"] == "tg" else 0), "-d", str(test["depth"]), "-r", "1", "-o", "json"], keep)
    return json.loads(out)[0]["avg_ts"]


def llama_batched_bench(model, test, keep):
    # -npp 1: each answer begins behind one token, as with hearth bench. -v: else it prints no results at all.
    context = (test["n"] + 64) * test["batch"]
    command = [*COMMANDS["LLAMA_BATCHED_BENCH"], "-m", str(model), "-t", str(THREADS), "-c", str(context), "-npp", "1", "-ntg",
               str(test["n"]), "-npl", str(test["batch"]), "--output-format", "jsonl", "-v"]
    for _ in range(5):  # what it says last is sometimes lost as it ends
        rows = [json.loads(line) for line in run(command, keep).splitlines() if line.startswith('{"n_kv_max"')]
        if rows:
            return rows[-1]["speed_tg"]
    sys.exit(f"{shlex.join(command)} gave no results")


def encoder_peer(kind):
    def measure(model, test, keep):
        out = run([*COMMANDS["PYTHON"], "-c", (HERE / "encoder_peer.py").read_text(), kind, str(model), str(THREADS), str(test["n"]),
                   str(test["batch"])], keep)
        return json.loads(out.splitlines()[-1])["tokens_per_second"]
    return measure


def seconds_to_first_token(command, keep):
    begin = time.monotonic()
    run(command, keep)
    return time.monotonic() - begin


def hearth_start(model, test, keep):
    return seconds_to_first_token([*HEARTH, "run", str(model), "-p", "Once", "--raw", "-n", "1", "--temp", "0", "--threads",
                                   str(THREADS)], keep)


def llama_start(model, test, keep):
    return seconds_to_first_token([*COMMANDS["LLAMA_COMPLETION"], "-m", str(model), "-p", "Once", "-n", "1", "--temp", "0", "-t",
                                   str(THREADS), "-no-cnv", "--no-warmup"], keep)


def grounded(*flags):
    """Hearth's own tokens/s where the answer repeats what stands in the prompt, greedy."""
    def measure(model, test, keep):
        out = run([*HEARTH, "run", "-m", str(model), "-p", (HERE / "grounded_prompt.txt").read_text(), "--raw", "--temp", "0", "-n",
                   str(test["n"]), "--ignore-eos", "--threads", str(THREADS), "--json", *flags], keep)
        return json.loads(out)["stats"]["generated_tokens_per_second"]
    return measure


OURS = {"start": hearth_start, "grounded": grounded()}  # how Hearth is measured where it is not `hearth bench`


def generator_tests():
    tests = []
    for depth in numbers("DEPTHS", "0,4096"):
        for n in numbers("PREFILL", "512,4096"):
            tests.append({"kind": "pp", "n": n, "depth": depth, "batch": 1, "name": f"read {n:,}"})
        for n in numbers("DECODE", "64"):
            tests.append({"kind": "tg", "n": n, "depth": depth, "batch": 1, "name": f"write {n:,}"})
    for test in tests:
        test["peers"] = {"llama.cpp": llama_bench} if COMMANDS["LLAMA_BENCH"] else {}
        test["name"] += f" behind {test['depth']:,}" if test["depth"] else ""
    for batch in numbers("BATCHES", "4,16"):
        n = numbers("DECODE", "64")[0]
        tests.append({"kind": "tg", "n": n, "depth": 0, "batch": batch, "name": f"write {batch} × {n:,} together",
                      "peers": {"llama.cpp": llama_batched_bench} if COMMANDS["LLAMA_BATCHED_BENCH"] else {}})
    tests.append({"kind": "grounded", "name": "write 256 that repeat the prompt", "n": 256,
                  "peers": {"Hearth without speculation": grounded("--no-speculation")}})
    tests.append({"kind": "start", "name": "start to first token", "unit": "s",
                  "peers": {"llama.cpp": llama_start} if COMMANDS["LLAMA_COMPLETION"] else {}})
    return tests


def encoder_tests(model):
    peers = {}
    if COMMANDS["PYTHON"]:
        peers = {"PyTorch bf16": encoder_peer("bf16"), "PyTorch f32": encoder_peer("f32")}
        if (model / "onnx" / "model_int8.onnx").exists():
            peers["ONNX Runtime int8"] = encoder_peer("onnx")
    n, batch = numbers("TEXT_TOKENS", "256")[0], numbers("TEXTS", "32")[0]
    return [{"kind": "embed", "n": n, "depth": 0, "batch": batch, "name": f"embed {batch} × {n:,}", "peers": peers}]


def measure(model, tests):
    """{test's index: {program: [a value a round]}}; who goes first changes from round to round."""
    values = {}
    for turn in range(ROUNDS):
        for i, test in enumerate(tests):
            programs = {"Hearth": OURS.get(test["kind"], hearth), **test["peers"]}
            names = list(programs)
            for j in range(len(names)):
                name = names[(j + turn) % len(names)]
                keep = f"{model.name}.{i}.{turn}.{name.replace(' ', '_')}"
                values.setdefault(i, {}).setdefault(name, []).append(programs[name](model, test, keep))
    return values


def figure(value):
    return f"{value:.2f}" if value < 10 else f"{value:.1f}" if value < 100 else f"{value:,.0f}"


def table(model, tests, values):
    lines = [f"| {model.name} | unit | Hearth | other | | Hearth is times better |", "|---|---|--:|---|--:|--:|"]
    for i, test in enumerate(tests):
        ours = statistics.median(values[i]["Hearth"])
        unit = test.get("unit", "tokens/s")
        if not test["peers"]:
            lines.append(f"| {test['name']} | {unit} | {figure(ours)} | - | | |")
        for name in test["peers"]:
            theirs = statistics.median(values[i][name])
            ratio = theirs / ours if unit == "s" else ours / theirs
            shown = f"**{ratio:.2f}**" if ratio >= 1 else f"{ratio:.2f}"
            lines.append(f"| {test['name']} | {unit} | {figure(ours)} | {name} | {figure(theirs)} | {shown} |")
    return "\n".join(lines) + "\n"


def version(command, *flags):
    if not command:
        return ""
    done = subprocess.run([*command, *flags], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL, text=True,
                          errors="replace")  # models with random weights write random bytes
    lines = [line for line in done.stdout.splitlines() if "version" in line.lower()]
    return lines[0].strip() if lines else ""


def heading():
    machine = RUNS[0]["machine"] if RUNS else {}
    text = "## Beside other programs\n\n```sh\nmake bench-peers MODELS=\"model.gguf folder\" LLAMA_BENCH=… LLAMA_BATCHED_BENCH=… PYTHON=…\n```\n\n"
    text += ("runs `hearth bench` and the others on the same files in turns, one test at a time, and takes the median of the rounds "
             "([bench/bench_peers.py](../bench/bench_peers.py) has the commands). Ratios in bold are won, the others lost.\n\n")
    text += f"Machine: {machine.get('cpu', platform.processor())}, {machine.get('cores', os.cpu_count())} cores, kernels " \
            f"{machine.get('kernels', '?')}, {THREADS} threads. Rounds: {ROUNDS}. Hearth {machine.get('hearth', '')}"
    for each in (version(COMMANDS["LLAMA_BENCH"], "--version"), python_versions()):
        text += f"; {each}" if each else ""
    text += f". {time.strftime('%Y-%m-%d')}."
    limits = machine.get("limits", [])
    if limits:
        text += f" The machine read {limits[0]['read_bytes_per_second'] * 1e-9:.1f} GB/s just before."
    note = os.environ.get("NOTE", "")
    return text + (f"\n**{note}**" if note else "") + "\n\n"


def python_versions():
    if not COMMANDS["PYTHON"]:
        return ""
    return subprocess.run([*COMMANDS["PYTHON"], "-c", "import torch, transformers; print('PyTorch', torch.__version__ + ', transformers', "
                           "transformers.__version__)"], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True).stdout.strip()


def write(section):
    document = os.environ.get("DOCUMENT", str(HERE.parent / "docs" / "benchmarks.md"))
    if document == "-":
        sys.stdout.write(section)
        return
    path = pathlib.Path(document)
    text = path.read_text() if path.exists() else "# Benchmarks\n"
    block = f"{BEGIN}\n\n{section}\n{END}\n"
    if BEGIN in text:
        head, rest = text.split(BEGIN, 1)
        text = head + block + rest.split(END + "\n", 1)[1]
    else:
        text = text.rstrip("\n") + "\n\n" + block
    path.write_text(text)
    print(f"wrote the section into {path}; each run's output is in {RESULTS}", file=sys.stderr)


RUNS = []


def main():
    models = [pathlib.Path(name).resolve() for name in sys.argv[1:]]
    if not models:
        sys.exit(__doc__)
    for model in models:
        if not model.exists():
            sys.exit(f"{model}: no such file or folder")
    RESULTS.mkdir(parents=True, exist_ok=True)
    tables = []
    for model in models:
        print(model.name, file=sys.stderr)
        tests = encoder_tests(model) if model.is_dir() else generator_tests()
        tables.append(table(model, tests, measure(model, tests)))
    write(heading() + "\n".join(tables))


main()
