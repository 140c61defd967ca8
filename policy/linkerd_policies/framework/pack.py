"""Declares the rules to the SDK: names, levels, schemas. :mod:`.analyzer` evaluates them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from pulumi_policy import (
    EnforcementLevel,
    Policy,
    PolicyConfigSchema,
    ResourceValidationPolicy,
    StackValidationPolicy,
)

from linkerd_policies.framework import exemptions
from linkerd_policies.framework.configuration import PACK, PACK_SETTINGS
from linkerd_policies.framework.model import ResourceRule, Rule, Setting, StackRule

PACK_NAME = "linkerd-platform"


class ResourceDeclaration(ResourceValidationPolicy):
    """The declaration of a rule on single resources. The SDK cannot run it by itself."""


class StackDeclaration(StackValidationPolicy):
    """The declaration of a rule on the stack. The SDK cannot run it by itself."""


def build_policies(rules: Sequence[Rule]) -> list[Policy]:
    """One policy per rule, each mandatory, and one that carries the settings of the pack.

    Raises TypeError for a rule that is neither a ResourceRule nor a StackRule.
    """
    return [*map(_policy, rules), _pack_settings()]


def _policy(rule: Rule) -> Policy:
    if isinstance(rule, ResourceRule):
        return ResourceDeclaration(**_metadata(rule))
    if isinstance(rule, StackRule):
        return StackDeclaration(**_metadata(rule))
    raise TypeError(f"{rule.name} is neither a ResourceRule nor a StackRule")


def _metadata(rule: Rule) -> dict[str, Any]:
    return {
        "name": rule.name,
        "display_name": rule.display_name,
        "description": rule.description,
        "enforcement_level": EnforcementLevel.MANDATORY,
        "severity": rule.severity,
        "tags": list(rule.tags),
        "remediation_steps": rule.remediation,
        "url": rule.url,
        "config_schema": _schema((*rule.settings, exemptions.SETTING)),
    }


def _pack_settings() -> Policy:
    """Not a rule. The engine accepts settings only under the name of a policy."""
    return ResourceDeclaration(
        name=PACK,
        display_name="Settings of the pack",
        description="The settings of the pack as a whole.",
        enforcement_level=EnforcementLevel.MANDATORY,
        url="docs/policies.md",
        config_schema=_schema(PACK_SETTINGS),
    )


def _schema(settings: Sequence[Setting]) -> PolicyConfigSchema:
    return PolicyConfigSchema({setting.name: setting.json_schema() for setting in settings})
