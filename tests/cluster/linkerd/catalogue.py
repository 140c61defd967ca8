"""``services.yaml`` read by the tests themselves: what the controllers should make of it."""

from __future__ import annotations

import re
from typing import Any

import yaml

from tests.cluster.linkerd.destination import Budget
from tools import paths

NAMESPACE = "microservices"
_DOCUMENT = yaml.safe_load((paths.ROOT / "services.yaml").read_text(encoding="utf-8"))
SERVICES: dict[str, dict[str, Any]] = _DOCUMENT["services"]
GATEWAY: str = _DOCUMENT["gateway"]
STORES: dict[str, dict[str, Any]] = _DOCUMENT["stores"]
PLAYED = {name: by for by, service in SERVICES.items() if (name := service.get("standsInFor"))}
"""The externals that a service of the catalogue stands in for on the local stack."""
STORE_PORTS = {"redis": 6379, "postgresql": 5432}

_MILLISECONDS = {"ms": 1, "s": 1_000, "m": 60_000, "h": 3_600_000}


def style(service: dict[str, Any]) -> str:
    """``profile``, ``route``, or ``opaque`` for a protocol that Linkerd does not read."""
    if service.get("protocol") == "tcp":
        return "opaque"
    return str(service.get("style", "profile"))


def of_style(*styles: str) -> list[str]:
    """The services of these styles; there have to be some."""
    found = [name for name, service in SERVICES.items() if style(service) in styles]
    assert found, f"services.yaml has no service of the styles {styles}"
    return found


def port(name: str) -> int:
    """The port on which a service or store is dialled."""
    if name in STORES:
        return STORE_PORTS[STORES[name]["kind"]]
    return int(SERVICES[name].get("port", 8080))


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


def declared() -> set[tuple[str, str]]:
    """The catalogue's calls as the local stack runs them, and the backups of the stores."""
    calls = {
        (caller, PLAYED.get(callee, callee))
        for caller, service in SERVICES.items()
        for callee in service.get("calls", ())
    }
    return calls | {(f"{name}-backup", name) for name, s in STORES.items() if "backup" in s}
