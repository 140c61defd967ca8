"""What is wrong with who may call whom, though each key is valid by itself."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from itertools import combinations

from components.config.catalogue.model import Route, Service
from components.config.problems import Problem, nearest, one_of
from components.config.rules.workloads import Finding
from components.config.stack.settings import Settings
from components.linkerd.paths import overlap
from components.linkerd.releases import Feature, first_with


def routes(
    name: str, service: Service, services: Mapping[str, Service], gateway: object
) -> Iterator[Finding]:
    """The rules for a service's ``callers``, by route. ``services`` are the valid ones."""
    callees = {name, service.stands_in_for}
    known = [n for n, s in services.items() if _calls_main_port(s, callees)]
    for index, route in enumerate(service.routes):
        if route.callers is None:
            continue
        path = f"routes.{index}.callers"
        if name == gateway:
            yield (
                path,
                "callers of a gateway's route",
                "no such key: a gateway's clients have no mesh identity",
                "Delete it.",
            )
            continue
        for position, caller in enumerate(route.callers):
            yield from _caller(f"{path}.{position}", caller, route.callers[:position], known)
    yield from _overlaps(service)


def _calls_main_port(service: Service, callees: Collection[str | None]) -> bool:
    return any(call.service in callees and call.port is None for call in service.calls)


def _caller(path: str, caller: str, before: tuple[str, ...], known: list[str]) -> Iterator[Finding]:
    if caller in before:
        yield path, f'"{caller}" again', "each caller once", "Delete the entry."
    elif caller not in known:
        near = nearest(caller, known)
        yield (
            path,
            f'"{caller}", which does not call the service',
            one_of(known),
            f"Did you mean `{near}`?" if near else "Add the call to its `calls`, or delete it.",
        )


def _overlaps(service: Service) -> Iterator[Finding]:
    """Of two routes that match one request Linkerd takes the older: nobody can rely on that."""
    for (first, one), (second, other) in combinations(enumerate(service.routes), 2):
        if _same_callers(one, other) or one.method != other.method or one.path == other.path:
            continue
        if overlap(one.path, other.path):
            yield (
                f"routes.{second}.callers",
                f'"{other.name}" and "{one.name}" (route {first}), which match the same requests '
                "for different callers",
                "the same callers, or paths that no request has in common",
                "Give both the same `callers`, or change a path.",
            )


def _same_callers(one: Route, other: Route) -> bool:
    return set(one.callers or ()) == set(other.callers or ())


def settings(file: str, wanted: Settings) -> Iterator[Problem]:
    """The rules for a stack: who scrapes, and what the way in needs of the release."""
    linkerd = wanted.linkerd
    if linkerd.default_inbound_policy == "deny" and linkerd.prometheus_url and not linkerd.scraper:
        yield Problem(
            file=file,
            path="linkerd.scraper",
            found="nothing, with `defaultInboundPolicy: deny` and `prometheusUrl`",
            allowed="`serviceAccount` and `namespace` of the Prometheus that scrapes the proxies",
            fix="Add it: without, no metrics would be read any more.",
        )
    if wanted.gateway.kind != "gatewayApi":
        return
    if linkerd.gateway_api == "off":
        yield Problem(
            file=file,
            path="linkerd.gatewayApi",
            found='"off", with `gateway.kind: gatewayApi`',
            allowed='"install" or "external"',
            fix="Change it, or set `gateway.kind: ingress`: a Gateway needs the CRDs.",
        )
    if not linkerd.chosen.http_route_api.startswith("gateway.networking.k8s.io/"):
        yield Problem(
            file=file,
            path="gateway.kind",
            found=f'"gatewayApi", with release "{linkerd.release}", whose CRDs have no Gateway',
            allowed=f'"loadBalancer" or "ingress" before release '
            f'"{first_with(Feature.GATEWAY_HTTP_ROUTE).name}"',
            fix="Change it, or choose a later release.",
        )


def warnings(file: str, wanted: Settings) -> Iterator[str]:
    """What a user should know of settings that are allowed."""
    if wanted.linkerd.default_inbound_policy == "audit":
        yield (
            f"{file}: linkerd.defaultInboundPolicy: audit refuses nobody, and the policy pack "
            "refuses it without an exemption: see docs/zero-trust.md, and go on to "
            "all-authenticated."
        )
