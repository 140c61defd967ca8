"""What two or more keys of the catalogue decide together; a rule yields each problem it finds."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from components.config.catalogue.containers import Call
from components.config.catalogue.model import Service, variable
from components.config.durations import milliseconds
from components.config.problems import Problem, nearest, one_of, shown
from components.config.rules import access, workloads
from components.names import is_dns_label, leaf

RESERVED_VARIABLES = frozenset({"BACKEND_PORT"})


class Rules:
    """The rules for one catalogue file.

    ``names`` are the declared names by section, as written: a call to a service whose own entry
    is wrong is no second mistake.
    """

    def __init__(self, file: str, root: Path, names: Mapping[str, Iterable[str]]) -> None:
        """``root`` is the project's folder, which the catalogue's file paths start from."""
        self._file = file
        self._root = root
        self._sections = {section: list(found) for section, found in names.items()}
        self._names = [name for found in self._sections.values() for name in found]
        self._services: Mapping[str, Service] = {}

    def catalogue(self, gateway: object, services: Mapping[str, Service]) -> Iterator[Problem]:
        """All rules, over the services whose own entries are valid."""
        self._services = services
        yield from self._unique_names()
        yield from self._gateway(gateway, services)
        for name, service in services.items():
            yield from self._service(name, service)
            for path, *words in access.routes(name, service, services, gateway):
                yield self._problem(f"services.{name}.{path}", *words)

    def _service(self, name: str, service: Service) -> Iterator[Problem]:
        yield from self._calls(name, service)
        yield from self._variables(name, service)
        yield from self._versions(name, service)
        yield from self._files(name, service)
        yield from self._workload(name, service)
        if not service.is_http:
            yield from self._opaque(name, service)
        elif service.style == "route":
            yield from self._route(name, service)
        yield from self._breaker(name, service)

    def _problem(self, path: str, found: str, allowed: str, fix: str) -> Problem:
        return Problem(file=self._file, path=path, found=found, allowed=allowed, fix=fix)

    def _unique_names(self) -> Iterator[Problem]:
        seen: dict[str, str] = {}
        for section, names in self._sections.items():
            for name in names:
                if name in seen:
                    yield self._problem(
                        f"{section}.{name}",
                        f"a name that `{seen[name]}` has too",
                        "a name that no service, store or external has",
                        "Rename one of them: both would be the same Service.",
                    )
                seen.setdefault(name, section)

    def _gateway(self, gateway: object, services: Mapping[str, Service]) -> Iterator[Problem]:
        known = self._sections.get("services", [])
        if not isinstance(gateway, str):
            return
        if gateway not in known:
            yield self._unknown("gateway", gateway, known)
        elif gateway in services and not services[gateway].is_http:
            yield self._problem(
                "gateway",
                f'"{gateway}", which serves no HTTP',
                "a service with an HTTP protocol",
                "Choose the service that takes the requests from outside.",
            )

    def _unknown(self, path: str, name: str, known: Iterable[str]) -> Problem:
        near = nearest(name, known)
        return self._problem(
            path,
            f'the unknown name "{name}"',
            one_of(known),
            f"Did you mean `{near}`?" if near else "Declare it, or correct the name.",
        )

    def _calls(self, name: str, service: Service) -> Iterator[Problem]:
        seen: set[tuple[str, str | None]] = set()
        for index, call in enumerate(service.calls):
            path, callee = f"services.{name}.calls.{index}", call.service
            if callee == name:
                yield self._problem(
                    path, "a call to itself", "another service", "Delete the entry."
                )
            elif callee not in self._names:
                yield self._unknown(path, callee, [n for n in self._names if n != name])
            elif (callee, call.port) in seen:
                yield self._problem(
                    path, f'"{callee}" again', "each callee once", "Delete the entry."
                )
            else:
                yield from self._callee(path, call)
            seen.add((callee, call.port))

    def _callee(self, path: str, call: Call) -> Iterator[Problem]:
        callee = self._services.get(call.service)
        ports = callee.ports if callee else {}
        if call.port is not None and call.port not in ports:
            yield self._problem(
                f"{path}.port",
                f'"{call.port}", which is no port of "{call.service}"',
                one_of(ports),
                "Correct the name, or add the port to the callee's `ports`.",
            )
        elif callee and callee.port is None and call.port is None:
            yield self._problem(
                path,
                f'"{call.service}", which has no port',
                "a service that listens on a port",
                "Give the callee a `port`, or delete the call.",
            )
        if callee and callee.stands_in_for is not None:
            yield self._problem(
                path,
                f'"{call.service}", which stands in for "{callee.stands_in_for}"',
                f'"{callee.stands_in_for}"',
                "Call the external: each stack's `standIns` say who answers.",
            )
        if call.format == "address" and call.service in self._sections.get("stores", []):
            yield self._problem(
                f"{path}.format",
                "the address of a store",
                "the store's URL, or its password by `secrets`",
                f"Delete `format`; `secrets` can refer to `{call.service}-credentials`.",
            )

    def _variables(self, name: str, service: Service) -> Iterator[Problem]:
        derived: dict[str, str] = {}
        for index, call in enumerate(service.calls):
            found = variable(call)
            if derived.setdefault(found, call.service) != call.service or found in service.secrets:
                yield self._problem(
                    f"services.{name}.calls.{index}",
                    f'"{call.service}", whose variable {found} is that of another entry too',
                    "callees and secrets whose variables differ",
                    "Give the call an `env` of its own.",
                )
        taken = derived.keys() | service.secrets.keys() | RESERVED_VARIABLES
        for version, env in _environments(service):
            for name_ in sorted(env.keys() & taken):
                yield self._problem(
                    f"services.{name}.{version}env.{name_}",
                    "a variable that the platform sets",
                    "variables other than " + one_of(taken),
                    "Delete it: its value comes from `calls`, `secrets` and `port`.",
                )

    def _workload(self, name: str, service: Service) -> Iterator[Problem]:
        for path, found, allowed, fix in workloads.check(service, self._sections):
            yield self._problem(f"services.{name}.{path}", found, allowed, fix)

    def _versions(self, name: str, service: Service) -> Iterator[Problem]:
        path = f"services.{name}.versions"
        if service.versions and service.stable not in service.versions:
            yield self._problem(
                f"services.{name}.stable",
                f'"{service.stable}"',
                one_of(service.versions),
                "Name the version that takes the requests, or add it to `versions`.",
            )
        elif len(service.versions) > 2:
            yield self._problem(
                path,
                f"{len(service.versions)} versions",
                "the stable version and at most one more",
                "Retire a version first.",
            )
        for version in service.versions:
            yield from self._leaf(f"{path}.{version}", leaf(name, version))

    def _leaf(self, path: str, name: str) -> Iterator[Problem]:
        if name in self._names:
            yield self._problem(
                path,
                f'a version whose Service "{name}" is declared as well',
                "a name that is free",
                "Rename the version or the other entry.",
            )
        if not is_dns_label(name):
            yield self._problem(
                path,
                f"a Service name of {len(name)} characters",
                "at most 63 characters for service and version together",
                "Shorten one of them.",
            )

    def _files(self, name: str, service: Service) -> Iterator[Problem]:
        for target, source in service.files.items():
            full = (self._root / source).resolve()
            if not full.is_file() or not full.is_relative_to(self._root.resolve()):
                yield self._problem(
                    f"services.{name}.files.{target}",
                    shown(source),
                    "a file inside the project",
                    "Correct the path; it starts from the project's folder.",
                )

    def _opaque(self, name: str, service: Service) -> Iterator[Problem]:
        given = {
            "routes": service.routes,
            "openapi": service.openapi,
            "retryBudget": service.retry_budget,
            "circuitBreaker": service.circuit_breaker,
            "versions": service.versions,
        }
        for key, value in given.items():
            if value:
                yield self._problem(
                    f"services.{name}.{key}",
                    "a setting for HTTP traffic",
                    "no such key where `protocol` is tcp, or where there is no port",
                    "Delete it: Linkerd reads no requests here.",
                )

    def _route(self, name: str, service: Service) -> Iterator[Problem]:
        if service.retry_budget is not None:
            yield self._problem(
                f"services.{name}.retryBudget",
                "a retry budget in the style `route`",
                "`retry` on the routes",
                "Give each route its `retry`, or use `style: profile`.",
            )

    def _breaker(self, name: str, service: Service) -> Iterator[Problem]:
        breaker = service.circuit_breaker
        if breaker is None:
            return
        path = f"services.{name}.circuitBreaker"
        if service.is_http and service.style == "profile":
            yield self._problem(
                path,
                "a circuit breaker in the style `profile`",
                "a circuit breaker in the style `route`",
                "Set `style: route`: a ServiceProfile switches circuit breaking off.",
            )
        if milliseconds(breaker.min_penalty) > milliseconds(breaker.max_penalty):
            yield self._problem(
                f"{path}.maxPenalty",
                f"{breaker.max_penalty}, less than minPenalty {breaker.min_penalty}",
                f"at least {breaker.min_penalty}",
                "Raise it, or lower `minPenalty`.",
            )


def _environments(service: Service) -> Iterator[tuple[str, Mapping[str, str]]]:
    yield "", service.env
    for name, version in service.versions.items():
        yield f"versions.{name}.", version.env
