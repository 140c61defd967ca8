"""The resource options of what a stack puts into its namespace."""

from __future__ import annotations

from dataclasses import dataclass

import pulumi
import pulumi_kubernetes as k8s

from components.resources import deletion
from components.resources.protection import protect


@dataclass(frozen=True, slots=True, kw_only=True)
class NamespaceOptions:
    """Makes the options of components and resources that follow the services' namespace.

    ``protect_data``: whether to protect the objects that hold data.
    """

    parent: pulumi.Resource
    provider: k8s.Provider
    namespace: k8s.core.v1.Namespace
    protect_data: bool

    def deleted_first(self, *depends_on: pulumi.Resource) -> pulumi.ResourceOptions:
        """For objects that are deleted one by one, before the namespace."""
        return pulumi.ResourceOptions(
            parent=self.parent,
            providers=[self.provider],
            depends_on=[self.namespace, *depends_on],
        )

    def deleted_with_namespace(self, *depends_on: pulumi.Resource) -> pulumi.ResourceOptions:
        """For objects that the deletion of the namespace deletes as well: most of them."""
        options = self.deleted_first(*depends_on)
        options.transformations = [deletion.with_namespace(self.namespace)]
        if self.protect_data:
            options.transformations.append(protect)
        return options


def moved_out_of(
    component_type: str, component_name: str, opts: pulumi.ResourceOptions
) -> pulumi.ResourceOptions:
    """The options, with an alias for a resource that was once the child of a component.

    The component was a child of ``opts.parent``. The alias keeps the resource in the state of
    existing stacks; only the component's own entry goes. Source:
    https://www.pulumi.com/docs/iac/concepts/options/aliases/
    """
    former = pulumi.create_urn(component_name, component_type, parent=opts.parent)
    alias = pulumi.ResourceOptions(aliases=[pulumi.Alias(parent=former)])
    return pulumi.ResourceOptions.merge(opts, alias)
