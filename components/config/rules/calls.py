"""Rules about who calls whom, and about the variables in which callers find callees."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import combinations

from components.config.catalogue.containers import Call
from components.config.catalogue.model import Route, Service, variable
from components.config.problems import one_of, unknown
from components.config.rules.context import CatalogueContext, ServiceContext
from components.findings import Finding
from components.linkerd.paths import overlap

RESERVED_VARIABLES = frozenset({"BACKEND_PORT"})


def calls_are_known(context: ServiceContext) -> Iterator[Finding]:
    """Each call is to another declared name, and is there once."""
    service = context.service
    declared = context.catalogue.declared()
    seen: set[tuple[str, str | None]] = set()
    for index, call in enumerate(service.calls):
        path, callee = f"calls.{index}", call.service
        if callee == context.name:
            yield Finding(
                path=path,
                found="a call to itself",
                allowed="another service",
                fix="Delete the entry.",
            )
        elif callee not in declared:
            others = [each for each in declared if each != context.name]
            yield unknown(path, callee, others, "Declare it, or correct the name.")
        elif (callee, call.port) in seen:
            yield _again(path, callee, "each callee once")
        else:
            yield from _callee(context.catalogue, path, call)
        seen.add((callee, call.port))


def _callee(catalogue: CatalogueContext, path: str, call: Call) -> Iterator[Finding]:
    callee = catalogue.services.get(call.service)
    ports = callee.ports if callee else {}
    if call.port is not None and call.port not in ports:
        yield Finding(
            path=f"{path}.port",
            found=f'"{call.port}", which is no port of "{call.service}"',
            allowed=one_of(ports),
            fix="Correct the name, or add the port to the callee's `ports`.",
        )
    elif callee and callee.port is None and call.port is None:
        yield Finding(
            path=path,
            found=f'"{call.service}", which has no port',
            allowed="a service that listens on a port",
            fix="Give the callee a `port`, or delete the call.",
        )
    if callee and callee.stands_in_for is not None:
        yield Finding(
            path=path,
            found=f'"{call.service}", which stands in for "{callee.stands_in_for}"',
            allowed=f'"{callee.stands_in_for}"',
            fix="Call the external. Each stack's `standIns` decide who answers.",
        )
    if call.format == "address" and call.service in catalogue.declared("stores"):
        yield Finding(
            path=f"{path}.format",
            found="the address of a store",
            allowed="the store's URL, or its password by `secrets`",
            fix=f"Delete `format`; `secrets` can refer to `{call.service}-credentials`.",
        )


def callers_call_the_service(context: ServiceContext) -> Iterator[Finding]:
    """Each caller of a route is a service that calls this one; the gateway's routes have none."""
    services, service = context.catalogue.services, context.service
    callees = {context.name, service.stands_in_for}
    known = [
        name
        for name, other in services.items()
        if any(call.service in callees and call.port is None for call in other.calls)
    ]
    for index, route in enumerate(service.routes):
        if route.callers is not None and context.name == context.catalogue.gateway:
            yield Finding(
                path=f"routes.{index}.callers",
                found="callers of a gateway's route",
                allowed="no such key: a gateway's clients have no mesh identity",
                fix="Delete it.",
            )
        elif route.callers is not None:
            yield from _callers(f"routes.{index}.callers", route.callers, known)


def _callers(path: str, callers: Sequence[str], known: Sequence[str]) -> Iterator[Finding]:
    for index, caller in enumerate(callers):
        if caller in callers[:index]:
            yield _again(f"{path}.{index}", caller, "each caller once")
        elif caller not in known:
            otherwise = "Add the call to its `calls`, or delete it."
            found = '"{}", which does not call the service'
            yield unknown(f"{path}.{index}", caller, known, otherwise, found=found)


def _again(path: str, name: str, allowed: str) -> Finding:
    return Finding(path=path, found=f'"{name}" again', allowed=allowed, fix="Delete the entry.")


def overlapping_routes_have_the_same_callers(context: ServiceContext) -> Iterator[Finding]:
    """Of two routes that match one request Linkerd takes the older, on which nobody can rely."""
    service = context.service
    for (first, one), (second, other) in combinations(enumerate(service.routes), 2):
        if _same_callers(one, other) or one.method != other.method or one.path == other.path:
            continue
        if overlap(one.path, other.path):
            yield Finding(
                path=f"routes.{second}.callers",
                found=f'"{other.name}" and "{one.name}" (route {first}), which match the same '
                "requests for different callers",
                allowed="the same callers, or paths that no request has in common",
                fix="Give both the same `callers`, or change a path.",
            )


def _same_callers(one: Route, other: Route) -> bool:
    return set(one.callers or ()) == set(other.callers or ())


def callees_have_variables_of_their_own(context: ServiceContext) -> Iterator[Finding]:
    """No two calls, and no call and secret, share a variable."""
    service = context.service
    derived: dict[str, tuple[str, str | None]] = {}
    for index, call in enumerate(service.calls):
        found = variable(call)
        target = (call.service, call.port)
        if derived.setdefault(found, target) != target or found in service.secrets:
            port = f", port {call.port}" if call.port else ""
            yield Finding(
                path=f"calls.{index}",
                found=f'"{call.service}"{port}, whose variable {found} another entry has too',
                allowed="callees and secrets whose variables differ",
                fix="Give the call an `env` of its own.",
            )


def env_leaves_the_platforms_variables(context: ServiceContext) -> Iterator[Finding]:
    """``env`` sets no variable that the platform sets."""
    service = context.service
    taken = {*map(variable, service.calls), *service.secrets, *RESERVED_VARIABLES}
    for path, env in _environments(service):
        for each in sorted(env.keys() & taken):
            yield Finding(
                path=f"{path}.{each}",
                found="a variable that the platform sets",
                allowed="variables other than " + one_of(taken),
                fix="Delete it: its value comes from `calls`, `secrets` and `port`.",
            )


def _environments(service: Service) -> Iterator[tuple[str, Mapping[str, str]]]:
    yield "env", service.env
    for name, version in service.versions.items():
        yield f"versions.{name}.env", version.env
