"""``python -m commands.new_service --name NAME ...``: ``make new-service``."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from commands.new_service.edit import with_entry
from commands.new_service.entry import PLACEHOLDER, Entry
from components.config import documents
from components.config.loading import CATALOGUE, catalogue_problems
from components.config.problems import ConfigurationError, Problem, nearest, one_of
from components.names import url_variable
from tools import paths

SECTIONS = ("services", "stores", "external")


def main(arguments: Sequence[str]) -> int:
    """Write the entry. Returns the exit code."""
    parser = argparse.ArgumentParser(prog="commands.new_service")
    for option, text in (
        ("name", "the service's name"),
        ("image", f"its image; {PLACEHOLDER}, which answers everything, by default"),
        ("port", "its port; 8080 by default"),
        ("calls", "whom it calls: names, separated by commas"),
        ("called-by", "who calls it: names of services, separated by commas"),
        ("style", "profile (the default) or route"),
        ("catalogue", "the file; services.yaml by default"),
    ):
        parser.add_argument(f"--{option}", default="", help=text)
    options = parser.parse_args(arguments)
    entry = Entry(
        name=options.name.strip(),
        image=options.image.strip(),
        port=options.port.strip(),
        calls=_names(options.calls),
        style=options.style.strip(),
    )
    catalogue, callers = options.catalogue or CATALOGUE, _names(options.called_by)
    try:
        add(entry, callers, catalogue)
    except ConfigurationError as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    print("\n".join(_next_steps(entry, callers, catalogue)))
    return 0


def add(entry: Entry, called_by: Sequence[str], catalogue: str) -> None:
    """Write the entry into the catalogue.

    Raises :class:`ConfigurationError`, before anything is written, with every problem that the
    catalogue has or would have.
    """
    file = paths.ROOT / catalogue
    content, problems = documents.read(file, catalogue)
    if not problems:
        text = file.read_text(encoding="utf-8")
        problems = catalogue_problems(text, catalogue, paths.ROOT)
        problems += _refused(entry, called_by, content, catalogue) if not problems else ()
        if not problems:
            text = with_entry(text, entry, called_by)
            problems = catalogue_problems(text, catalogue, paths.ROOT)
    if problems:
        raise ConfigurationError(problems)
    file.write_text(text, encoding="utf-8")


def _refused(
    entry: Entry, called_by: Sequence[str], content: Mapping[str, Any], catalogue: str
) -> Iterator[Problem]:
    """What is wrong with the command, rather than with what it would write."""
    if not entry.name:
        yield Problem(
            file=catalogue,
            path="services",
            found="a service without a name",
            allowed="lower-case letters, digits and hyphens",
            fix="Name it: `make new-service NAME=reviews-service`.",
        )
    for section in SECTIONS:
        if entry.name in (content.get(section) or {}):
            yield Problem(
                file=catalogue,
                path=f"{section}.{entry.name}",
                found=f'"{entry.name}", which exists already',
                allowed="a name that no service, store or external has",
                fix="Choose another name, or edit that entry.",
            )
    for caller in called_by:
        if caller not in content["services"]:
            near = nearest(caller, content["services"])
            yield Problem(
                file=catalogue,
                path=f"services.{caller}.calls",
                found=f'the unknown caller "{caller}"',
                allowed=one_of(content["services"]),
                fix=f"Did you mean `{near}`?" if near else "Correct CALLED_BY.",
            )


def _next_steps(entry: Entry, callers: Sequence[str], catalogue: str) -> Iterator[str]:
    yield f"{catalogue}: added {entry.name}."
    yield "What to do next:"
    yield f"  look at it   git diff {catalogue}"
    if not entry.image:
        yield f"  its image    {PLACEHOLDER} answers in its place; set `image` and delete `args`"
    yield f"  its routes   one as an example; {catalogue} has more"
    for caller in callers:
        yield f"  {caller} finds it in ${url_variable(entry.name)}"
    yield "  deploy it    `make preview`, then `make up`"


def _names(text: str) -> tuple[str, ...]:
    return tuple(name for part in text.split(",") if (name := part.strip()))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
