"""A user's mistakes in configuration, collected and shown all at once."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from difflib import get_close_matches


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """One mistake: where it is, what was found, what is allowed, and what to do about it.

    ``file`` is the file's name, relative to the project; ``path`` is the key inside it, dotted, or
    ``line 3, column 5`` where the file could not be read as YAML. ``found`` never holds a secret.
    """

    file: str
    path: str
    found: str
    allowed: str
    fix: str

    def render(self) -> str:
        """The problem as an indented block of text."""
        return "\n".join(
            (
                f"  {self.file}: {self.path}",
                f"      found:   {self.found}",
                f"      allowed: {self.allowed}",
                f"      to do:   {self.fix}",
            )
        )


class ConfigurationError(Exception):
    """Every problem that was found, before anything was changed."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        """Take at least one problem."""
        self.problems = tuple(dict.fromkeys(problems))
        super().__init__(render(self.problems))


def render(problems: Sequence[Problem]) -> str:
    """All problems as one message that a user can work down."""
    count = len(problems)
    head = f"{count} problem{'s' if count != 1 else ''} in the configuration; nothing was changed."
    return "\n\n".join((head, *(problem.render() for problem in problems)))


def shown(value: object) -> str:
    """A found value as it may appear in a message: short, and quoted if it is text."""
    text = repr(value) if not isinstance(value, str) else f'"{value}"'
    if "-----BEGIN" in text:
        return "a PEM text (not shown: it may be a key)"
    return text if len(text) <= 80 else text[:77] + "..."


def nearest(word: str, known: Iterable[str]) -> str | None:
    """The known word that ``word`` is most likely a slip of, if any is close."""
    matches = get_close_matches(word, list(known), n=1, cutoff=0.6)
    return matches[0] if matches else None


def one_of(words: Iterable[str]) -> str:
    """The words as an enumeration: ``a, b or c``; ``nothing`` when there are none."""
    listed = sorted(words)
    if len(listed) < 2:
        return "".join(listed) or "nothing"
    return f"{', '.join(listed[:-1])} or {listed[-1]}"
