"""A user's mistakes in configuration, collected and shown all at once."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from difflib import get_close_matches

from components.findings import Finding


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem(Finding):
    """A finding in a file.

    ``file`` is the file's name, relative to the project. ``path`` is the key inside it, or
    ``line 3, column 5`` where the file could not be read as YAML.
    """

    file: str

    def render(self) -> str:
        """The problem as an indented block of text."""
        return "\n".join(
            (
                f"  {self.file}: {printable(self.path)}",
                f"      found:   {printable(self.found)}",
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


def located(file: str, findings: Iterable[Finding]) -> list[Problem]:
    """The findings as problems of one file. One that is about the whole file says so."""
    return [
        Problem(
            file=file,
            path=each.path or "(the file)",
            found=each.found,
            allowed=each.allowed,
            fix=each.fix,
        )
        for each in findings
    ]


def unknown(
    path: str,
    name: str,
    known: Iterable[str],
    otherwise: str,
    *,
    found: str = 'the unknown name "{}"',
) -> Finding:
    """The finding of a name that is none of the ``known`` ones.

    ``otherwise`` says what to do where no known name is close. ``found`` has a ``{}`` for the name.
    """
    known = list(known)
    return Finding(
        path=path,
        found=found.format(_shortened(name)),
        allowed=one_of(known),
        fix=suggestion(name, known) or otherwise,
    )


def suggestion(name: str, known: Iterable[str]) -> str:
    """``Did you mean `web`?``, or nothing where no known name is close."""
    by_letters = {word.lower(): word for word in known}
    near = get_close_matches(name.lower(), by_letters, n=1, cutoff=0.6)
    return f"Did you mean `{by_letters[near[0]]}`?" if near else ""


def shown(value: object) -> str:
    """A found value as it may appear in a message: short, and quoted if it is text."""
    text = f'"{value}"' if isinstance(value, str) else _as_yaml(value)
    if "-----BEGIN" in text:
        return "a PEM text (not shown: it may be a key)"
    return _shortened(text)


def _as_yaml(value: object) -> str:
    """The value as it is written in YAML: ``null`` and ``true``, not Python's words."""
    if isinstance(value, date):
        return str(value)
    try:
        return json.dumps(value, ensure_ascii=False, default=str)
    except (TypeError, ValueError):
        return repr(value)


def printable(text: str) -> str:
    """The text on one line, with escapes for what would move or colour a terminal's text."""
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in text)


def _shortened(text: str) -> str:
    return text if len(text) <= 80 else text[:77] + "..."


def one_of(words: Iterable[str]) -> str:
    """The words as an enumeration: ``a, b or c``; ``nothing`` when there are none."""
    listed = sorted(words)
    if len(listed) < 2:
        return "".join(listed) or "nothing"
    return f"{', '.join(listed[:-1])} or {listed[-1]}"
