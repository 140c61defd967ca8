"""Rules about the calls of a service, and the variables that the platform makes of them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from components.config.catalogue.containers import Call
from components.config.catalogue.model import Service, variable
from components.config.problems import one_of, unknown
from components.config.rules.context import CatalogueContext, ServiceContext
from components.findings import Finding

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
            yield Finding(
                path=path,
                found=f'"{callee}" again',
                allowed="each callee once",
                fix="Delete the entry.",
            )
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


def callees_have_variables_of_their_own(context: ServiceContext) -> Iterator[Finding]:
    """No two callees, and no callee and secret, share a variable."""
    service = context.service
    derived: dict[str, str] = {}
    for index, call in enumerate(service.calls):
        found = variable(call)
        if derived.setdefault(found, call.service) != call.service or found in service.secrets:
            yield Finding(
                path=f"calls.{index}",
                found=f'"{call.service}", whose variable {found} is that of another entry too',
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
