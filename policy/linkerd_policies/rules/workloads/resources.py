"""Workloads: what containers request and may use."""

from __future__ import annotations

from collections.abc import Iterator

from pulumi_policy import Severity

from linkerd_policies.framework.model import Settings, StackRule, subset
from linkerd_policies.framework.objects import peek
from linkerd_policies.reading.meshed_workloads import Container, Workload, for_containers, wanted
from linkerd_policies.reading.quantities import is_above_zero
from linkerd_policies.reading.settings import MESHED_SETTINGS
from linkerd_policies.rules import groups
from linkerd_policies.rules.examples import GOOD, without

REQUIRED = subset(
    "required",
    "What each container must set.",
    allowed=("requests.cpu", "requests.memory", "limits.cpu", "limits.memory"),
    default=("requests.cpu", "limits.memory"),
)


def check_resources(workload: Workload, container: Container, settings: Settings) -> Iterator[str]:
    """A container has requests and limits."""
    if container.field == "ephemeralContainers":  # these cannot have any
        return
    for place in settings[REQUIRED.name]:
        value = peek(container.spec, "resources", *place.split("."))
        path = f"{container.path}.resources.{place}"
        message = f'Set {path} of {workload.obj} to a quantity above zero, such as "50m" or "64Mi".'
        yield from wanted(workload, path, value, is_above_zero(value), message)


WORKLOAD_RESOURCES = StackRule(
    name="linkerd-workload-resources",
    display_name="Meshed containers have requests and limits",
    group=groups.WORKLOADS.name,
    severity=Severity.MEDIUM,
    tags=("linkerd", "workloads", "reliability"),
    description="Every container of a meshed workload requests CPU and has a memory limit.",
    why=(
        "A node that runs out of memory evicts pods, and their proxies with them. Without a CPU "
        "request a container can starve beside its own proxy, and an autoscaler that uses the "
        "CPU cannot work."
    ),
    remediation="Set resources.requests and resources.limits on each container.",
    source="https://kubernetes.io/docs/concepts/configuration/manage-resources-containers/",
    settings=(REQUIRED, *MESHED_SETTINGS),
    check=for_containers(check_resources),
    bad=without("            limits: {memory: 128Mi}\n"),
    good=GOOD,
)

RULES = (WORKLOAD_RESOURCES,)
