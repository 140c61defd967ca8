"""``make policy-mutants``: changes the rules one place at a time, and runs their tests.

Prints what survived, and writes each module's score into ``docs/policies-mutants.md``.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from datetime import date

from tools import paths, private_venv
from tools.mutation.equivalent import equivalents
from tools.mutation.mutants import SURVIVED, Result, results
from tools.mutation.page import scored, updated
from tools.mutation.run import MutmutError, run
from tools.mutation.targets import METADATA, TESTS

PAGE = paths.ROOT / "docs" / "policies-mutants.md"


def main(arguments: Sequence[str]) -> int:
    """Try the mutants of the modules that are named, or of all. Returns 1 where one survives."""
    parser = argparse.ArgumentParser(prog="make policy-mutants")
    parser.add_argument("modules", nargs="*", metavar="MODULE", help="such as retries")
    modules = parser.parse_args(arguments).modules or list(TESTS)
    unknown = sorted(set(modules) - set(TESTS))
    if unknown:
        print(f"error: {', '.join(unknown)}: no module of {', '.join(TESTS)}.", file=sys.stderr)
        return 2
    try:
        return 1 if any([_try(module) for module in modules]) else 0
    except MutmutError as error:
        print(f"error: mutmut gave up; does every test pass?\n{error}", file=sys.stderr)
        return 2


def _try(module: str) -> bool:
    """Whether a mutant of the module survives. Says which, and writes the score down."""
    source, meta = run(private_venv.binaries("mutation") / "mutmut", module)
    metadata = {function for name, function in METADATA if name == module}
    found = list(results(source, meta, equivalents(module), metadata))
    score = scored(module, found, date.today().isoformat())
    print(score.row(), flush=True)
    survivors = [result for result in found if result.status == SURVIVED]
    for result in survivors:
        print(_shown(result))
    page = PAGE.read_text(encoding="utf-8")
    PAGE.write_text(updated(page, [score], TESTS), encoding="utf-8")
    return bool(survivors)


def _shown(result: Result) -> str:
    mutant = result.mutant
    lines = [f"- {line}" for line in mutant.before.splitlines()]
    lines += [f"+ {line}" for line in mutant.after.splitlines()]
    return "\n".join([f"  {mutant.function}", *(f"    {line}" for line in lines)])


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
