"""Judges resources by all rules at once. Each resource is read only once.

:mod:`linkerd_policies.framework.analyzer` translates the verdicts into the engine's protocol.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pulumi_policy.proxy import UnknownValueError

from linkerd_policies.framework.clusters import by_cluster
from linkerd_policies.framework.configuration import PACK, Configuration
from linkerd_policies.framework.exemptions import Exemption, covering
from linkerd_policies.framework.model import Change, Finding, ResourceRule, Rule, StackRule
from linkerd_policies.framework.objects import KubeObject, demand_items, objects_of

MANDATORY, ADVISORY, DISABLED, REMEDIATE = "mandatory", "advisory", "disabled", "remediate"
NOT_EVALUATED = "Not evaluated"
"""The beginning of a note on a rule that could not be checked. Reports look for it."""


@dataclass(frozen=True, slots=True)
class Resource:
    """A resource that the engine asks about, with the Kubernetes objects in it."""

    type: str
    urn: str
    props: Mapping[str, Any]
    objects: tuple[KubeObject, ...]

    @classmethod
    def read(
        cls,
        token: str,
        urn: str,
        name: str,
        props: Mapping[str, Any],
        *,
        protected: bool,
        provider: str,
    ) -> Resource:
        """The resource of type ``token``. Its ``props`` raise where a value is unknown."""
        found = objects_of(token, props, urn, name, protected=protected, provider=provider)
        return cls(token, urn, props, tuple(found))

    @property
    def is_object(self) -> bool:
        """Whether it is a single object, not a list."""
        return len(self.objects) == 1 and self.objects[0].props is self.props

    @property
    def hides_objects(self) -> bool:
        """Whether it is a list with items that the preview does not know."""
        try:
            demand_items(self.type, self.props)
        except UnknownValueError:
            return True
        return False


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What the engine reports: ``level`` is mandatory or advisory, ``rule`` a rule's name.

    An empty ``urn`` is the resource that the engine asked about, or the stack.
    """

    rule: str
    message: str
    level: str
    urn: str = ""


