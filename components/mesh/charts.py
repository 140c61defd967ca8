"""Helm releases, from the chart source that the stack sets."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pulumi
import pulumi_kubernetes as k8s

from components.config.stack.settings import Charts, Linkerd
from components.linkerd import releases

TIMEOUT_SECONDS = 300


@dataclass(frozen=True, slots=True, kw_only=True)
class Chart:
    """One chart to install: its name, and unless it is in a directory, version and repository."""

    name: str
    version: str | None
    repository: str | None

    @classmethod
    def of_linkerd(cls, release: releases.Release, name: str, source: Charts) -> Chart:
        """A chart of the Linkerd release. Raises ``KeyError`` if the release does not have it."""
        version = release.charts[name]
        if source.directory is not None:
            return cls(name=_in(source.directory, name), version=None, repository=None)
        return cls(name=name, version=version, repository=source.repository or release.repository)

    @classmethod
    def of_project(cls, chart: releases.Other, source: Charts) -> Chart:
        """A chart of another project, which a mirror of Linkerd's repository does not have."""
        if source.directory is not None:
            return cls(name=_in(source.directory, chart.name), version=None, repository=None)
        return cls(name=chart.name, version=chart.version, repository=chart.repository)


def _in(directory: str, chart: str) -> str:
    # Without a slash at its start, Helm would look for the folder in a repository.
    folder = f"{directory.rstrip('/')}/{chart}"
    return folder if folder.startswith("/") else f"./{folder}"


def crds_options(
    linkerd: Linkerd, *, parent: pulumi.Resource, after: Sequence[pulumi.Resource]
) -> pulumi.ResourceOptions:
    """Options of a resource that installs CRDs: deleting a CRD deletes all objects of its kind."""
    return pulumi.ResourceOptions(
        parent=parent,
        depends_on=list(after),
        protect=linkerd.crds == "protect",
        retain_on_delete=linkerd.crds == "retain",
    )


def helm_release(
    name: str,
    chart: Chart,
    *,
    namespace: pulumi.Input[str],
    values: Mapping[str, Any],
    opts: pulumi.ResourceOptions,
) -> k8s.helm.v3.Release:
    """Install the chart as the Helm release called ``name`` and wait until it is ready.

    The name is fixed, so that people can find the release with ``helm list``.
    """
    repository = chart.repository
    return k8s.helm.v3.Release(
        name,
        k8s.helm.v3.ReleaseArgs(
            name=name,
            chart=chart.name,
            version=chart.version,
            repository_opts=k8s.helm.v3.RepositoryOptsArgs(repo=repository) if repository else None,
            namespace=namespace,
            values=dict(values),
            timeout=TIMEOUT_SECONDS,
            cleanup_on_fail=True,
        ),
        opts=opts,
    )
