"""What a stack's changes to the catalogue may be; a rule yields each problem it finds."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from components.config.catalogue.model import Catalogue
from components.config.problems import Problem, nearest, one_of
from components.config.stack.settings import Settings
from components.linkerd.releases import Feature, first_with
from components.names import credentials

PRE_STOP_SINCE = (1, 30)
"""Source: https://kubernetes.io/docs/reference/command-line-tools-reference/feature-gates/
(PodLifecycleSleepAction is on by default from then on)."""


def check(file: str, settings: Settings, catalogue: Catalogue) -> Iterator[Problem]:
    """Every problem of the stack's overrides. ``catalogue`` is the file's own, without them."""
    yield from _names(file, settings, catalogue)
    yield from _gateway(file, settings, catalogue)
    yield from _volumes(file, settings, catalogue)
    yield from _operator(file, settings, catalogue)
    yield from _secrets(file, settings, catalogue)
    yield from _egress(file, settings)
    yield from _pods(file, settings)


def digests(file: str, settings: Settings, applied: Catalogue) -> Iterator[Problem]:
    """Every image is pinned by its digest, where the stack requires it.

    ``applied`` is the catalogue with the stack's images in it.
    """
    for path, image in applied.images() if settings.require_digests else ():
        if "@sha256:" not in image:
            yield Problem(
                file=file,
                path=f"{path}.image",
                found=f'"{image}", which is pinned by its tag only',
                allowed="an image with a digest, such as nginx@sha256:...",
                fix="Set it to what `crane digest` prints for the tag, or drop `requireDigests`.",
            )


def pre_stop(file: str, settings: Settings, version: tuple[int, int]) -> Iterator[Problem]:
    """A pause before the end is asked only of a cluster that knows how."""
    if settings.pods.pre_stop_seconds and version < PRE_STOP_SINCE:
        yield Problem(
            file=file,
            path="pods.preStopSeconds",
            found=f"{settings.pods.pre_stop_seconds} on Kubernetes {version[0]}.{version[1]}",
            allowed="0 before Kubernetes 1.30, which knows the pause first",
            fix="Set it to 0: a pod's callers may then see errors while it stops.",
        )


def _names(file: str, settings: Settings, catalogue: Catalogue) -> Iterator[Problem]:
    every = [*catalogue.services, *catalogue.stores, *catalogue.external]
    played = [s.stands_in_for for s in catalogue.services.values() if s.stands_in_for]
    wanted: Mapping[str, tuple[Iterable[str], Iterable[str]]] = {
        "services": (settings.services, catalogue.services),
        "stores": (settings.stores, catalogue.stores),
        "endpoints": (settings.endpoints, every),
        "standIns": (settings.stand_ins, played),
    }
    for section, (names, known) in wanted.items():
        for name in names:
            if name not in known:
                near = nearest(name, known)
                yield Problem(
                    file=file,
                    path=f"{section}.{name}",
                    found=f'the unknown name "{name}"',
                    allowed=one_of(known),
                    fix=f"Did you mean `{near}`?" if near else "Delete it, or correct the name.",
                )


def _gateway(file: str, settings: Settings, catalogue: Catalogue) -> Iterator[Problem]:
    for name in settings.endpoints:
        if name == catalogue.gateway or name in settings.stand_ins:
            yield Problem(
                file=file,
                path=f"endpoints.{name}",
                found="the gateway" if name == catalogue.gateway else "one of the `standIns` too",
                allowed="a service, store or external that something else provides",
                fix="Delete the entry.",
            )


def _volumes(file: str, settings: Settings, catalogue: Catalogue) -> Iterator[Problem]:
    for name, override in settings.services.items():
        service = catalogue.services.get(name)
        if override.autoscaling and service and service.storage:
            yield Problem(
                file=file,
                path=f"services.{name}.autoscaling",
                found="autoscaling of a service with a volume",
                allowed="`replicas`",
                fix="Delete it: a volume belongs to one pod.",
            )


def _operator(file: str, settings: Settings, catalogue: Catalogue) -> Iterator[Problem]:
    for name, override in settings.stores.items():
        store = catalogue.stores.get(name)
        if override.operator is None or store is None:
            continue
        if store.kind != "postgresql":
            yield Problem(
                file=file,
                path=f"stores.{name}.operator",
                found=f"an operator for PostgreSQL, for a store of the kind {store.kind}",
                allowed="no operator",
                fix="Delete it.",
            )
        elif not settings.linkerd.native_sidecars:
            # The operator's Jobs would never end: their proxies would go on running.
            yield Problem(
                file=file,
                path=f"stores.{name}.operator",
                found=f'release "{settings.linkerd.release}" without native sidecars',
                allowed="native sidecars, with which an operator's Jobs end",
                fix="Set `linkerd.nativeSidecar: true` (from release "
                f'"{first_with(Feature.NATIVE_SIDECAR).name}" on), or delete this key.',
            )


def _needs(file: str, path: str, settings: Settings, feature: Feature) -> Problem:
    return Problem(
        file=file,
        path=path,
        found=f'release "{settings.linkerd.release}", which lacks {feature.value}',
        allowed=f'"{first_with(feature).name}" or later',
        fix="Choose a later release, or delete this key.",
    )


def _secrets(file: str, settings: Settings, catalogue: Catalogue) -> Iterator[Problem]:
    made = {name: set(keys) for name, keys in settings.secrets.items()}
    made |= {credentials(s): {"password", "url"} for s in catalogue.stores}
    for name in sorted(made.keys() & settings.existing_secrets):
        yield Problem(
            file=file,
            path=f"existingSecrets.{name}",
            found=f'"{name}", which this program makes',
            allowed="Secrets that are in the namespace by other means",
            fix="Delete it here, or under `secrets`.",
        )
    references = [
        ref
        for service in catalogue.services.values()
        if service.stands_in_for is None or service.stands_in_for in settings.stand_ins
        for ref in service.secrets.values()
    ]
    references += [e.secret for e in settings.endpoints.values() if e.secret]
    for ref in dict.fromkeys(references):
        if ref.secret not in settings.existing_secrets and ref.key not in made.get(
            ref.secret, set()
        ):
            yield Problem(
                file=file,
                path=f"secrets.{ref.secret}.{ref.key}",
                found="nothing, and the catalogue or `endpoints` refer to it",
                allowed="a value from secret config, or the Secret's name in `existingSecrets`",
                fix="Run `pulumi config set --secret --path "
                f'\'linkerd-platform:secrets["{ref.secret}"]["{ref.key}"]\'`.',
            )


def _egress(file: str, settings: Settings) -> Iterator[Problem]:
    linkerd = settings.linkerd
    if linkerd.egress == "open":
        return
    if Feature.EGRESS_NETWORK not in linkerd.chosen.features:
        yield _needs(file, "linkerd.egress", settings, Feature.EGRESS_NETWORK)
    if linkerd.gateway_api == "off":
        yield Problem(
            file=file,
            path="linkerd.gatewayApi",
            found='"off", with `egress: limited`',
            allowed='"install" or "external"',
            fix="Change it: the limits are TLSRoutes and TCPRoutes of the Gateway API.",
        )
    for name, endpoint in settings.endpoints.items():
        if endpoint.port is None:
            yield Problem(
                file=file,
                path=f"endpoints.{name}.port",
                found="nothing, with `egress: limited`",
                allowed="the port in the endpoint's URL",
                fix="Add it: without it the egress to the endpoint would be refused.",
            )


def _pods(file: str, settings: Settings) -> Iterator[Problem]:
    pods = settings.pods
    if pods.termination_grace_seconds <= pods.pre_stop_seconds:
        yield Problem(
            file=file,
            path="pods.terminationGraceSeconds",
            found=f"{pods.termination_grace_seconds}, no more than `preStopSeconds`",
            allowed=f"more than {pods.pre_stop_seconds}",
            fix="Raise it: the pause counts.",
        )
