"""Rules about a stack's canaries: their services, and the keys of each mode."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from components.config.problems import one_of, unknown
from components.config.rules.context import CatalogueContext, StackContext
from components.config.scalars import WEIGHTS
from components.config.stack.canary import Analysis, Canary
from components.findings import Finding


def canaries_are_known(section: object, catalogue: CatalogueContext) -> Iterator[Finding]:
    """Each canary is of a declared service that has a second version, unless Flagger makes it.

    ``section`` are the stack's canaries as written: the rule also holds where the settings are
    invalid.
    """
    known = catalogue.declared("services")
    for name, entry in section.items() if isinstance(section, Mapping) else ():
        path, service = f"canaries.{name}", catalogue.services.get(str(name))
        automated = isinstance(entry, Mapping) and entry.get("mode") == "automated"
        if str(name) not in known:
            otherwise = "Delete it, or declare the service."
            yield unknown(path, str(name), known, otherwise, found='the unknown service "{}"')
        elif service is not None and service.canary_version is None and not automated:
            yield Finding(
                path=path,
                found="a canary of a service with one version",
                allowed="a canary of a service with two versions",
                fix=f"Add the new version under `services.{name}.versions`, or delete the canary.",
            )


def manual_canaries_have_a_weight(stack: StackContext) -> Iterator[Finding]:
    """A canary in the mode ``manual`` has a weight, and no analysis by Flagger."""
    for path, canary in _canaries(stack, automated=False):
        if canary.weight is None:
            yield Finding(
                path=f"{path}.weight",
                found="nothing",
                allowed=WEIGHTS,
                fix="Add it, or set `mode: automated`.",
            )
        if canary.analysis is not None:
            yield Finding(
                path=f"{path}.analysis",
                found="an analysis with `mode: manual`",
                allowed="an analysis with `mode: automated`",
                fix="Delete it, or let Flagger own the weights with `mode: automated`.",
            )


def automated_canaries_leave_weights_to_flagger(stack: StackContext) -> Iterator[Finding]:
    """A canary in the mode ``automated`` has no key that only a manual one uses."""
    unused = {"weight", "minimum_requests", "window", "max_step", "headers"}
    for path, canary in _canaries(stack, automated=True):
        for field in sorted(canary.model_fields_set & unused):
            yield Finding(
                path=f"{path}.{Canary.model_fields[field].alias}",
                found="a value with `mode: automated`",
                allowed="a value with `mode: manual`",
                fix="Delete it: Flagger decides by `objective` and `analysis`.",
            )
        analysis = canary.analysis or Analysis()
        if analysis.step_weight > analysis.max_weight:
            yield Finding(
                path=f"{path}.analysis.stepWeight",
                found=f"{analysis.step_weight}, more than maxWeight {analysis.max_weight}",
                allowed=f"a whole percentage from 1 to {analysis.max_weight}",
                fix="Lower it, or raise `maxWeight`.",
            )


def _canaries(stack: StackContext, *, automated: bool) -> Iterator[tuple[str, Canary]]:
    for name, canary in stack.settings.canaries.items():
        if canary.is_automated == automated:
            yield f"canaries.{name}", canary


def canary_headers_need_route(stack: StackContext) -> Iterator[Finding]:
    """Routing by header needs an HTTPRoute, so it works in the style ``route`` only."""
    services = stack.catalogue.services
    for name, canary in stack.settings.canaries.items():
        if canary.headers and name in services and services[name].style == "profile":
            yield Finding(
                path=f"canaries.{name}.headers",
                found="headers, with a service in the style `profile`",
                allowed="headers with a service in the style `route`",
                fix=f"Set `style: route` for {name}, or delete them: a TrafficSplit "
                "(split.smi-spec.io/v1alpha2) has weights only, and no matches.",
            )


def canaries_are_reached_through_the_mesh(stack: StackContext) -> Iterator[Finding]:
    """The callers of a manual canary are in the mesh: it is their proxies that split the traffic.

    Flagger has its own rule, which refuses every gateway.
    """
    gateway = stack.catalogue.gateway
    canary = stack.settings.canaries.get(gateway) if isinstance(gateway, str) else None
    if canary is None or canary.is_automated or not stack.settings.gateway.open_to:
        return
    yield Finding(
        path=f"canaries.{gateway}",
        found="a canary of the gateway, whose clients are outside the mesh",
        allowed="a canary of a service that only the mesh calls, or of a gateway behind a "
        "`gateway.controller` in the mesh",
        fix="Delete it: clients without a proxy reach the stable version only, whatever the "
        "weight.",
    )


def traffic_splits_need_smi(stack: StackContext) -> Iterator[Finding]:
    """The linkerd-smi extension reads the TrafficSplit of a manual canary in style ``profile``."""
    services = stack.catalogue.services
    split = [
        name
        for name, canary in stack.settings.canaries.items()
        if not canary.is_automated and name in services and services[name].style == "profile"
    ]
    if split and stack.settings.linkerd.smi == "off":
        yield Finding(
            path="linkerd.smi",
            found=f'"off", with a canary of {one_of(split)} in the style `profile`',
            allowed='"install" or "external"',
            fix="Change it, or set `style: route` for the service: a TrafficSplit needs the "
            "linkerd-smi extension.",
        )
