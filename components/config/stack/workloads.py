"""What a stack decides about the catalogue's workloads: images, sizes, endpoints, how pods stop."""

from __future__ import annotations

from typing import Literal

from pydantic import SecretStr, model_validator

from components.config.catalogue.containers import (
    Autoscaling,
    ProxyResources,
    Resources,
    SecretRef,
)
from components.config.catalogue.objectives import Objective
from components.config.scalars import Image, Port, Replicas, Seconds, refuse
from components.config.stack.identity import Generation
from components.config.validation import Model


class ServiceOverride(Model):
    """Changes to one service in this stack. A key that it leaves out has the catalogue's value."""

    image: Image | None = None
    """Image of the service and of its stable version."""

    replicas: Replicas | None = None
    """Number of pods of the service and of its stable version, 1 to 1000."""

    autoscaling: Autoscaling | None = None
    """Lets a HorizontalPodAutoscaler set the number of pods, in place of ``replicas``; not for a
    service with ``storage``."""

    resources: Resources | None = None
    """CPU and memory of the container. A key that is left out has the catalogue's value."""

    proxy: ProxyResources | None = None
    """CPU and memory of Linkerd's proxy. A key that is left out has the catalogue's value."""

    objective: Objective | None = None
    """What callers may expect of the service in this stack. A key that is left out has the
    catalogue's value."""


class StoreOverride(Model):
    """Changes to one store in this stack.

    Source for ``operator``: https://cloudnative-pg.io/docs/
    """

    image: Image | None = None
    """Image of the store, in place of the catalogue's; not together with ``operator``, which
    chooses it."""

    password_generation: Generation = 1
    """Number of the store's password, 1 to 9999. The next number makes a new password and restarts
    the store and its callers."""

    operator: Literal["cloudnative-pg"] | None = None
    """``cloudnative-pg`` makes a PostgreSQL a Cluster of that operator, which must be installed.
    Without it, the store is a StatefulSet of one pod."""

    instances: Replicas = 3
    """Number of PostgreSQL pods that the ``operator`` runs, 1 to 1000; only with it."""

    @model_validator(mode="after")
    def _of_the_operator(self) -> StoreOverride:
        if self.operator is not None and self.image is not None:
            raise refuse("`image` or `operator`", "Delete `image`: the operator chooses it.")
        if self.operator is None and "instances" in self.model_fields_set:
            raise refuse(
                "`instances` together with `operator`",
                "Delete `instances`, or add `operator`: without one the store is one pod.",
            )
        return self


class Endpoint(Model):
    """Where this stack finds a service, store or external that it does not run.

    Exactly one of ``url`` and ``secret`` is given.
    """

    url: SecretStr | None = None
    """URL that the callers get, from secret config; it is put into a Secret."""

    secret: SecretRef | None = None
    """Key of another Secret, which holds the URL."""

    port: Port | None = None
    """Port in the URL, 1 to 65535; required with ``linkerd.egress: limited``, which opens it."""

    @model_validator(mode="after")
    def _one_source(self) -> Endpoint:
        if (self.url is None) == (self.secret is None):
            raise refuse("`url` or `secret`", "Give one of them.")
        return self


class Pods(Model):
    """How the pods of all services stop.

    Source: https://kubernetes.io/docs/concepts/containers/container-lifecycle-hooks/
    """

    pre_stop_seconds: Seconds = 5
    """Seconds that the kubelet waits before it stops a container, 0 to 3600, so that callers learn
    of it first. 0 turns the wait off, as Kubernetes before 1.30 requires."""

    termination_grace_seconds: Seconds = 45
    """Seconds after which a stopping pod is killed, up to 3600. The wait of ``preStopSeconds``
    counts, so it must be longer."""
