"""The table of the stacks shows what differs, and nothing secret."""

from __future__ import annotations

from typing import Any

from components.config.stack.settings import Settings
from tools.docs import environments

SECRET = "sk_live_never_on_a_page"


def rows(**stacks: dict[str, Any]) -> dict[str, list[str]]:
    """The table's cells by setting."""
    table = environments.table({n: Settings.model_validate(s) for n, s in stacks.items()})
    lines = [[c.strip() for c in line.split("|")[1:-1]] for line in table.splitlines()[2:]]
    return {name.strip("`"): cells for name, *cells in lines}


def test_only_what_differs_is_shown_defaults_included() -> None:
    found = rows(
        dev={"namespace": "apps"},
        prod={"namespace": "apps", "linkerd": {"highAvailability": True}},
    )
    assert found == {"linkerd.highAvailability": ["`false`", "`true`"]}


def test_values_are_shown_as_they_are_written() -> None:
    canaries = [{"canaries": {"api": {"weight": weight}}} for weight in (12.5, 100)]
    found = rows(dev=canaries[0], prod=canaries[1])
    assert found == {"canaries": ["`{api: {weight: 12.5}}`", "`{api: {weight: 100}}`"]}


def test_secrets_are_named_and_not_shown() -> None:
    found = rows(
        dev={"secrets": {"stripe": {"key": SECRET}}},
        prod={"endpoints": {"redis": {"url": SECRET}}},
    )
    assert found["secrets"][0] == "`{stripe: [key]}`"
    assert found["endpoints"][1] == "`{redis: [url]}`"
    assert SECRET not in str(found)
