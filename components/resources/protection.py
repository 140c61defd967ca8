"""Protects what holds data: the engine refuses to delete or replace it."""

from __future__ import annotations

import pulumi

HOLD_DATA = frozenset(
    {
        "kubernetes:apps/v1:StatefulSet",
        "kubernetes:core/v1:PersistentVolumeClaim",
        "kubernetes:postgresql.cnpg.io/v1:Cluster",
    }
)
"""The types of what takes data with it when it goes."""


def protect(
    args: pulumi.ResourceTransformationArgs,
) -> pulumi.ResourceTransformationResult | None:
    """A transformation that protects what holds data, and nothing else."""
    if args.type_ not in HOLD_DATA:
        return None
    opts = pulumi.ResourceOptions.merge(args.opts, pulumi.ResourceOptions(protect=True))
    return pulumi.ResourceTransformationResult(props=args.props, opts=opts)