class Evaluator:
    """The rules of one run with their configuration. Remembers which exemptions were used."""

    def __init__(self, rules: Sequence[Rule], configuration: Configuration) -> None:
        """Index the enabled rules by the kinds that they check.

        ``resource_rules`` has the names of those that check single resources.
        """
        self._configuration = configuration
        self._by_kind: dict[tuple[str, str], list[ResourceRule]] = defaultdict(list)
        self._remediable: dict[tuple[str, str], list[Rule]] = defaultdict(list)
        self._stack_rules: list[StackRule] = []
        self.resource_rules: list[str] = []
        self._used: set[Exemption] = set()
        for rule in rules:
            if configuration.level(rule) == DISABLED:
                continue
            if configuration.level(rule) == REMEDIATE:
                for kind in rule.remediable:
                    self._remediable[kind].append(rule)
            if isinstance(rule, StackRule):
                self._stack_rules.append(rule)
            elif isinstance(rule, ResourceRule):
                self.resource_rules.append(rule.name)
                for kind in rule.kinds:
                    self._by_kind[kind].append(rule)

    def rules_for(self, resource: Resource) -> list[ResourceRule]:
        """The rules that check any of the resource's objects."""
        found = (rule for obj in resource.objects for rule in self._applying(obj))
        return list({rule.name: rule for rule in found}.values())

    def judge(self, resource: Resource) -> Iterator[Verdict]:
        """The verdicts on one resource."""
        if resource.hides_objects:
            yield self._unjudged(PACK, "The rules", "the list", resource.urn, "items")
        for obj in resource.objects:
            for rule in self._applying(obj):
                yield from self._judge(rule, obj)

    def judge_stack(self, resources: Sequence[Resource]) -> Iterator[Verdict]:
        """The verdicts on all resources together, and on the exemptions."""
        objects = [obj for resource in resources for obj in resource.objects]
        names, clusters = _names_by_urn(objects), by_cluster(objects)
        for rule in self._stack_rules:
            for cluster in clusters:
                yield from self._judge_stack(rule, cluster, names)
        yield from self._unused()

    @property
    def remediates(self) -> bool:
        """Whether any rule may change a resource."""
        return bool(self._remediable)

    def changes(self, rule: Rule, resource: Resource) -> list[Change]:
        """What a remediation sets; none unless the resource is one object and all is known."""
        if rule.remediate is None or not resource.is_object:
            return []
        try:
            return list(rule.remediate(resource.objects[0], self._settings(rule)))
        except UnknownValueError:
            return []

    def remediating(self, resource: Resource) -> list[Rule]:
        """The rules that may change the resource, because the configuration asks for it."""
        return [
            rule for obj in resource.objects for rule in self._remediable.get(obj.group_kind, ())
        ]

    def _applying(self, obj: KubeObject) -> Iterator[ResourceRule]:
        return (rule for rule in self._by_kind.get(obj.group_kind, ()) if rule.applies(obj))

    def _settings(self, rule: Rule) -> Mapping[str, Any]:
        return self._configuration.settings[rule.name]

    def _judge(self, rule: ResourceRule, obj: KubeObject) -> Iterator[Verdict]:
        exemptions = self._exemptions(rule)
        exemption = covering(exemptions, obj.urn, str(obj)) if exemptions else None
        found: list[str] = []
        try:
            # One by one: what was found before something unknown is read counts, too.
            for message in rule.check(obj, self._settings(rule)):
                found.append(message)
        except UnknownValueError as error:
            yield self._exempted(rule, exemption, self._not_run(rule, str(obj), obj.urn, error))
        for message in found:
            yield self._exempted(rule, exemption, self._violation(rule, message, obj.urn))

    def _judge_stack(
        self, rule: StackRule, objects: Sequence[KubeObject], names: Mapping[str, str | None]
    ) -> Iterator[Verdict]:
        def judged(finding: Finding) -> Verdict:
            exemption = covering(self._exemptions(rule), finding.urn, names.get(finding.urn))
            return self._exempted(
                rule, exemption, self._violation(rule, finding.message, finding.urn)
            )

        found: list[Finding] = []
        try:
            for finding in rule.check(objects, self._settings(rule)):
                found.append(finding)
        except UnknownValueError as error:
            yield self._not_run(rule, "the stack", "", error)
        yield from map(judged, found)

    def _exemptions(self, rule: Rule) -> Sequence[Exemption]:
        return self._configuration.exemptions.get(rule.name, ())

    def _violation(self, rule: Rule, message: str, urn: str) -> Verdict:
        return Verdict(rule=rule.name, message=message, level=self._level(rule), urn=urn)

    def _level(self, rule: Rule) -> str:
        level = self._configuration.level(rule)
        # What a remediation could not correct is still a violation.
        return MANDATORY if level == REMEDIATE else level

    def _not_run(self, rule: Rule, what: str, urn: str, error: UnknownValueError) -> Verdict:
        mandatory = self._level(rule) == MANDATORY
        path = ".".join(error.props)
        return self._unjudged(rule.name, rule.name, what, urn, path, mandatory=mandatory)

    def _unjudged(
        self, policy: str, rules: str, what: str, urn: str, path: str, *, mandatory: bool = True
    ) -> Verdict:
        denies = mandatory and self._configuration.denies_unknowns
        message = f"{rules} cannot be checked on {what}: {path} can't be known during preview."
        level = MANDATORY if denies else ADVISORY
        return Verdict(rule=policy, message=f"{NOT_EVALUATED}: {message}", level=level, urn=urn)

    def _exempted(self, rule: Rule, exemption: Exemption | None, verdict: Verdict) -> Verdict:
        if exemption is None:
            return verdict
        self._used.add(exemption)
        note = exemption.note(verdict.message)
        return Verdict(rule=rule.name, message=note, level=ADVISORY, urn=verdict.urn)

    def _unused(self) -> Iterator[Verdict]:
        for exemptions in self._configuration.exemptions.values():
            for one in exemptions:
                if one not in self._used:
                    yield Verdict(rule=one.rule, message=one.unused(), level=ADVISORY)


def _names_by_urn(objects: Sequence[KubeObject]) -> dict[str, str | None]:
    """The name of each resource's object in messages; ``None`` where a resource has several."""
    names: dict[str, str | None] = {}
    for obj in objects:
        names[obj.urn] = None if obj.urn in names else str(obj)
    return names
