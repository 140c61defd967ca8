"""Compares the sizes of the deployed volumes with the catalogue's, before anything is changed.

Kubernetes never changes the claims of a StatefulSet's template, and no claim gets smaller.
Sources: https://kubernetes.io/docs/concepts/workloads/controllers/statefulset/#limitations,
https://kubernetes.io/docs/concepts/storage/persistent-volumes/#expanding-persistent-volumes-claims
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from components import names
from components.cluster.connection import SECONDS_TO_ANSWER, Unreachable, connected
from components.config.catalogue.model import Catalogue
from components.config.problems import ConfigurationError, located
from components.config.quantities import amount
from components.config.stack.settings import Settings
from components.findings import Finding


@dataclass(frozen=True, slots=True, kw_only=True)
class Deployed:
    """The sizes of volumes: of a StatefulSet's template and of a claim, by their names."""

    templates: Mapping[str, str] = field(default_factory=dict)
    claims: Mapping[str, str] = field(default_factory=dict)


def check(settings: Settings, catalogue: Catalogue) -> None:
    """Make sure that no volume gets another size in a way that Kubernetes refuses.

    ``catalogue`` is the stack's, with its changes. Raises :class:`ConfigurationError`.
    """
    try:
        found = deployed(settings)
    except Unreachable as error:
        finding = Finding(
            path="stores",
            found=f"volumes that the cluster does not tell: {error}",
            allowed="a cluster that lists the StatefulSets and volume claims of the namespace",
            fix="Allow that, or set `cluster.check: false` in the stack's config.",
        )
        raise ConfigurationError(located(settings.catalogue, [finding])) from None
    findings = list(sizes_are_kept(settings, catalogue, found))
    if findings:
        raise ConfigurationError(located(settings.catalogue, findings))


def deployed(settings: Settings) -> Deployed:
    """The volumes in the services' namespace. Raises :class:`Unreachable`."""
    with connected(settings.cluster) as api:
        from kubernetes import client

        place: dict[str, Any] = {
            "namespace": settings.namespace,
            "_request_timeout": SECONDS_TO_ANSWER,
        }
        sets = client.AppsV1Api(api).list_namespaced_stateful_set(**place).items
        claims = client.CoreV1Api(api).list_namespaced_persistent_volume_claim(**place).items
        return Deployed(
            templates={
                one.metadata.name: _size(template)
                for one in sets
                for template in one.spec.volume_claim_templates or ()
                if template.metadata.name == "data"
            },
            claims={one.metadata.name: _size(one) for one in claims},
        )


def _size(claim: Any) -> str:
    return str(claim.spec.resources.requests["storage"])


def sizes_are_kept(settings: Settings, catalogue: Catalogue, found: Deployed) -> Iterator[Finding]:
    """The volumes of services and stores have the size that they were made with."""
    for name, service in catalogue.services.items():
        if service.storage is not None and name in found.templates:
            size, path = service.storage.size, f"services.{name}.storage.size"
            yield from _template(settings, path, name, size, found.templates[name])
    for name, store in catalogue.stores.items():
        override = settings.stores.get(name)
        operated = override is not None and override.operator is not None
        if name in found.templates and not operated:
            path = f"stores.{name}.storage"
            yield from _template(settings, path, name, store.storage, found.templates[name])
        claim = found.claims.get(names.backup(name))
        if store.backup is not None and claim and _less(store.backup.storage, claim):
            yield _smaller(f"stores.{name}.backup.storage", store.backup.storage, claim)


def _template(
    settings: Settings, path: str, name: str, wanted: str, there: str
) -> Iterator[Finding]:
    if _less(wanted, there):
        yield _smaller(path, wanted, there)
    elif _less(there, wanted):
        kubectl = f"kubectl -n {settings.namespace}"
        yield Finding(
            path=path,
            found=f"{wanted}, and the StatefulSet in the cluster has {there}",
            allowed=f"{there}: Kubernetes does not change the volumes of a StatefulSet",
            fix=f"To make it larger without a loss: 1. for each claim that `{kubectl} get pvc -l "
            f"app.kubernetes.io/name={name}` shows: `{kubectl} patch pvc data-{name}-0 -p "
            f'\'{{"spec":{{"resources":{{"requests":{{"storage":"{wanted}"}}}}}}}}\'` (its storage '
            f"class must allow expansion); 2. `{kubectl} delete statefulset {name} "
            "--cascade=orphan`, which leaves the pods running; 3. `pulumi refresh`; 4. `make up`.",
        )


def _smaller(path: str, wanted: str, there: str) -> Finding:
    return Finding(
        path=path,
        found=f"{wanted}, and the volume in the cluster has {there}",
        allowed=f"at least {there}: no volume gets smaller",
        fix=f"Set it back to {there}.",
    )


def _less(one: str, other: str) -> bool:
    """Whether the first size is smaller. A form that the catalogue does not know is never so."""
    try:
        return amount(one) < amount(other)
    except ValueError:
        return False
