"""Rules about what a stack changes in the catalogue, and about its pods."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from urllib.parse import urlsplit

from components.config import overrides
from components.config.catalogue.model import Service
from components.config.problems import unknown
from components.config.rules.context import OverridesContext, StackContext
from components.config.rules.workloads import beyond_limits
from components.findings import Finding
from components.linkerd.releases import Feature, first_with
from components.names import url_variable


def overrides_are_known(stack: OverridesContext) -> Iterator[Finding]:
    """Each override is of a name in the catalogue."""
    settings, catalogue = stack.settings, stack.catalogue
    every = [*catalogue.services, *catalogue.stores, *catalogue.external]
    replaced = [s.stands_in_for for s in catalogue.services.values() if s.stands_in_for]
    wanted: Mapping[str, tuple[Iterable[str], Iterable[str]]] = {
        "services": (settings.services, catalogue.services),
        "stores": (settings.stores, catalogue.stores),
        "endpoints": (settings.endpoints, every),
        "standIns": (settings.stand_ins, replaced),
    }
    for section, (names, known) in wanted.items():
        for name in names:
            if name not in known:
                otherwise = "Delete it, or correct the name."
                yield unknown(f"{section}.{name}", name, known, otherwise)


_URL = re.compile(r"[a-z][a-z0-9+.-]*://[^\s/?#]+[^\s]*", re.I)


def endpoints_have_urls(stack: OverridesContext) -> Iterator[Finding]:
    """An endpoint's URL is one, and its ``port`` is that in the URL. No finding shows the URL."""
    for name, endpoint in stack.settings.endpoints.items():
        if endpoint.url is None:
            continue
        url = endpoint.url.get_secret_value()
        if not _URL.fullmatch(url):
            yield Finding(
                path=f"endpoints.{name}.url",
                found="a text that is no URL (not shown: a secret may be in it)",
                allowed="a URL with a scheme and a host, such as redis://cache.example:6379",
                fix="Correct the value.",
            )
        elif endpoint.port is not None and endpoint.port != (_port(url) or endpoint.port):
            yield Finding(
                path=f"endpoints.{name}.port",
                found=f"{endpoint.port}, which is not the port in the URL",
                allowed="the port in the URL, which is opened for it",
                fix="Correct one of them.",
            )


def _port(url: str) -> int | None:
    """The port that the URL names, ``None`` without one. One of several hosts may have another."""
    try:
        return urlsplit(url).port
    except ValueError:
        return None


def endpoints_are_elsewhere(stack: OverridesContext) -> Iterator[Finding]:
    """The gateway and what a stand-in replaces run here, so they have no endpoint elsewhere."""
    for name in stack.settings.endpoints:
        is_gateway = name == stack.catalogue.gateway
        if is_gateway or name in stack.settings.stand_ins:
            yield Finding(
                path=f"endpoints.{name}",
                found="the gateway" if is_gateway else "one of the `standIns` too",
                allowed="a service, store or external that something else provides",
                fix="Delete the entry.",
            )


def volumes_are_not_scaled(stack: OverridesContext) -> Iterator[Finding]:
    """A volume belongs to one pod."""
    for name, override in stack.settings.services.items():
        service = stack.catalogue.services.get(name)
        if override.autoscaling and service and service.storage:
            yield Finding(
                path=f"services.{name}.autoscaling",
                found="autoscaling of a service with a volume",
                allowed="`replicas`",
                fix="Delete it: a volume belongs to one pod.",
            )


def replicas_are_not_autoscaled(stack: OverridesContext) -> Iterator[Finding]:
    """A number of pods has no effect where an autoscaler sets it."""
    for name, override in stack.settings.services.items():
        service = stack.catalogue.services.get(name)
        scaling = override.autoscaling or (service and service.autoscaling)
        if override.replicas is not None and scaling:
            where = f"services.{name}.autoscaling"
            if not override.autoscaling:
                where += f" of {stack.settings.catalogue}"
            yield Finding(
                path=f"services.{name}.replicas",
                found=f"{override.replicas}, with `{where}`",
                allowed="`autoscaling` with its `min` and `max`",
                fix=f"Delete it, and set `services.{name}.autoscaling` for other bounds: the "
                "autoscaler sets the number of pods.",
            )


