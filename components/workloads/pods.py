"""Pod templates that the Pod Security level ``restricted`` accepts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import pulumi_kubernetes as k8s

from components.config.catalogue.containers import (
    Probe,
    ProxyResources,
    Quantities,
    Resources,
    SecretRef,
)
from components.workloads.pod_security import container_security, pod_security
from components.workloads.services import ServicePort

_PROXY = "config.linkerd.io/proxy"


@dataclass(frozen=True, slots=True, kw_only=True)
class Container:
    """A container of a pod, as plain values.

    ``files`` maps a path in the container to a key of the ConfigMap ``config_map``. ``writable``
    paths are empty folders that live as long as the pod. ``volumes`` maps a path to a volume claim,
    and ``data_path`` is where the StatefulSet's own volume goes. Everything else is read-only.
    ``post_start`` is a command that must succeed before the container counts as started.
    """

    name: str
    image: str
    ports: Sequence[ServicePort] = ()
    user: int
    resources: Resources
    command: Sequence[str] = ()
    args: Sequence[str] = ()
    env: Mapping[str, str | SecretRef] | None = None
    probe: Probe = field(default_factory=Probe)
    liveness: Probe = field(default_factory=Probe)
    post_start: Sequence[str] = ()
    writable: Sequence[str] = ()
    config_map: str | None = None
    files: Mapping[str, str] = field(default_factory=dict)
    volumes: Mapping[str, str] = field(default_factory=dict)
    data_path: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Stop:
    """How a pod stops: the pause before SIGTERM, and the time for all of it, in seconds."""

    pre_stop_seconds: int = 0
    grace_seconds: int = 30


def pod_spec(
    containers: Sequence[Container],
    service_account: str,
    *,
    spread: Mapping[str, str] | None = None,
    stop: Stop | None = None,
    restart_policy: str | None = None,
) -> k8s.core.v1.PodSpecArgs:
    """The spec of a pod with these containers and without access to the Kubernetes API.

    All of them run as the first one's user, and at most one of them has volumes. ``spread`` selects
    the pods to keep apart. Without ``stop`` and ``restart_policy``, Kubernetes' defaults apply.
    """
    volumes = [volume for container in containers for volume in _volumes(container)]
    return k8s.core.v1.PodSpecArgs(
        service_account_name=service_account,
        automount_service_account_token=False,
        enable_service_links=False,
        security_context=pod_security(containers[0].user),
        containers=[_container(container, stop or Stop()) for container in containers],
        volumes=volumes or None,
        topology_spread_constraints=_spread(spread) if spread else None,
        termination_grace_period_seconds=stop.grace_seconds if stop else None,
        restart_policy=restart_policy,
    )


def proxy_annotations(resources: ProxyResources) -> dict[str, str]:
    """The pod annotations that give Linkerd's proxy its resources.

    Source: https://linkerd.io/2-edge/reference/proxy-configuration/
    """
    amounts = {"request": resources.requests, "limit": resources.limits}
    return {
        f"{_PROXY}-{kind}-{bound}": value
        for bound, quantities in amounts.items()
        for kind, value in _quantities(quantities).items()
    }


def proxy_wait(stop: Stop) -> dict[str, str]:
    """The pod annotation that makes a proxy wait as long as the container beside it.

    A proxy that is an ordinary container gets SIGTERM at the pod's end, and then refuses what is
    new. A native sidecar ends after the other containers, and needs no such wait.
    Source: https://linkerd.io/2-edge/tasks/graceful-shutdown/
    """
    if not stop.pre_stop_seconds:
        return {}
    return {"config.alpha.linkerd.io/proxy-wait-before-exit-seconds": str(stop.pre_stop_seconds)}


def _container(container: Container, stop: Stop) -> k8s.core.v1.ContainerArgs:
    return k8s.core.v1.ContainerArgs(
        name=container.name,
        image=container.image,
        command=list(container.command) or None,
        args=list(container.args) or None,
        env=None
        if container.env is None
        else [_env(name, value) for name, value in container.env.items()],
        ports=[
            k8s.core.v1.ContainerPortArgs(name=port.name, container_port=port.number)
            for port in container.ports
        ]
        or None,
        resources=k8s.core.v1.ResourceRequirementsArgs(
            requests=_quantities(container.resources.requests),
            limits=_quantities(container.resources.limits),
        ),
        readiness_probe=_probe(container.probe, container.ports),
        liveness_probe=_probe(container.liveness, container.ports),
        lifecycle=_lifecycle(container, stop),
        security_context=container_security(),
        volume_mounts=_mounts(container) or None,
    )


def _env(name: str, value: str | SecretRef) -> k8s.core.v1.EnvVarArgs:
    if isinstance(value, str):
        return k8s.core.v1.EnvVarArgs(name=name, value=value)
    reference = k8s.core.v1.SecretKeySelectorArgs(name=value.secret, key=value.key)
    return k8s.core.v1.EnvVarArgs(
        name=name, value_from=k8s.core.v1.EnvVarSourceArgs(secret_key_ref=reference)
    )


def _quantities(amounts: Quantities) -> dict[str, str]:
    return {key: value for key, value in amounts.model_dump().items() if value is not None}


def _probe(probe: Probe, ports: Sequence[ServicePort]) -> k8s.core.v1.ProbeArgs | None:
    if probe.exec:
        return k8s.core.v1.ProbeArgs(exec_=k8s.core.v1.ExecActionArgs(command=list(probe.exec)))
    if probe.http is not None:
        action = k8s.core.v1.HTTPGetActionArgs(path=probe.http, port=ports[0].name)
        return k8s.core.v1.ProbeArgs(http_get=action)
    if probe.tcp:
        port = k8s.core.v1.TCPSocketActionArgs(port=ports[0].name)
        return k8s.core.v1.ProbeArgs(tcp_socket=port)
    return None


def _lifecycle(container: Container, stop: Stop) -> k8s.core.v1.LifecycleArgs | None:
    if not container.post_start and not stop.pre_stop_seconds:
        return None
    start = k8s.core.v1.ExecActionArgs(command=list(container.post_start))
    # The kubelet's own sleep, since an image may contain no `sleep` command.
    pause = k8s.core.v1.SleepActionArgs(seconds=stop.pre_stop_seconds)
    return k8s.core.v1.LifecycleArgs(
        post_start=k8s.core.v1.LifecycleHandlerArgs(exec_=start) if container.post_start else None,
        pre_stop=k8s.core.v1.LifecycleHandlerArgs(sleep=pause) if stop.pre_stop_seconds else None,
    )


def _spread(selected: Mapping[str, str]) -> list[k8s.core.v1.TopologySpreadConstraintArgs]:
    return [
        k8s.core.v1.TopologySpreadConstraintArgs(
            max_skew=1,
            topology_key=key,
            # A preference: a small cluster, or one that lost a zone, still runs every pod.
            when_unsatisfiable="ScheduleAnyway",
            label_selector=k8s.meta.v1.LabelSelectorArgs(match_labels=selected),
        )
        for key in ("topology.kubernetes.io/zone", "kubernetes.io/hostname")
    ]


def _volumes(container: Container) -> list[k8s.core.v1.VolumeArgs]:
    volumes = [
        k8s.core.v1.VolumeArgs(
            name=f"writable-{index}", empty_dir=k8s.core.v1.EmptyDirVolumeSourceArgs()
        )
        for index, _ in enumerate(container.writable)
    ]
    for index, claim in enumerate(container.volumes.values()):
        bound = k8s.core.v1.PersistentVolumeClaimVolumeSourceArgs(claim_name=claim)
        volumes.append(
            k8s.core.v1.VolumeArgs(name=f"volume-{index}", persistent_volume_claim=bound)
        )
    if container.config_map is not None:
        source = k8s.core.v1.ConfigMapVolumeSourceArgs(name=container.config_map)
        volumes.append(k8s.core.v1.VolumeArgs(name="files", config_map=source))
    return volumes


def _mounts(container: Container) -> list[k8s.core.v1.VolumeMountArgs]:
    mount = k8s.core.v1.VolumeMountArgs
    mounts = [
        mount(name=f"writable-{index}", mount_path=path)
        for index, path in enumerate(container.writable)
    ]
    mounts += [
        mount(name=f"volume-{index}", mount_path=path)
        for index, path in enumerate(container.volumes)
    ]
    mounts += [
        mount(name="files", mount_path=path, sub_path=key, read_only=True)
        for path, key in container.files.items()
    ]
    if container.data_path is not None:
        mounts.append(mount(name="data", mount_path=container.data_path))
    return mounts
