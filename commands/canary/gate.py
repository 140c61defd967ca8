"""The gate: what a canary's metrics must show before its new version gets more requests."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from commands.canary import metrics, prometheus, versions
from commands.canary.steps import Raise, raises
from commands.canary.verdict import Outcome, Verdict, judge
from commands.deploy.errors import DeployError
from commands.deploy.stack import Stack
from components.config.problems import render as render_problems
from components.config.stack.canary import Canary
from components.config.stack.settings import Settings

NO_DATA_PLANE = (
    "This stack has no data plane (`linkerd.unsupported: warn`), so there are no metrics."
)


def check(stack: Stack, wanted: Sequence[Raise], *, force: bool) -> None:
    """Raise :class:`DeployError` with every reason why the weights may not be raised.

    A step is at most the canary's ``maxStep``. For a raise from zero nothing else is checked, since
    there are no requests to judge by. With ``force`` the reasons are only printed.
    """
    _steps(stack, wanted, force=force)
    asked = [one for one in wanted if one.present]
    settings = stack.canary_settings()
    if asked and settings.linkerd.unsupported == "warn":
        print("Success rate not checked: this stack has no data plane.")
        return
    refused = list(_refused(stack, settings, asked))
    if refused and not force:
        raise DeployError("\n".join(_advice(one, why) for one, why in refused))
    for one, why in refused:
        print(f"FORCE=1: the weight of {one.service} is raised despite this: {why}")


def check_deployed(
    stack: Stack,
    outputs: Callable[[], Mapping[str, Any]],
    *,
    judged: Sequence[Raise] = (),
    measure: bool,
    force: bool,
) -> None:
    """Check every weight in the stack's file that is above the deployed one.

    ``outputs`` gives the stack's outputs; it is called only where a weight could be a raise.
    ``judged`` are raises that were checked already. Without ``measure``, for a preview, only the
    size of the steps is checked, not the metrics: they may differ when the change is deployed.
    """
    try:
        canaries = stack.canary_settings().canaries
    except DeployError:
        return  # The program reports this together with every other mistake.
    if not any(canary.weight for canary in canaries.values()):
        return
    wanted = [one for one in raises(canaries, outputs()) if one not in judged]
    if measure:
        check(stack, wanted, force=force)
    else:
        _steps(stack, wanted, force=force)


def _steps(stack: Stack, wanted: Sequence[Raise], *, force: bool) -> None:
    canaries = stack.canary_settings().canaries
    found = [one.problem(stack.file.name, canaries.get(one.service, Canary())) for one in wanted]
    problems = [problem for problem in found if problem is not None]
    if problems and not force:
        raise DeployError(render_problems(problems))
    for problem in problems:
        print(f"FORCE=1: {problem.path} is {problem.found}")


def _refused(
    stack: Stack, settings: Settings, wanted: Sequence[Raise]
) -> Iterator[tuple[Raise, str]]:
    for one in wanted:
        try:
            verdict = ask(stack, one.service, settings.canaries[one.service])
        except metrics.MetricsError as error:
            yield one, str(error)
        else:
            if verdict.outcome is not Outcome.READY:
                yield one, verdict.text


def _advice(refused: Raise, why: str) -> str:
    return (
        f"{refused.service}: {why}\n"
        f"Its weight stays at {refused.present} %. `make canary-status` shows more. "
        f"`make rollback SERVICE={refused.service}` sends it no more requests. FORCE=1 raises the "
        "weight anyway."
    )


def ask(stack: Stack, service: str, canary: Canary) -> Verdict:
    """The verdict on the new version's traffic. Raises :class:`metrics.MetricsError`."""
    settings = stack.canary_settings()
    new = versions.deployments(stack, service, canary).new
    with prometheus.reached(stack.cluster(), settings.linkerd) as prom:
        traffic = metrics.read(prom, settings.namespace, service, [new], canary.window)
    return judge(canary, traffic[new])
