"""``make policy-mutants``: changes the rules one place at a time, and runs their tests."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence

from tools import paths, private_venv
from tools.mutation.run import Mutmut, MutmutError
from tools.mutation.targets import TESTS

WORK = paths.LOCAL / "mutants"


def main(arguments: Sequence[str]) -> int:
    """Try the mutants of the modules that are named, or of all. Returns 1 where one survives."""
    parser = argparse.ArgumentParser(prog="make policy-mutants")
    parser.add_argument("modules", nargs="*", metavar="MODULE", help="such as reading.durations")
    modules = parser.parse_args(arguments).modules or list(TESTS)
    unknown = sorted(set(modules) - set(TESTS))
    if unknown:
        print(f"error: {', '.join(unknown)}: no module of {', '.join(TESTS)}.", file=sys.stderr)
        return 2
    mutmut = Mutmut(program=private_venv.binaries("mutation") / "mutmut", work=WORK)
    try:
        return 1 if any([_try(mutmut, module) for module in modules]) else 0
    except MutmutError as error:
        print(f"error: mutmut stopped. Does every test pass?\n{error}", file=sys.stderr)
        return 2


def _try(mutmut: Mutmut, module: str) -> bool:
    """Print the module's score and its survivors. Returns whether a mutant survived."""
    results = mutmut.run(module)
    survivors = [name for name, is_killed in results.items() if not is_killed]
    print(f"{module}: {len(results) - len(survivors)} of {len(results)} killed", flush=True)
    for name in survivors:
        print(mutmut.show(name))
    return bool(survivors)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
