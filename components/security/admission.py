"""The policy pack's mandatory rules in the cluster, for changes that are made without Pulumi."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import pulumi
import pulumi_kubernetes as k8s
from pulumi_kubernetes.admissionregistration import v1

from components.config.stack.admission import Admission
from components.resources.labels import PART_OF
from components.security.gates import Gate, Resources, gates

_ACTIONS = {"warn": ["Warn", "Audit"], "deny": ["Deny"]}
_LABELS = {"app.kubernetes.io/part-of": PART_OF}


@dataclass(frozen=True, slots=True, kw_only=True)
class AdmissionGatesArgs:
    """The guarded namespace, and the settings of the gates. ``admission.mode`` is not ``off``."""

    namespace: str
    admission: Admission


class AdmissionGates(pulumi.ComponentResource):
    """Writes one ValidatingAdmissionPolicy per gate, bound to one namespace.

    The gates admit objects that are being deleted. If a gate cannot be evaluated, it refuses the
    request (``failurePolicy: Fail``). Source:
    https://kubernetes.io/docs/reference/access-authn-authz/validating-admission-policy/
    """

    def __init__(
        self, name: str, args: AdmissionGatesArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        """Guard the namespace. The name of each object starts with ``name``."""
        super().__init__("platform:security:AdmissionGates", name, None, opts)
        for gate in gates(args.admission):
            policy = self._policy(f"{name}-{gate.name}", gate)
            self._binding(f"{name}-{gate.name}", args, policy)
        self.register_outputs({})

    def _policy(self, name: str, gate: Gate) -> pulumi.Resource:
        return v1.ValidatingAdmissionPolicy(
            name,
            metadata=k8s.meta.v1.ObjectMetaArgs(name=name, labels=_LABELS),
            spec=v1.ValidatingAdmissionPolicySpecArgs(
                failure_policy="Fail",
                match_constraints=v1.MatchResourcesArgs(resource_rules=_rules(gate.resources)),
                match_conditions=[
                    v1.MatchConditionArgs(
                        name="stays", expression="!has(object.metadata.deletionTimestamp)"
                    )
                ],
                variables=[
                    v1.VariableArgs(name=key, expression=expression)
                    for key, expression in gate.variables.items()
                ],
                validations=[
                    v1.ValidationArgs(expression=expression, message=message)
                    for expression, message in gate.validations.items()
                ],
            ),
            opts=pulumi.ResourceOptions(parent=self),
        )

    def _binding(self, name: str, args: AdmissionGatesArgs, policy: pulumi.Resource) -> None:
        v1.ValidatingAdmissionPolicyBinding(
            name,
            metadata=k8s.meta.v1.ObjectMetaArgs(name=name, labels=_LABELS),
            spec=v1.ValidatingAdmissionPolicyBindingSpecArgs(
                policy_name=name,
                validation_actions=_ACTIONS[args.admission.mode],
                match_resources=v1.MatchResourcesArgs(
                    namespace_selector=k8s.meta.v1.LabelSelectorArgs(
                        match_labels={"kubernetes.io/metadata.name": args.namespace}
                    )
                ),
            ),
            opts=pulumi.ResourceOptions(parent=self, depends_on=[policy]),
        )


def _rules(resources: Sequence[Resources]) -> list[v1.NamedRuleWithOperationsArgs]:
    return [
        v1.NamedRuleWithOperationsArgs(
            api_groups=[entry.group],
            api_versions=["*"],
            operations=["CREATE", "UPDATE"],
            resources=list(entry.names),
        )
        for entry in resources
    ]
