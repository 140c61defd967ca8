"""Protects objects that hold data: the engine refuses to delete or replace them.

:mod:`components.resources.deletion` says why this is no ``transform``.
"""

from __future__ import annotations

import pulumi

HOLD_DATA = frozenset(
    {
        "kubernetes:apps/v1:StatefulSet",
        "kubernetes:core/v1:PersistentVolumeClaim",
        "kubernetes:postgresql.cnpg.io/v1:Cluster",
    }
)
"""The types whose deletion also deletes data."""


def protect(
    args: pulumi.ResourceTransformationArgs,
) -> pulumi.ResourceTransformationResult | None:
    """A transformation that protects objects that hold data, and nothing else."""
    if args.type_ not in HOLD_DATA:
        return None
    opts = pulumi.ResourceOptions.merge(args.opts, pulumi.ResourceOptions(protect=True))
    return pulumi.ResourceTransformationResult(props=args.props, opts=opts)
