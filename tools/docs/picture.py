"""``docs/images/make-up.svg``: a terminal with the text from standard input.

Make it again after a change of the output: ``make up | python -m tools.docs.picture``. Pick a
machine that is not busy, since the durations are in the picture.
"""

from __future__ import annotations

import io
import sys

from rich.console import Console
from rich.text import Text

from tools import paths

FILE = paths.ROOT / "docs" / "images" / "make-up.svg"
WIDTH = 112
TITLE = "make up"


def drawn(output: str) -> str:
    """The picture of a terminal that shows the output, with its colours."""
    terminal = Console(record=True, width=WIDTH, file=io.StringIO(), highlight=False)
    terminal.print(Text(f"$ {TITLE}", style="bold"))
    terminal.print(Text.from_ansi(output.rstrip()))
    # Named, so that the same output makes the same file.
    return terminal.export_svg(title=TITLE, unique_id="make-up")


if __name__ == "__main__":
    FILE.write_text(drawn(sys.stdin.read()), encoding="utf-8")
