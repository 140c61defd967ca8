"""``make new-service``: write an entry for a new service into the catalogue."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from commands.new_service.edit import with_entry
from commands.new_service.entry import PLACEHOLDER, Entry
from components.config import documents
from components.config.loading import CATALOGUE, catalogue_problems
from components.config.problems import ConfigurationError, located, unknown
from components.findings import Finding
from components.names import url_variable
from tools import paths

SECTIONS = ("services", "stores", "external")


def run(
    *, name: str, image: str, port: str, calls: str, called_by: str, style: str, catalogue: str
) -> int:
    """Write the entry; what is empty has its default. Returns the exit code.

    Raises :class:`ConfigurationError` as :func:`add` does.
    """
    entry = Entry(
        name=name.strip(),
        image=image.strip(),
        port=port.strip(),
        calls=_names(calls),
        style=style.strip(),
    )
    callers, file = _names(called_by), catalogue or CATALOGUE
    add(entry, callers, file)
    print("\n".join(_next_steps(entry, callers, file)))
    return 0


def add(entry: Entry, called_by: Sequence[str], catalogue: str) -> None:
    """Write the entry into the catalogue.

    Raises :class:`ConfigurationError`, before anything is written, with every problem that the
    catalogue has or would have.
    """
    file = paths.ROOT / catalogue
    content, findings = documents.read(file)
    if findings:
        raise ConfigurationError(located(catalogue, findings))
    text = file.read_text(encoding="utf-8")
    problems = catalogue_problems(text, catalogue, paths.ROOT)
    problems = problems or located(catalogue, _refused(entry, called_by, content))
    if not problems:
        text = with_entry(text, entry, called_by)
        problems = catalogue_problems(text, catalogue, paths.ROOT)
    if problems:
        raise ConfigurationError(problems)
    file.write_text(text, encoding="utf-8")


def _refused(
    entry: Entry, called_by: Sequence[str], content: Mapping[str, Any]
) -> Iterator[Finding]:
    """What is wrong with the command, rather than with what it would write."""
    if not entry.name:
        yield Finding(
            path="services",
            found="a service without a name",
            allowed="lower-case letters, digits and hyphens",
            fix="Name it: `make new-service NAME=reviews-service`.",
        )
    for section in SECTIONS:
        if entry.name in (content.get(section) or {}):
            yield Finding(
                path=f"{section}.{entry.name}",
                found=f'"{entry.name}", which exists already',
                allowed="a name that no service, store or external has",
                fix="Choose another name, or edit that entry.",
            )
    for caller in called_by:
        if caller not in content["services"]:
            path, found = f"services.{caller}.calls", 'the unknown caller "{}"'
            yield unknown(path, caller, content["services"], "Correct CALLED_BY.", found=found)


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
