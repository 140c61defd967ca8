"""``services.yaml`` read by the tests themselves: what the controllers should make of it."""

from __future__ import annotations

import re
from typing import Any

import yaml

from tests.cluster.linkerd.destination import Budget
from tests.support.catalogue import (
    SERVICES,
    port,
)
from tools import paths

_MILLISECONDS = {"ms": 1, "s": 1_000, "m": 60_000, "h": 3_600_000}


def authority(name: str, namespace: str) -> str:
    """What a client's proxy asks the destination controller about."""
    return f"{name}.{namespace}.svc.cluster.local:{port(name)}"


def milliseconds(duration: str) -> int:
    """``500ms`` → 500, ``2s`` → 2000."""
    match = re.fullmatch(r"(\d+)(ms|s|m|h)", duration)
    assert match, duration
    return int(match[1]) * _MILLISECONDS[match[2]]


def routes(name: str) -> list[dict[str, Any]]:
    """The service's routes in the catalogue's own words, those of its OpenAPI file included."""
    service = SERVICES[name]
    if "openapi" not in service:
        return list(service["routes"])
    text = (paths.ROOT / service["openapi"]).read_text(encoding="utf-8")
    return [
        {
            "method": method.upper(),
            "path": path,
            "timeout": operation["x-linkerd-timeout"],
            "retryable": operation["x-linkerd-retryable"],
            "responseClasses": [
                {"min": int(status), "max": int(status), "isFailure": int(status) >= 500}
                for status in operation["responses"]
            ],
        }
        for path, item in yaml.safe_load(text)["paths"].items()
        for method, operation in item.items()
    ]


def classes(route: dict[str, Any]) -> tuple[tuple[int, int, bool], ...]:
    """The route's response classes: lowest status, highest, and whether they are failures."""
    found = route.get("responseClasses", [])
    return tuple((each["min"], each["max"], each["isFailure"]) for each in found)


def timeout(route: dict[str, Any]) -> int | None:
    """The route's timeout in milliseconds."""
    return milliseconds(route["timeout"]) if "timeout" in route else None


def budget(service: dict[str, Any]) -> Budget:
    """The service's retry budget, by default Linkerd's: 20 %, ten a second, over ten seconds."""
    given = service.get("retryBudget", {})
    return Budget(
        ratio=given.get("ratio", 0.2),
        min_retries_per_second=given.get("minRetriesPerSecond", 10),
        ttl=milliseconds(given.get("ttl", "10s")),
    )


def paths_of(route: dict[str, Any]) -> tuple[str, list[str]]:
    """A path that the route is about, and some near it that it is not about."""
    path = re.sub(r"\{[^}]*\}", "42", route["path"])
    return path, [f"{path}/more", f"/x{path}", path.replace("42", "4/2") + "/", "x"]
