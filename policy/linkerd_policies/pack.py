"""Turns the table of rules into policies of the Pulumi SDK."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from pulumi_policy import (
    EnforcementLevel,
    Policy,
    PolicyConfigSchema,
    PolicyResource,
    ReportViolation,
    ResourceValidationArgs,
    ResourceValidationPolicy,
    StackValidationArgs,
    StackValidationPolicy,
)

from .model import ResourceRule, Rule, StackRule
from .objects import KubeObject, demand_items, objects_of

PACK_NAME = "linkerd-platform"


def build_policies(rules: Sequence[Rule]) -> list[Policy]:
    """One policy per rule, each mandatory.

    Raises TypeError for a rule that is neither a ResourceRule nor a StackRule.
    """
    return [_policy(rule) for rule in rules]


def _policy(rule: Rule) -> Policy:
    if isinstance(rule, ResourceRule):
        return _resource_policy(rule)
    if isinstance(rule, StackRule):
        return _stack_policy(rule)
    raise TypeError(f"{rule.name} is neither a ResourceRule nor a StackRule")


def _resource_policy(rule: ResourceRule) -> Policy:
    def validate(args: ResourceValidationArgs, report: ReportViolation) -> None:
        objects = [obj for obj in _objects(args) if rule.applies(obj)]
        demand_items(args.resource_type, args.props)
        if not objects:
            args.not_applicable(f"{args.resource_type} is none of the rule's kinds")
        settings = rule.resolve(args.get_config())
        for obj in objects:
            for message in rule.check(obj, settings):
                report(message, None)

    return ResourceValidationPolicy(validate=validate, **_metadata(rule))


def _stack_policy(rule: StackRule) -> Policy:
    def validate(args: StackValidationArgs, report: ReportViolation) -> None:
        objects = [obj for resource in args.resources for obj in _objects(resource)]
        for finding in rule.check(objects, rule.resolve(args.get_config())):
            report(finding.message, finding.urn)

    return StackValidationPolicy(validate=validate, **_metadata(rule))


def _objects(resource: ResourceValidationArgs | PolicyResource) -> Iterator[KubeObject]:
    return objects_of(
        resource.resource_type,
        resource.props,
        resource.urn,
        resource.name,
        protected=resource.opts.protect,
        provider=resource.provider.urn if resource.provider else "",
    )


def _metadata(rule: Rule) -> dict[str, Any]:
    properties = {setting.name: setting.json_schema() for setting in rule.settings}
    return {
        "name": rule.name,
        "display_name": rule.display_name,
        "description": rule.description,
        "enforcement_level": EnforcementLevel.MANDATORY,
        "severity": rule.severity,
        "tags": list(rule.tags),
        "remediation_steps": rule.remediation,
        "url": rule.url,
        "config_schema": PolicyConfigSchema(properties) if properties else None,
    }
