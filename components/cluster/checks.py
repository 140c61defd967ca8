"""Checks a stack's cluster before anything is changed in it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from typing import TypeAlias

from components.cluster import (
    certificates,
    cluster_wide,
    connection,
    crd_gates,
    folders,
    guards,
    kube_system,
    ownership,
    preflight,
    secrets,
    shape,
)
from components.cluster.connection import Unreachable
from components.cluster.facts import ClusterContext, Facts
from components.config.problems import ConfigurationError, located
from components.config.stack.settings import Cluster, Settings
from components.findings import Finding

Rule: TypeAlias = Callable[[ClusterContext], Iterator[Finding]]

RULES: tuple[Rule, ...] = (
    guards.cluster_is_the_configs,
    guards.cluster_is_the_stacks,
    guards.release_is_no_downgrade,
    ownership.namespaces_are_the_stacks,
    ownership.mesh_is_the_stacks,
    preflight.kubernetes_suits_the_release,
    preflight.kubernetes_has_native_sidecars,
    preflight.kubernetes_can_pause_before_a_stop,
    preflight.kubernetes_has_gates,
    preflight.nodes_suffice,
    preflight.crds_are_ours,
    preflight.crds_suit_the_release,
    preflight.crds_can_limit_egress,
    shape.domain_is_the_clusters,
    shape.networks_are_the_clusters,
    shape.cni_plugin_is_there,
    folders.charts_are_there,
    folders.crds_are_there,
)
"""Every rule about the cluster: a new one is a function and a line here."""

RULES_THAT_ASK: tuple[Rule, ...] = (
    cluster_wide.cluster_wide_objects_are_the_stacks,
    crd_gates.cluster_takes_the_experimental_crds,
    certificates.proxies_keep_their_trust,
    secrets.existing_secrets_are_there,
)
"""The rules that have questions of their own. They raise :class:`Unreachable`."""

DEPLOYED: Mapping[Rule, Callable[[ClusterContext], bool]] = {
    preflight.kubernetes_suits_the_release: guards.is_release_deployed,
    preflight.nodes_suffice: guards.is_high_availability_deployed,
    preflight.crds_suit_the_release: guards.are_crds_in_use,
}
"""Rules that warn where what they are about is deployed already, and when it is.

The cluster has changed then, not the settings: a node is down, or somebody upgraded it. A run that
asks for nothing new, such as a fix of an image, has to pass.
"""


def check(settings: Settings, *, file: str, stack: str | None = None) -> Facts | None:
    """Make sure that the cluster answers, is the stack's own, and is fit for the settings.

    ``file`` is the stack's config file, for messages. ``stack`` is ``project/stack``, ``None``
    where the cluster belongs to no stack. Returns what the cluster answered, ``None`` where
    ``cluster.check`` is off. Raises :class:`ConfigurationError`.
    """
    if not settings.cluster.check:
        return None
    try:
        facts = connection.ask(settings)
        context = ClusterContext(settings=settings, facts=facts, stack=stack)
        findings = [
            each for rule in RULES if not _only_warns(rule, context) for each in rule(context)
        ]
        # These ask again, so only a cluster that is the right one.
        findings = findings or [each for rule in RULES_THAT_ASK for each in rule(context)]
        if settings.linkerd.high_availability and not findings:
            facts = replace(facts, kube_system_is_locked=kube_system.is_locked(settings.cluster))
    except Unreachable as error:
        findings = [_unreachable(settings.cluster, error)]
    if findings:
        raise ConfigurationError(located(file, findings)) from None
    return facts


def warnings(settings: Settings, facts: Facts | None) -> Iterator[str]:
    """What the cluster no longer fits, of what is deployed to it, and guards' own warnings."""
    yield from guards.warnings(settings.linkerd, facts)
    if facts is None:
        return
    context = ClusterContext(settings=settings, facts=facts)
    for rule in DEPLOYED:
        if _only_warns(rule, context):
            yield from (
                f"{each.path}: found {each.found}, allowed {each.allowed}. "
                f"It is deployed already, so the run goes on. {each.fix}"
                for each in rule(context)
            )


def _only_warns(rule: Rule, context: ClusterContext) -> bool:
    return rule in DEPLOYED and DEPLOYED[rule](context)


def _unreachable(cluster: Cluster, error: Unreachable) -> Finding:
    return Finding(
        path="cluster.kubeconfig",
        found=f"{cluster.kubeconfig or 'the default kubeconfig'}: {error}",
        allowed="the kubeconfig of a cluster that answers",
        fix="Start the cluster, or correct `cluster` in the stack's config or $KUBECONFIG.",
    )
