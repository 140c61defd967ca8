"""The runbook of the alerts, from their table."""

from __future__ import annotations

import re

from components.observability.alerts import ALERTS, Alert

INTRO = """\
Each alert of this platform has a section here, and its annotation `runbook` links to it. An alert
names the first command to run. Below, `<label>` is a label of the alert and `NAMESPACE` the
services' namespace. [Observability](../observability.md) says where the rules live."""
SEVERITIES = {
    "page": "page: look at once",
    "ticket": "ticket: look on the next working day",
}


def page(note: str) -> str:
    """The whole page; ``note`` says that it is generated."""
    return "\n\n".join(("# Alerts", note, INTRO, *map(_section, ALERTS))) + "\n"


def _section(alert: Alert) -> str:
    wait = "" if alert.wait == "0s" else f", after {alert.wait}"
    return "\n\n".join(
        (
            f"## {alert.name}",
            f"*{SEVERITIES[alert.severity]}{wait}*",
            f"> {_readable(alert.summary)}",
            alert.meaning,
            f"```sh\n{_readable(alert.command)}\n```",
            alert.steps,
        )
    )


def _readable(text: str) -> str:
    """The text with ``<label>`` for each of Prometheus's templates."""
    return re.sub(r"\{\{ \$(?:labels\.)?(\w+)[^}]*\}\}", r"<\1>", text)
