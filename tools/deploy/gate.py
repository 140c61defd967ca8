"""What a canary has to show before its new version gets more requests."""

from __future__ import annotations

from decimal import Decimal

from components.settings_canary import Canary
from tools.deploy import metrics, prometheus, versions
from tools.deploy.canary_verdict import Outcome, Verdict, judge
from tools.deploy.errors import DeployError
from tools.deploy.stack import Stack

NO_DATA_PLANE = (
    "No proxy runs on this cluster (`linkerd.unsupported: warn` says so), so nothing is measured."
)


def check(stack: Stack, service: str, weight: Decimal, *, force: bool) -> None:
    """Let a canary's weight become ``weight`` per cent, or raise :class:`DeployError`.

    Only a raise from above zero is asked about: before, there are no requests to judge by, and
    whoever lowers a weight has a reason. ``force`` lets everything pass, and says what it passed.
    """
    settings = stack.canary_settings()
    canary = settings.canaries.get(service)
    if canary is None or not canary.weight or weight <= canary.weight:
        return
    if settings.linkerd.unsupported == "warn":
        print(f"{NO_DATA_PLANE} The canary is not asked how it does.")
        return
    try:
        refusal = _refusal(stack, service, canary)
    except metrics.MetricsError as error:
        refusal = str(error)
    if refusal is None:
        return
    if not force:
        raise DeployError(
            f"{service}: {refusal}\n"
            f"Its weight stays at {canary.weight} %. `make canary-status` shows more, "
            f"`make rollback SERVICE={service}` takes its requests away, and FORCE=1 raises the "
            "weight all the same."
        )
    print(f"FORCE=1: the weight is raised although: {refusal}")


def _refusal(stack: Stack, service: str, canary: Canary) -> str | None:
    verdict = ask(stack, service, canary)
    return None if verdict.outcome is Outcome.READY else verdict.text


def ask(stack: Stack, service: str, canary: Canary) -> Verdict:
    """The verdict over the new version's traffic. Raises :class:`metrics.MetricsError`."""
    settings = stack.canary_settings()
    new = versions.deployments(stack, service, canary).new
    with prometheus.reached(stack.cluster(), settings.linkerd) as prom:
        traffic = metrics.read(prom, settings.namespace, [new], canary.window)
    return judge(canary, traffic[new])
