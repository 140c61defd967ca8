"""What a stack decides about the catalogue's workloads: images, sizes, endpoints, how pods stop."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import AfterValidator, SecretStr

from components.config.catalogue.containers import (
    AutoscalingRange,
    ProxyResources,
    Resources,
    SecretRef,
)
from components.config.scalars import Image, Port, Replicas, Seconds, refuse
from components.config.stack.identity import Generation
from components.config.validation import Model


class ServiceOverride(Model):
    """What is different about one service in this stack; what it leaves out is the catalogue's."""

    image: Image | None = None
    replicas: Replicas | None = None
    autoscaling: AutoscalingRange | None = None
    resources: Resources | None = None
    proxy: ProxyResources | None = None


class StoreOverride(Model):
    """What is different about one store in this stack.

    The next ``passwordGeneration`` makes a new password and rolls the store and its callers. With
    ``operator`` ``cloudnative-pg`` a PostgreSQL is a Cluster of that operator, which has to be
    installed, with ``instances`` pods. Source: https://cloudnative-pg.io/docs/
    """

    image: Image | None = None
    password_generation: Generation = 1
    operator: Literal["cloudnative-pg"] | None = None
    instances: Replicas = 3


class Endpoint(Model):
    """Where this stack finds a service, store or external that it does not run: one of the two.

    ``url`` is secret config, and is put into a Secret; ``secret`` names a key of another Secret.
    ``port`` is the URL's port; it is needed where egress is limited.
    """

    url: SecretStr | None = None
    secret: SecretRef | None = None
    port: Port | None = None


def _one_source(endpoint: Endpoint) -> Endpoint:
    if (endpoint.url is None) == (endpoint.secret is None):
        raise refuse("`url` or `secret`", "Give one of them.")
    return endpoint


AnyEndpoint = Annotated[Endpoint, AfterValidator(_one_source)]


class Pods(Model):
    """How all pods of the services stop.

    A pod waits ``preStopSeconds`` until it stops, while callers learn that it goes; it is killed
    after ``terminationGraceSeconds``, the wait included. The wait is the kubelet's own, so that
    images without a shell have it: Kubernetes knows it from 1.30 on, 0 leaves it out. Source:
    https://kubernetes.io/docs/concepts/containers/container-lifecycle-hooks/
    """

    pre_stop_seconds: Seconds = 5
    termination_grace_seconds: Seconds = 45
