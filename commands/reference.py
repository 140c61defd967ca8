"""``docs/commands.md``: every target of the Makefile, and every verb with its options."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass

from commands.arguments import Verb
from commands.verbs import VERBS
from tools import paths
from tools.docs.marks import table
from tools.docs.reference import NOTE

_TARGET = re.compile(r"^(?P<name>[a-z-]+):[^#\n]*## (?P<help>.*)\n(?P<recipe>(?:\t.*\n)*)", re.M)
_VARIABLE = re.compile(r"\$\(([A-Z_]+)\)")
_DEFINITION = re.compile(r"^(?P<name>[A-Z_]+) [:?]?= (?P<value>.*)$", re.M)
_VERB = "$(RUN) "
_NOT_THE_USERS = frozenset({"MAKEFILE_LIST", "PYTHON", "RUN", "VENV"})
_INTRO = """\
`make help` lists the commands. A variable follows the command: `make canary SERVICE=user-service
WEIGHT=25`. `STACK` is `local` unless you say otherwise, and the embedded local cluster is its own.

A run shows in one line how far it is. At its end it prints each warning once, the policies'
verdict and what changed, or why it failed and what to do. The engine's own output goes to
`.local/logs/<command>-<stack>.log`; `VERBOSE=1` also shows it. If a run was killed, by Ctrl-C or a
power cut, run the same command again to continue."""
_DIRECTLY = """\
`make` ends with 2 whenever a command fails. Scripts that need the exit code call the command
itself, in the virtual environment that `make tools` makes: `.venv/bin/python -m commands VERB`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """A command of ``make``. ``variables`` are those that users set."""

    name: str
    help: str
    variables: tuple[str, ...]
    runs_a_verb: bool


def targets(makefile: str) -> Iterator[Target]:
    """The Makefile's targets, in its order."""
    values = {each["name"]: each["value"] for each in _DEFINITION.finditer(makefile)}
    for each in _TARGET.finditer(makefile):
        used = dict.fromkeys(_used(each["recipe"], values))
        yield Target(
            name=each["name"],
            help=each["help"],
            variables=tuple(name for name in used if name not in _NOT_THE_USERS),
            runs_a_verb=_VERB in each["recipe"],
        )


def _used(text: str, values: dict[str, str]) -> Iterator[str]:
    """The variables in a recipe, and in the options that it is made of."""
    conditions = re.findall(r"\$\(if \$\(([A-Z_]+)\)", text)
    for name in [*conditions, *_VARIABLE.findall(text)]:
        if name.endswith(("_OPTION", "_OPTIONS")):
            yield from _used(values[name], values)
        else:
            yield name


def page(makefile: str) -> str:
    """The text of the page."""
    found = [*targets(makefile)]
    parts = [
        "# Commands",
        NOTE,
        _INTRO,
        "## Every day",
        _table(each for each in found if each.runs_a_verb),
        "## Development",
        _table(each for each in found if not each.runs_a_verb),
        "## Without make",
        _DIRECTLY,
        *(part for verb in VERBS for part in _verb(verb)),
    ]
    return "\n\n".join(parts) + "\n"


def _table(found: Iterator[Target]) -> str:
    rows = [
        [f"`make {each.name}`", each.help, ", ".join(f"`{name}`" for name in each.variables)]
        for each in found
    ]
    return table([["command", "what it does", "variables"], *rows])


def _verb(verb: Verb) -> Iterator[str]:
    yield f"### {verb.name}"
    yield f"{verb.help[0].upper()}{verb.help[1:]}."
    if verb.options:
        yield table([["option", "what"], *([f"`{each.flag}`", each.help] for each in verb.options)])
    if verb.epilog:
        yield f"```text\n{verb.epilog.strip()}\n```"


if __name__ == "__main__":
    sys.stdout.write(page((paths.ROOT / "Makefile").read_text(encoding="utf-8")))
