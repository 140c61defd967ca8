"""Rules about automated canaries: what Flagger needs, and which services it can drive.

Flagger copies one Deployment and makes the Services for it.
Source: https://docs.flagger.app/usage/how-it-works#canary-target
"""

from __future__ import annotations

from collections.abc import Iterator

from components.config.catalogue.model import Service
from components.config.problems import one_of
from components.config.rules.context import StackContext
from components.findings import Finding
from components.names import primary

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


def flaggers_names_are_free(stack: StackContext) -> Iterator[Finding]:
    """The Services that Flagger makes have names of their own."""
    for name, _ in _automated(stack):
        for made in (primary(name), f"{name}-canary"):
            if made in stack.catalogue.services:
                yield _refused(
                    name,
                    found=f"a catalogue that has a service {made}",
                    allowed="a catalogue without",
                    fix="Rename that service: Flagger makes a Service of this name.",
                )


def flagger_drives_one_version(stack: StackContext) -> Iterator[Finding]:
    """Flagger makes the second Deployment itself."""
    for name, service in _automated(stack):
        if service.canary_version is not None:
            yield _refused(
                name,
                found="a service with two versions",
                allowed="a service with one version",
                fix=f"Delete one of `services.{name}.versions`: Flagger makes the second "
                "Deployment itself when the image of the one changes.",
            )


def flagger_drives_no_gateway(stack: StackContext) -> Iterator[Finding]:
    """The gateway's Server would not select the pods that Flagger copies."""
    for name, _ in _automated(stack):
        if name == stack.catalogue.gateway:
            yield _refused(
                name,
                found="the gateway",
                allowed="a service that only the mesh calls",
                fix="Delete it: the gateway's Server would not select the pods that Flagger "
                "copies.",
            )


def flagger_drives_http(stack: StackContext) -> Iterator[Finding]:
    """Flagger splits and measures requests that Linkerd reads."""
    for name, service in _automated(stack):
        if not service.is_http:
            yield _refused(
                name,
                found="a service whose requests Linkerd does not read",
                allowed="a service with `protocol` http, http2 or grpc",
                fix="Delete it: without requests there is nothing to split or to measure.",
            )


def flagger_needs_smi_for_profiles(stack: StackContext) -> Iterator[Finding]:
    """Flagger writes a TrafficSplit for the style ``profile``."""
    for name, service in _automated(stack):
        if service.is_http and service.style == "profile" and stack.settings.linkerd.smi == "off":
            yield _refused(
                name,
                found="a service in the style `profile`, with `linkerd.smi: off`",
                allowed="`linkerd.smi` install or external",
                fix="Change it, or set `style: route` for the service: Flagger writes a "
                "TrafficSplit.",
            )


def flagger_writes_one_route(stack: StackContext) -> Iterator[Finding]:
    """Flagger writes one HTTPRoute of the Gateway API for a service in the style ``route``."""
    release = stack.settings.linkerd.chosen
    for name, service in _automated(stack):
        if not service.is_http or service.style != "route":
            continue
        if service.routes:
            yield _refused(
                name,
                found="a service in the style `route` with `routes`",
                allowed="the style `profile`, or no `routes`",
                fix="Set `style: profile`: Flagger writes one HTTPRoute for every request, which "
                "would lose the retries and timeouts of each.",
            )
        if not release.uses_gateway_api:
            yield _refused(
                name,
                found="a service in the style `route`, and a release that reads "
                f"{release.http_route_api}",
                allowed="a release that reads HTTPRoutes of gateway.networking.k8s.io/v1",
                fix="Choose a later `linkerd.release`, or set `style: profile` for the service.",
            )


def flagger_copies_every_key(stack: StackContext) -> Iterator[Finding]:
    """A service that Flagger drives has no key that its copy would lose or share."""
    for name, service in _automated(stack):
        for key in (key for key in _NOT_COPIED if getattr(service, key)):
            yield _refused(
                name,
                found=f"a service with `{key}`",
                allowed=f"a service without `{key}`",
                fix=f"Delete one: {_NOT_COPIED[key]}",
            )


def _automated(stack: StackContext) -> Iterator[tuple[str, Service]]:
    """The valid services with an automated canary."""
    for name, canary in stack.settings.canaries.items():
        if canary.is_automated and name in stack.catalogue.services:
            yield name, stack.catalogue.services[name]


def _refused(name: str, *, found: str, allowed: str, fix: str) -> Finding:
    path = f"canaries.{name}.mode"
    return Finding(path=path, found=f"automated, for {found}", allowed=allowed, fix=fix)
