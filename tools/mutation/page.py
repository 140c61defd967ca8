"""The page ``docs/policies-mutants.md``: a score for each module, and what survived. Pure."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from tools.mutation.mutants import EQUIVALENT, KILLED, SURVIVED, WORDING, Result

_ROW = re.compile(r"^\| `(?P<module>\w+)` \|.*\|$", re.MULTILINE)
_HEAD = """\
| Module | Mutants | Killed | Wording | Equivalent | Survived | Score | Tried |
|---|--:|--:|--:|--:|--:|--:|---|
"""


@dataclass(frozen=True, slots=True)
class Score:
    """How many mutants of one module there were, and what became of them on ``day``."""

    module: str
    counts: Mapping[str, int]
    day: str

    def row(self) -> str:
        """The line of the table. The score leaves out wording and what is equivalent."""
        killed, survived = self.counts.get(KILLED, 0), self.counts.get(SURVIVED, 0)
        share = 100 * killed / (killed + survived) if killed + survived else 100.0
        columns = (
            f"`{self.module}`",
            sum(self.counts.values()),
            killed,
            self.counts.get(WORDING, 0),
            self.counts.get(EQUIVALENT, 0),
            survived,
            f"{share:.1f} %",
            self.day,
        )
        return f"| {' | '.join(map(str, columns))} |"


def scored(module: str, results: Iterable[Result], day: str) -> Score:
    """The score of a module's results."""
    return Score(module, Counter(result.status for result in results), day)


def updated(page: str, scores: Iterable[Score], order: Iterable[str]) -> str:
    """The page with the rows of ``scores`` in place of the old ones, in the given order."""
    rows = {match["module"]: match[0] for match in _ROW.finditer(page)}
    rows |= {score.module: score.row() for score in scores}
    start = page.index(_HEAD) + len(_HEAD)
    end = page.index("\n\n", start - 1) + 1
    body = "".join(f"{rows[module]}\n" for module in order if module in rows)
    return page[:start] + body + page[end:]
