"""The table of verbs: what each is called, which options it takes, and what it needs first.

A new verb is an entry here, a function, and a target in the Makefile. The function gets each option
as an argument of the same name. It is imported only when its verb runs: Kubernetes' and Pulumi's
libraries take seconds to import.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Any, NoReturn

from commands.deploy import plans, stack, summary
from components.config.problems import nearest

PROGRAM = "python -m commands"


@dataclass(frozen=True, slots=True, kw_only=True)
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


def _text(flag: str, help: str) -> Option:
    return Option(flag=flag, help=help, settings={"default": ""})


def _switch(flag: str, help: str) -> Option:
    return Option(flag=flag, help=help, settings={"action": "store_true"})


def _path(flag: str, help: str) -> Option:
    return Option(flag=flag, help=help, settings={"type": Path})


STACK = Option(
    flag="--stack",
    help=f"the stack; {stack.LOCAL} by default",
    settings={"type": lambda name: stack.find(name), "default": stack.LOCAL},
)
YES = _switch("--yes", "do not ask before a change")
FORCE = _switch("--force", "raise canary weights without checking their metrics")
SERVICE = _text("--service", "the service")
REPORT = _path("--report", "folder for the reports of the policy pack")
FORMAT = Option(
    flag="--format",
    help="of the summary on standard output",
    settings={"choices": summary.FORMATS, "default": "text"},
)
OUT = _path("--out", "folder for the summary in all formats and the full diff")


@dataclass(frozen=True, slots=True, kw_only=True)
class Verb:
    """One command.

    ``run`` is its function, as ``module:function``. ``confirms``: the stack's name is typed first
    where ``protection.confirm`` is set; gives it ``--yes``. ``policed``: the stack's configuration
    of the policy pack is checked first. ``epilog`` is the end of its help.
    """

    name: str
    help: str
    run: str
    takes: Sequence[Option] = ()
    confirms: bool = False
    policed: bool = False
    epilog: str = ""

    @property
    def options(self) -> Sequence[Option]:
        """Every option that the verb takes."""
        return (*self.takes, *([YES] if self.confirms else []))

    def function(self) -> Callable[..., int]:
        """The function, which returns the exit code."""
        module, _, name = self.run.partition(":")
        found: Callable[..., int] = getattr(import_module(module), name)
        return found


VERBS: Sequence[Verb] = (
    Verb(
        name="up",
        help="deploy, then show what runs",
        run="commands.deploy.up:run",
        takes=(
            STACK,
            FORCE,
            REPORT,
            Option(
                flag="--plan",
                help="file that a preview wrote: deploy that plan and nothing else",
                settings={"type": lambda name: plans.existing(name)},
            ),
        ),
        confirms=True,
        policed=True,
    ),
    Verb(
        name="preview",
        help="show what `up` would change",
        run="commands.deploy.preview:run",
        takes=(
            STACK,
            FORCE,
            REPORT,
            FORMAT,
            OUT,
            _switch("--exit-code", "exit with 2 where something would change"),
            _path("--plan", "file to write the plan to, for `up --plan`"),
        ),
        policed=True,
        epilog=summary.EXIT_CODES,
    ),
    Verb(
        name="drift",
        help="compare the cluster with what was deployed",
        run="commands.deploy.drift:run",
        takes=(STACK, FORMAT, OUT),
        epilog=summary.EXIT_CODES,
    ),
    Verb(
        name="down",
        help="remove everything that `up` deployed",
        run="commands.deploy.down:run",
        takes=(STACK,),
        confirms=True,
    ),
    Verb(
        name="status",
        help="show each service: pods ready, style, callers, canary",
        run="commands.deploy.status:run",
        takes=(STACK,),
    ),
    Verb(
        name="canary",
        help="give a service's new version a share of its requests, and deploy",
        run="commands.canary.change:canary",
        takes=(STACK, SERVICE, _text("--weight", "the share, in per cent"), FORCE),
        confirms=True,
        policed=True,
    ),
    Verb(
        name="canary-status",
        help="show each canary: success, latency, share, verdict",
        run="commands.canary.status:run",
        takes=(STACK, SERVICE),
    ),
    Verb(
        name="rollback",
        help="give a service's new version no requests, and deploy without asking",
        run="commands.canary.change:rollback",
        takes=(STACK, SERVICE, FORCE),
        policed=True,
    ),
    Verb(
        name="promote",
        help="make a service's new version the stable one, in two steps",
        run="commands.canary.change:promote",
        takes=(STACK, SERVICE, FORCE),
        confirms=True,
        policed=True,
    ),
    Verb(
        name="render",
        help="write what `up` would deploy as YAML, without a cluster",
        run="commands.render.render:run",
        takes=(STACK, _text("--out", "folder; rendered/<stack> by default")),
        policed=True,
    ),
    Verb(
        name="new-service",
        help="write an entry for a new service into the catalogue",
        run="commands.new_service.command:run",
        takes=(
            _text("--name", "the service's name"),
            _text("--image", "its image; by default one that answers every request"),
            _text("--port", "its port; 8080 by default"),
            _text("--calls", "the services it calls, separated by commas"),
            _text("--called-by", "the services that call it, separated by commas"),
            _text("--style", "profile (the default) or route"),
            _text("--catalogue", "the file; services.yaml by default"),
        ),
    ),
    Verb(
        name="drift-issue",
        help="open, update or close the GitHub issue about a stack's drift",
        run="commands.drift_issue:run",
        takes=(Option(flag="folder", help="the --out folder of `drift`", settings={"type": Path}),),
    ),
)


class _Parser(argparse.ArgumentParser):
    """Ends with 1 on a mistake: argparse's own 2 says that a preview found changes."""

    def error(self, message: str) -> NoReturn:
        """Say what is wrong, and end."""
        self.print_usage(sys.stderr)
        self.exit(1, f"error: {message}\n")


def parse(arguments: Sequence[str]) -> tuple[Verb, dict[str, Any]]:
    """The verb, and a value for each of its options.

    Ends the program with 1 for a mistake in the arguments. Raises :class:`DeployError` for a stack
    or plan that does not exist.
    """
    parser = _Parser(prog=PROGRAM, allow_abbrev=False)
    parsers = parser.add_subparsers(metavar="VERB", required=True)
    for verb in VERBS:
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
    near = nearest(wrong, flags)
    hint = f" Did you mean {near}?" if near else ""
    return f"`{verb.name}` does not take {wrong}.{hint} Its options are {', '.join(flags)}."
