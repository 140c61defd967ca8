"""Pod templates that the Pod Security level ``restricted`` accepts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pulumi_kubernetes as k8s

from components.catalogue import Probe, Quantities, Resources
from components.workloads.pod_security import container_security, pod_security


@dataclass(frozen=True, slots=True, kw_only=True)
class SecretKey:
    """One key of a Secret in the workload's namespace."""

    name: str
    key: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Container:
    """A pod's one container, as plain values.

    ``files`` maps a path in the container to a key of the ConfigMap ``config_map``; ``writable``
    paths are empty folders that live as long as the pod; everything else is read-only.
    """

    name: str
    image: str
    port_name: str
    port: int
    user: int
    resources: Resources
    command: Sequence[str] = ()
    args: Sequence[str] = ()
    env: Mapping[str, str | SecretKey]
    probe: Probe
    writable: Sequence[str] = ()
    config_map: str | None = None
    files: Mapping[str, str]
    data_path: str | None = None


def pod_spec(container: Container, service_account: str) -> k8s.core.v1.PodSpecArgs:
    """The spec of a pod that holds just this container, with no access to the Kubernetes API."""
    return k8s.core.v1.PodSpecArgs(
        service_account_name=service_account,
        automount_service_account_token=False,
        enable_service_links=False,
        security_context=pod_security(container.user),
        containers=[_container(container)],
        volumes=_volumes(container) or None,
    )


def _container(container: Container) -> k8s.core.v1.ContainerArgs:
    return k8s.core.v1.ContainerArgs(
        name=container.name,
        image=container.image,
        command=list(container.command) or None,
        args=list(container.args) or None,
        env=[_env(name, value) for name, value in container.env.items()],
        ports=[
            k8s.core.v1.ContainerPortArgs(name=container.port_name, container_port=container.port)
        ],
        resources=k8s.core.v1.ResourceRequirementsArgs(
            requests=_quantities(container.resources.requests),
            limits=_quantities(container.resources.limits),
        ),
        readiness_probe=_probe(container.probe, container.port_name),
        security_context=container_security(),
        volume_mounts=_mounts(container) or None,
    )


def _env(name: str, value: str | SecretKey) -> k8s.core.v1.EnvVarArgs:
    if isinstance(value, str):
        return k8s.core.v1.EnvVarArgs(name=name, value=value)
    reference = k8s.core.v1.SecretKeySelectorArgs(name=value.name, key=value.key)
    return k8s.core.v1.EnvVarArgs(
        name=name, value_from=k8s.core.v1.EnvVarSourceArgs(secret_key_ref=reference)
    )


def _quantities(amounts: Quantities) -> dict[str, str]:
    return {key: value for key, value in amounts.model_dump().items() if value is not None}


def _probe(probe: Probe, port: str) -> k8s.core.v1.ProbeArgs | None:
    if probe.http is not None:
        return k8s.core.v1.ProbeArgs(
            http_get=k8s.core.v1.HTTPGetActionArgs(path=probe.http, port=port)
        )
    if probe.exec:
        return k8s.core.v1.ProbeArgs(exec_=k8s.core.v1.ExecActionArgs(command=list(probe.exec)))
    if probe.tcp:
        return k8s.core.v1.ProbeArgs(tcp_socket=k8s.core.v1.TCPSocketActionArgs(port=port))
    return None


def _volumes(container: Container) -> list[k8s.core.v1.VolumeArgs]:
    volumes = [
        k8s.core.v1.VolumeArgs(
            name=f"writable-{index}", empty_dir=k8s.core.v1.EmptyDirVolumeSourceArgs()
        )
        for index, _ in enumerate(container.writable)
    ]
    if container.config_map is not None:
        source = k8s.core.v1.ConfigMapVolumeSourceArgs(name=container.config_map)
        volumes.append(k8s.core.v1.VolumeArgs(name="files", config_map=source))
    return volumes


def _mounts(container: Container) -> list[k8s.core.v1.VolumeMountArgs]:
    mounts = [
        k8s.core.v1.VolumeMountArgs(name=f"writable-{index}", mount_path=path)
        for index, path in enumerate(container.writable)
    ]
    mounts += [
        k8s.core.v1.VolumeMountArgs(name="files", mount_path=path, sub_path=key, read_only=True)
        for path, key in container.files.items()
    ]
    if container.data_path is not None:
        mounts.append(k8s.core.v1.VolumeMountArgs(name="data", mount_path=container.data_path))
    return mounts