def requests_stay_within_limits(stack: OverridesContext) -> Iterator[Finding]:
    """With the stack's changes no container asks for more than it may use."""
    applied = overrides.apply(stack.catalogue, stack.settings)
    for name, override in stack.settings.services.items():
        service = applied.services.get(name)
        if service is not None and (override.resources or override.proxy):
            yield from (each.under(f"services.{name}") for each in beyond_limits(service))


def addresses_follow_their_endpoints(stack: OverridesContext) -> Iterator[Finding]:
    """No service spells out the address of what runs elsewhere in this stack."""
    running = overrides.apply(stack.catalogue, stack.settings).services
    for name in stack.settings.endpoints:
        address = re.compile(rf"(?<![\w.-]){re.escape(name)}:[0-9]+")
        for caller, service in running.items():
            found = next(filter(None, map(address.search, _texts(service))), None)
            if found is not None:
                yield Finding(
                    path=f"endpoints.{name}",
                    found=f'a service elsewhere, whose address "{found[0]}" '
                    f"`services.{caller}` spells out",
                    allowed="callers that take the location from the variable of their call",
                    fix=f"Write the variable of its call, such as `$({url_variable(name)})`, in "
                    "place of the address; or delete the entry.",
                )


def _texts(service: Service) -> Iterator[str]:
    yield from (*service.command, *service.args, *service.env.values())
    for version in service.versions.values():
        yield from (*(version.args or ()), *version.env.values())


def operators_can_run_the_store(stack: OverridesContext) -> Iterator[Finding]:
    """The operator is for PostgreSQL. Its Jobs end only where proxies are native sidecars."""
    linkerd = stack.settings.linkerd
    for name, override in stack.settings.stores.items():
        store = stack.catalogue.stores.get(name)
        if override.operator is None or store is None:
            continue
        if store.kind != "postgresql":
            yield Finding(
                path=f"stores.{name}.operator",
                found=f"an operator for PostgreSQL, for a store of the kind {store.kind}",
                allowed="no operator",
                fix="Delete it.",
            )
        elif not linkerd.native_sidecars:
            yield Finding(
                path=f"stores.{name}.operator",
                found=f'release "{linkerd.release}" without native sidecars',
                allowed="native sidecars, with which an operator's Jobs end",
                fix="Set `linkerd.nativeSidecar: true` (from release "
                f'"{first_with(Feature.NATIVE_SIDECAR).name}" on), or delete this key.',
            )


def images_have_digests(stack: OverridesContext) -> Iterator[Finding]:
    """Every image, with the stack's overrides, has a digest where the stack requires it."""
    applied = overrides.apply(stack.catalogue, stack.settings)
    for path, image in applied.images() if stack.settings.require_digests else ():
        if "@sha256:" not in image:
            yield Finding(
                path=f"{path}.image",
                found=f'"{image}", which is pinned by its tag only',
                allowed="an image with a digest, such as nginx@sha256:...",
                fix="Set it to what `crane digest` prints for the tag, or drop `requireDigests`.",
            )


def endpoints_have_ports(stack: StackContext) -> Iterator[Finding]:
    """Limits on egress let a port of an endpoint out, so they must know it."""
    limited = stack.settings.linkerd.egress != "open"
    for name, endpoint in stack.settings.endpoints.items():
        if limited and endpoint.port is None:
            yield Finding(
                path=f"endpoints.{name}.port",
                found="nothing, with `egress: limited`",
                allowed="the port in the endpoint's URL",
                fix="Add it: without it the egress to the endpoint would be refused.",
            )


def pods_outlive_their_pause(stack: StackContext) -> Iterator[Finding]:
    """Kubernetes counts the pause before the stop into the grace period."""
    pods = stack.settings.pods
    if pods.termination_grace_seconds <= pods.pre_stop_seconds:
        yield Finding(
            path="pods.terminationGraceSeconds",
            found=f"{pods.termination_grace_seconds}, no more than `preStopSeconds`",
            allowed=f"more than {pods.pre_stop_seconds}",
            fix="Raise it: the pause counts.",
        )
