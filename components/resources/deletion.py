"""How objects are deleted: with their namespace, or without a wait for what they don't own.

These are ``transformations``, which the SDK runs, and not ``transforms``, which the engine runs.
Pulumi's mocks don't run transforms, and the unit tests and ``make render`` see the program through
these mocks: they would miss what is set here. Transforms would also reach the CRDs that the
packaged component ``yaml.v2.ConfigGroup`` creates, and change each of them in existing stacks.
Sources: https://github.com/pulumi/pulumi/issues/17090,
https://www.pulumi.com/docs/iac/concepts/options/transforms/
"""

from __future__ import annotations

import copy
from collections.abc import Mapping
from typing import Any

import pulumi
import pulumi_kubernetes as k8s

OWNERS = frozenset(
    {
        "kubernetes:core/v1:Namespace",
        "kubernetes:core/v1:PersistentVolumeClaim",
        "kubernetes:apps/v1:Deployment",
        "kubernetes:apps/v1:StatefulSet",
        "kubernetes:batch/v1:CronJob",
        "kubernetes:postgresql.cnpg.io/v1:Cluster",
        "kubernetes:flagger.app/v1beta1:Canary",
    }
)
"""The types whose deletion takes time: they own pods or volumes, or have a finalizer."""

# When the provider deletes in the foreground, it may miss the event of the deletion. It then waits
# ten minutes.
_BACKGROUND = {"pulumi.com/deletionPropagationPolicy": "background"}


def at_once(
    args: pulumi.ResourceTransformationArgs,
) -> pulumi.ResourceTransformationResult | None:
    """A transformation that deletes objects in the background, except for :data:`OWNERS`.

    The API server then deletes an object within the request itself. The metadata may be typed
    arguments, a mapping or an output of either, and so may its annotations.
    Source: https://kubernetes.io/docs/concepts/architecture/garbage-collection/#background-deletion
    """
    metadata: Any = args.props.get("metadata")
    if not args.type_.startswith("kubernetes:") or args.type_ in OWNERS or metadata is None:
        return None
    return pulumi.ResourceTransformationResult(
        props={**args.props, "metadata": _in_background(metadata)}, opts=args.opts
    )


def _in_background(metadata: Any) -> Any:
    if isinstance(metadata, pulumi.Output):
        return metadata.apply(_in_background)
    if isinstance(metadata, Mapping):
        return {**metadata, "annotations": _annotated(metadata.get("annotations"))}
    metadata = copy.copy(metadata)
    metadata.annotations = _annotated(metadata.annotations)
    return metadata


def _annotated(annotations: Any) -> Any:
    if isinstance(annotations, pulumi.Output):
        return annotations.apply(_annotated)
    return {**(annotations or {}), **_BACKGROUND}


def with_namespace(namespace: k8s.core.v1.Namespace) -> pulumi.ResourceTransformation:
    """A transformation that deletes each object with the namespace, and not by a request."""

    def transform(
        args: pulumi.ResourceTransformationArgs,
    ) -> pulumi.ResourceTransformationResult | None:
        if not args.type_.startswith("kubernetes:"):
            return None
        opts = pulumi.ResourceOptions.merge(
            args.opts, pulumi.ResourceOptions(deleted_with=namespace)
        )
        return pulumi.ResourceTransformationResult(props=args.props, opts=opts)

    return transform
