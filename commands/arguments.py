"""Verbs with their options, and the parser of a command line that is made of them."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import KW_ONLY, dataclass
from importlib import import_module
from pathlib import Path
from typing import Any, NoReturn

from components.config.problems import suggestion


@dataclass(frozen=True, slots=True)
class Option:
    """An option, or an argument where ``flag`` has no dashes.

    ``settings`` go to ``ArgumentParser.add_argument``.
    """

    flag: str
    help: str
    settings: Mapping[str, Any]

    @property
    def name(self) -> str:
        """The name of the function's argument."""
        return self.flag.removeprefix("--").replace("-", "_")


def text(flag: str, help: str) -> Option:
    """An option with a text, empty by default."""
    return Option(flag, help, {"default": ""})


def switch(flag: str, help: str) -> Option:
    """An option without a value."""
    return Option(flag, help, {"action": "store_true"})


def path(flag: str, help: str) -> Option:
    """An option with a file or folder, ``None`` by default."""
    return Option(flag, help, {"type": Path})


YES = switch("--yes", "do not ask before a change")


@dataclass(frozen=True, slots=True)
class Verb:
    """One command.

    ``run`` is its function, as ``module:function``. It gets each option as an argument of the same
    name and returns the exit code. ``confirms``: the stack's name is typed first where
    ``protection.confirm`` is set; this adds ``--yes``. ``policed``: the stack's configuration of
    the policy pack is checked first. ``epilog`` is the end of its help.
    """

    name: str
    help: str
    run: str
    _: KW_ONLY
    takes: Sequence[Option] = ()
    confirms: bool = False
    policed: bool = False
    epilog: str = ""

    @property
    def options(self) -> Sequence[Option]:
        """Every option that the verb takes."""
        return (*self.takes, *([YES] if self.confirms else []))

    def function(self) -> Callable[..., int]:
        """The function, imported only now: Kubernetes' and Pulumi's libraries take seconds."""
        module, _, name = self.run.partition(":")
        found: Callable[..., int] = getattr(import_module(module), name)
        return found


class _Parser(argparse.ArgumentParser):
    """Ends with 1 on a mistake: argparse's own 2 says that a preview found changes."""

    def error(self, message: str) -> NoReturn:
        """Say what is wrong, and end."""
        self.print_usage(sys.stderr)
        self.exit(1, f"error: {message}\n")


def parse(verbs: Sequence[Verb], arguments: Sequence[str]) -> tuple[Verb, dict[str, Any]]:
    """The verb, and a value for each of its options.

    Ends the program with 1 for a mistake in the arguments.
    """
    parser = _Parser(prog="python -m commands", allow_abbrev=False)
    parsers = parser.add_subparsers(metavar="VERB", required=True)
    for verb in verbs:
        _add(parsers, verb)
    found, unknown = parser.parse_known_args(arguments)
    options = vars(found)
    verb, own = options.pop("verb"), options.pop("parser")
    if unknown:
        own.error(_refusal(verb, unknown))
    return verb, options


def _add(parsers: Any, verb: Verb) -> None:
    parser = parsers.add_parser(
        verb.name,
        help=verb.help,
        description=verb.help,
        epilog=verb.epilog,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    parser.set_defaults(verb=verb, parser=parser)
    for option in verb.options:
        parser.add_argument(option.flag, help=option.help, **option.settings)


def _refusal(verb: Verb, unknown: Sequence[str]) -> str:
    """Which argument the verb does not take, and which options it has."""
    flags = [option.flag for option in verb.options]
    wrong = next((each for each in unknown if each.startswith("-")), unknown[0]).partition("=")[0]
    refusal = f"`{verb.name}` does not take {wrong}."
    known = f"Its options are {', '.join(flags)}."
    return " ".join(filter(None, (refusal, suggestion(wrong, flags), known)))
