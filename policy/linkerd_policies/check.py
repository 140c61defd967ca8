"""Checks configuration files without the engine: ``python -m linkerd_policies.check FILE...``."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

from linkerd_policies.framework.configuration import errors, today
from linkerd_policies.table import RULES


def main(files: Sequence[str]) -> int:
    """Print every mistake in the files. Returns the exit code, 1 where there is a mistake."""
    found = [f"{file}: {text}" for file in files for text in _errors(Path(file))]
    for line in found:
        print(line, file=sys.stderr)
    return 1 if found else 0


def _errors(file: Path) -> Iterator[str]:
    try:
        document = json.loads(file.read_bytes().decode())
    except OSError as error:
        yield f"cannot be read: {error.strerror}."
    except ValueError as error:
        yield f"is not valid JSON: {error}."
    else:
        yield from map(str, errors(document, RULES, today()))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
