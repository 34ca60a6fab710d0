"""Cases of a client's conformance, and the run through all of them."""
import sys
import traceback

CASES = []


class Skipped(Exception):
    """What this client or this run cannot show, and why."""


def case(function):
    CASES.append(function)
    return function


def run():
    """Runs each case, says how each ended, and leaves with status 1 when one failed."""
    failed = skipped = 0
    for function in CASES:
        try:
            function()
            print("ok", function.__name__, flush=True)
        except Skipped as why:
            skipped += 1
            print("skipped", function.__name__, why, flush=True)
        except Exception as problem:  # one case must not hide the others
            failed += 1
            print("FAIL", function.__name__, type(problem).__name__, str(problem)[:500], flush=True)
            traceback.print_exc(limit=3)
    print(f"{len(CASES) - failed - skipped} of {len(CASES)} passed, {skipped} skipped")
    sys.exit(1 if failed else 0)
