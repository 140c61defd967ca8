"""Exemptions: violations that somebody has signed off, one object each, for a limited time."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from linkerd_policies.framework.model import Setting
from linkerd_policies.framework.schema import Mismatch
from linkerd_policies.framework.wording import as_json
from linkerd_policies.shared.limits import MIN_REASON

MAX_DAYS = 90
"""The longest time that an exemption can last, in days from today."""

MARK = "Exempted until"
"""The beginning of the note on a used exemption. Reports look for it."""

_OBJECT = "[A-Z][A-Za-z0-9]* [a-z0-9][-a-z0-9.]*(/[a-z0-9][-a-z0-9.]*)?"

SETTING = Setting(
    name="exemptions",
    description="Objects that may violate the rule, each with a reason and a last day.",
    default=[],
    limits="0 to 50 entries",
    schema={
        "type": "array",
        "minItems": 0,
        "maxItems": 50,
        "items": {
            "type": "object",
            "required": ["resource", "reason", "expires"],
            "additionalProperties": False,
            "properties": {
                "resource": {
                    "type": "string",
                    "pattern": f"^(urn:pulumi:.+|{_OBJECT})$",
                    "description": "A URN, `Kind namespace/name`, or `Namespace name`.",
                },
                "reason": {
                    "type": "string",
                    "minLength": MIN_REASON,
                    "maxLength": 500,
                    "description": "Why the violation is accepted.",
                },
                "expires": {
                    "type": "string",
                    "pattern": r"^[0-9]{4}-[0-9]{2}-[0-9]{2}$",
                    "description": "The last day, in UTC: YYYY-MM-DD.",
                },
                "approvedBy": {
                    "type": "string",
                    "minLength": 1,
                    "maxLength": 100,
                    "description": "Who signed it off.",
                },
            },
        },
    },
)
"""The setting that every rule has."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Exemption:
    """One object that may violate one rule, up to and including the day ``expires`` (UTC)."""

    rule: str
    resource: str
    reason: str
    expires: date
    approved_by: str | None

    def note(self, violation: str) -> str:
        """The note in the output where the exemption is used."""
        return f"{MARK} {self._terms()}. Violation: {violation}"

    def unused(self) -> str:
        """The note in the output where the exemption was not needed."""
        return (
            f"The exemption of {self.resource} (until {self._terms()}) was not needed in this "
            "run: remove it if the violation is gone, or correct its resource."
        )

    def _terms(self) -> str:
        by = f", approved by {self.approved_by}" if self.approved_by else ""
        return f"{self.expires}{by}: {self.reason.rstrip('.')}"


def parsed(rule: str, entries: Iterable[Mapping[str, Any]]) -> list[Exemption]:
    """The exemptions of one rule, from a configuration without :func:`mismatches`."""
    return [
        Exemption(
            rule=rule,
            resource=entry["resource"],
            reason=entry["reason"],
            expires=date.fromisoformat(entry["expires"]),
            approved_by=entry.get("approvedBy"),
        )
        for entry in entries
    ]


def mismatches(entries: Any, path: str, today: date, max_days: int) -> Iterator[Mismatch]:
    """Dates that do not exist, have passed, or are more than ``max_days`` ahead.

    ``entries`` may have any type. What the schema refuses is not reported again.
    """
    pattern = SETTING.schema["items"]["properties"]["expires"]["pattern"]
    for index, entry in enumerate(entries if isinstance(entries, list) else ()):
        text = entry.get("expires") if isinstance(entry, dict) else None
        if isinstance(text, str) and re.search(pattern, text):
            yield from _date_mismatches(entry, text, f"{path}.{index}.expires", today, max_days)


def _date_mismatches(
    entry: Mapping[str, Any], text: str, path: str, today: date, max_days: int
) -> Iterator[Mismatch]:
    latest = today + timedelta(days=max_days)
    allowed = f"a day from {today} to {latest}, {max_days} days ahead at most"
    try:
        expires = date.fromisoformat(text)
    except ValueError:
        yield Mismatch(path, f"{as_json(text)}, a day that does not exist", allowed)
        return
    whose = f"the exemption of {entry.get('resource')}"
    if expires < today:
        yield Mismatch(path, f"{as_json(text)}: {whose} has expired", allowed)
    elif expires > latest:
        yield Mismatch(path, f"{as_json(text)}: {whose} would last too long", allowed)


def covering(exemptions: Iterable[Exemption], *names: str | None) -> Exemption | None:
    """The first exemption of a resource with one of ``names``."""
    return next((one for one in exemptions if one.resource in names), None)
