"""A program in which two services call a third, whose entry is the test's own."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from tests.support.configuration import SERVICE
from tests.unit.components import program

ROUTES = [
    {"method": "POST", "path": "/login", "callers": ["web"]},
    {"method": "GET", "path": "/session/{id}"},
]


def narrowed(root: Path, **auth: Any) -> program.Outcome:
    """The program with a catalogue of its own, in which two services call a third."""
    entry = {**SERVICE, "routes": ROUTES, "probe": {"http": "/ready"}, **auth}
    caller = {**SERVICE, "probe": {"tcp": True}}
    document = {
        "gateway": "web",
        "services": {
            "web": {**caller, "calls": ["auth", "api"]},
            "api": {**caller, "calls": ["auth"]},
            "auth": entry,
        },
    }
    return program.of_catalogue(root, document, kubernetes=(1, 33))
