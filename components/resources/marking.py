"""Marks each namespace that the program makes as the stack's own."""

from __future__ import annotations

import copy
from typing import Any

import pulumi

NAMESPACE = "kubernetes:core/v1:Namespace"


def of_namespaces(annotation: str, value: str) -> pulumi.ResourceTransformation:
    """A transformation that gives each namespace the annotation.

    One of ``transformations``, for the reasons in :mod:`components.resources.deletion`.
    """

    def transform(
        args: pulumi.ResourceTransformationArgs,
    ) -> pulumi.ResourceTransformationResult | None:
        if args.type_ != NAMESPACE:
            return None
        metadata: Any = copy.copy(args.props["metadata"])
        metadata.annotations = {**(metadata.annotations or {}), annotation: value}
        return pulumi.ResourceTransformationResult(
            props={**args.props, "metadata": metadata}, opts=args.opts
        )

    return transform
