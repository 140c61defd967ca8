"""How objects are deleted: with their namespace, or without a wait for what they don't own."""

from __future__ import annotations

import copy
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
"""The types of what is only gone when something else is: pods, volumes, what a finalizer keeps."""

# In the foreground, the provider may miss the event of the end, for which it waits ten minutes.
_BACKGROUND = {"pulumi.com/deletionPropagationPolicy": "background"}


def at_once(
    args: pulumi.ResourceTransformationArgs,
) -> pulumi.ResourceTransformationResult | None:
    """A transformation: the API server deletes what owns nothing within the request itself.

    Source: https://kubernetes.io/docs/concepts/architecture/garbage-collection/#background-deletion
    """
    metadata: Any = args.props.get("metadata")
    if not args.type_.startswith("kubernetes:") or args.type_ in OWNERS or metadata is None:
        return None
    metadata = copy.copy(metadata)
    metadata.annotations = {**(metadata.annotations or {}), **_BACKGROUND}
    return pulumi.ResourceTransformationResult(
        props={**args.props, "metadata": metadata}, opts=args.opts
    )


def with_namespace(namespace: k8s.core.v1.Namespace) -> pulumi.ResourceTransformation:
    """A transformation: a destroy spares each object, since the namespace takes them all along."""

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
