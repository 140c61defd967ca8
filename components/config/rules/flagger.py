"""Rules about automated canaries: what Flagger needs, and which services it can drive.

Flagger copies one Deployment and makes the Services for it.
Source: https://docs.flagger.app/usage/how-it-works#canary-target
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from components.config.catalogue.model import Service
from components.config.problems import one_of
from components.config.rules.context import StackContext
from components.findings import Finding

_NOT_COPIED = {
    "ports": "the Services that Flagger makes have the main port only.",
    "storage": "Flagger copies a Deployment, and a service with storage is a StatefulSet.",
    "files": "both versions would read the same new files before the analysis.",
}


def automated_canaries_need_flagger(stack: StackContext) -> Iterator[Finding]:
    """Flagger is there where a canary is automated."""
    names = [name for name, canary in stack.settings.canaries.items() if canary.is_automated]
    if names and stack.settings.linkerd.flagger == "off":
        yield Finding(
            path="linkerd.flagger",
            found=f'"off", with an automated canary of {one_of(names)}',
            allowed='"install" or "external"',
            fix="Change it: Flagger moves the weights of an automated canary.",
        )


def flagger_needs_viz(stack: StackContext) -> Iterator[Finding]:
    """Flagger's analysis reads the Prometheus of the viz extension."""
    linkerd = stack.settings.linkerd
    if linkerd.flagger != "off" and linkerd.viz == "off":
        yield Finding(
            path="linkerd.flagger",
            found=f'"{linkerd.flagger}", with `viz: off`',
            allowed='"off", or a value with `viz` install or external',
            fix="Change one: Flagger reads viz's Prometheus.",
        )


def flagger_can_drive_the_service(stack: StackContext) -> Iterator[Finding]:
    """An automated canary is of a service that Flagger can copy, split and measure."""
    for name, canary in stack.settings.canaries.items():
        service = stack.catalogue.services.get(name)
        if not canary.is_automated or service is None:
            continue
        obstacles = [*_obstacles(stack, name, service), *_traffic_obstacles(stack, service)]
        for each in obstacles:
            yield replace(each, path=f"canaries.{name}.mode", found=f"automated, for {each.found}")


def _obstacles(stack: StackContext, name: str, service: Service) -> Iterator[Finding]:
    if service.canary_version is not None:
        yield Finding(
            found="a service with two versions",
            allowed="a service with one version",
            fix=f"Delete one of `services.{name}.versions`: Flagger makes the second Deployment "
            "itself when the image of the one changes.",
        )
    if name == stack.catalogue.gateway:
        yield Finding(
            found="the gateway",
            allowed="a service that only the mesh calls",
            fix="Delete it: the gateway's Server would not select the pods that Flagger copies.",
        )
    for key in (key for key in _NOT_COPIED if getattr(service, key)):
        yield Finding(
            found=f"a service with `{key}`",
            allowed=f"a service without `{key}`",
            fix=f"Delete one: {_NOT_COPIED[key]}",
        )


def _traffic_obstacles(stack: StackContext, service: Service) -> Iterator[Finding]:
    linkerd = stack.settings.linkerd
    if not service.is_http:
        yield Finding(
            found="a service whose requests Linkerd does not read",
            allowed="a service with `protocol` http, http2 or grpc",
            fix="Delete it: without requests there is nothing to split or to measure.",
        )
    elif service.style == "profile" and linkerd.smi == "off":
        yield Finding(
            found="a service in the style `profile`, with `linkerd.smi: off`",
            allowed="`linkerd.smi` install or external",
            fix="Change it, or set `style: route` for the service: Flagger writes a TrafficSplit.",
        )
    elif service.style == "route" and service.routes:
        yield Finding(
            found="a service in the style `route` with `routes`",
            allowed="the style `profile`, or no `routes`",
            fix="Set `style: profile`: Flagger writes one HTTPRoute for every request, which "
            "would lose the retries and timeouts of each.",
        )
    if service.is_http and service.style == "route" and not linkerd.chosen.uses_gateway_api:
        yield Finding(
            found=f"a service in the style `route`, and a release that reads "
            f"{linkerd.chosen.http_route_api}",
            allowed="a release that reads HTTPRoutes of gateway.networking.k8s.io/v1",
            fix="Choose a later `linkerd.release`, or set `style: profile` for the service.",
        )
