"""What a canary has to show before its new version gets more requests."""

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
    "No proxy runs on this cluster (`linkerd.unsupported: warn` says so), so nothing is measured."
)


def check(stack: Stack, wanted: Sequence[Raise], *, force: bool) -> None:
    """Let the weights be raised, or raise :class:`DeployError` with every reason against it.

    A step is at most the canary's ``maxStep``. A raise from zero is not asked about further: there
    are no requests to judge by. ``force`` lets everything pass, and says what it passed.
    """
    _steps(stack, wanted, force=force)
    asked = [one for one in wanted if one.present]
    settings = stack.canary_settings()
    if asked and settings.linkerd.unsupported == "warn":
        print(f"{NO_DATA_PLANE} The canary is not asked how it does.")
        return
    refused = list(_refused(stack, settings, asked))
    if refused and not force:
        raise DeployError("\n".join(_advice(one, why) for one, why in refused))
    for one, why in refused:
        print(f"FORCE=1: the weight is raised although: {one.service}: {why}")


def check_deployed(
    stack: Stack,
    outputs: Callable[[], Mapping[str, Any]],
    *,
    judged: Sequence[Raise] = (),
    measure: bool,
    force: bool,
) -> None:
    """The same for every weight in the stack's file that is above the deployed one.

    ``outputs`` gives the stack's outputs; it is asked only where a weight could be a raise.
    ``judged`` are raises that were checked already. Without ``measure``, for a preview, nothing but
    the size of the steps counts: how a canary does is a matter of the moment.
    """
    try:
        canaries = stack.canary_settings().canaries
    except DeployError:
        return  # The program tells this together with every other mistake.
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
        f"Its weight stays at {refused.present} %. `make canary-status` shows more, "
        f"`make rollback SERVICE={refused.service}` takes its requests away, and FORCE=1 raises "
        "the weight all the same."
    )


def ask(stack: Stack, service: str, canary: Canary) -> Verdict:
    """The verdict over the new version's traffic. Raises :class:`metrics.MetricsError`."""
    settings = stack.canary_settings()
    new = versions.deployments(stack, service, canary).new
    with prometheus.reached(stack.cluster(), settings.linkerd) as prom:
        traffic = metrics.read(prom, settings.namespace, [new], canary.window)
    return judge(canary, traffic[new])
