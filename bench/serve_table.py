#!/usr/bin/env python3
"""The results of bench_serve.sh as a table: medians over the rounds, and how many times better the first server is.

Usage: serve_table.py FOLDER SERVER [SERVER]   with FOLDER/MIX.ROUND.SERVER.json
"""
import json
import pathlib
import statistics
import sys

COLUMNS = [  # heading, place in the report, whether more is better
    ("tokens/s", ("tokens_per_second",), True),
    ("requests/s", ("requests_per_second",), True),
    ("first token p50 ms", ("first_token_ms", "p50"), False),
    ("p95", ("first_token_ms", "p95"), False),
    ("p99", ("first_token_ms", "p99"), False),
    ("between tokens p50 ms", ("token_gap_ms", "p50"), False),
    ("p95", ("token_gap_ms", "p95"), False),
    ("p99", ("token_gap_ms", "p99"), False),
]


def value(report, place):
    for key in place:
        report = report[key]
    return report


def main():
    folder, servers = pathlib.Path(sys.argv[1]), sys.argv[2:]
    runs = {}
    for file in folder.glob("*.*.*.json"):
        mix, _, server = file.name.removesuffix(".json").split(".", 2)
        runs.setdefault((mix, server), []).append(json.loads(file.read_text()))
    mixes = sorted({mix for mix, _ in runs}, key=lambda mix: (not mix.isdigit(), int(mix) if mix.isdigit() else 0, mix))
    print("| load | server | " + " | ".join(name for name, _, _ in COLUMNS) + " | failed |")
    print("|---|---|" + "--:|" * (len(COLUMNS) + 1))
    for mix in mixes:
        title = f"{mix} client{'s' if mix != '1' else ''}" if mix.isdigit() else mix
        medians = {}
        for server in servers:
            reports = runs.get((mix, server))
            if not reports:
                continue
            medians[server] = [statistics.median(value(r, place) for r in reports) for _, place, _ in COLUMNS]
            failed = sum(r["requests"] - r["succeeded"] for r in reports)
            cells = [f"{m:.2f}" if m < 10 else f"{m:,.0f}" for m in medians[server]]
            print(f"| {title} | {server} | " + " | ".join(cells) + f" | {failed} |")
        if len(medians) == 2:
            ours, theirs = (medians[server] for server in servers)
            ratios = [(a / b if more else b / a) if a and b else 0 for a, b, (_, _, more) in zip(ours, theirs, COLUMNS)]
            print(f"| {title} | times better | " + " | ".join(f"**{r:.2f}**" for r in ratios) + " | |")


main()
