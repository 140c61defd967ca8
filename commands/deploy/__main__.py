"""``python -m commands.deploy COMMAND [--stack NAME] [--yes]``; see ``--help`` for the commands."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Callable, Sequence
from contextlib import redirect_stdout
from pathlib import Path

from rich.console import Console

from commands.canary import change, gate, status
from commands.canary.steps import Raise
from commands.deploy import (
    backend,
    events,
    guards,
    kubernetes_api,
    local,
    pack,
    plan,
    preview,
    recovery,
    report,
    stack,
)
from commands.deploy.arguments import Parser
from commands.deploy.engine import Engine
from commands.deploy.errors import DeployError
from commands.reports import files
from commands.reports.verdict import Verdict
from components.linkerd import namespaces

WIDTH = 130
STATUS = "canary-status"
COMMANDS = ("up", "preview", "drift", "down", "status")
UNPOLICED = ("down", "drift", "status")
PLANNED = ("preview", "up")
RAISES = ("up", "preview")


def main(arguments: Sequence[str]) -> int:
    """Run one command. Returns the exit code."""
    commands: dict[str, Callable[[Engine, bool], int]] = {
        "up": lambda engine, yes: _up(engine, yes, options.plan),
        "preview": lambda engine, _: _preview(engine, wanted),
        "drift": lambda engine, _: _drift(engine, wanted),
        "down": _down,
        "status": _status,
    }
    parser = _parser()
    options = parser.parse_args(arguments)
    if options.plan and options.command not in PLANNED:
        parser.error(f"a plan is for {' and '.join(PLANNED)}")
    wanted = preview.Wanted(
        format=options.format, out=options.out, exit_code=options.exit_code, plan=options.plan
    )
    try:
        if options.plan and options.command == "up":
            plan.check(options.plan)
        if options.stack == stack.LOCAL and options.command == "down" and local.is_absent():
            print("There is no local cluster, so nothing is deployed.")
            return 0
        chosen, service = stack.find(options.stack), options.service
        if options.command == STATUS:
            return status.run(chosen, service, _console())
        command = options.command
        yes = guards.confirm(chosen, command) or options.yes
        if command not in UNPOLICED:
            pack.check(chosen)
        judged: Sequence[Raise] = ()
        if command in change.COMMANDS:
            judged = change.change(command, chosen, service, options.weight, force=options.force)
            # Whoever rolls back has no time for questions.
            command, yes = "up", yes or command == "rollback"
        # What a program reads has nothing but the summary in it.
        with redirect_stdout(sys.stdout if options.format == "text" else sys.stderr):
            engine = _engine(options.stack, options.report)
            if command in RAISES:
                gate.check_deployed(
                    *(engine.stack, engine.outputs),
                    judged=judged,
                    measure=command == "up",
                    force=options.force,
                )
        return commands[command](engine, yes or engine.stack.is_local)
    except DeployError as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("\nInterrupted. Run the same command again: it continues.", file=sys.stderr)
        return 130


def _parser() -> Parser:
    parser = Parser(
        prog="commands.deploy",
        epilog=preview.EXIT_CODES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("command", choices=[*COMMANDS, *change.COMMANDS, STATUS])
    parser.add_argument("--stack", default=stack.LOCAL)
    parser.add_argument(
        "--service", default="", help="for change, canary-status, rollback and promote"
    )
    parser.add_argument("--weight", default="", help="per cent, for canary")
    parser.add_argument("--force", action="store_true", help="raise a weight without the gate")
    parser.add_argument("--yes", action="store_true", help="do not ask before a change")
    parser.add_argument("--report", type=Path, help="folder for the policy verdict's reports")
    parser.add_argument("--format", choices=preview.FORMATS, default="text", help="of a preview")
    parser.add_argument("--out", type=Path, help="folder for a preview's summary and full diff")
    parser.add_argument("--exit-code", action="store_true", help="tell a preview's changes by 2")
    parser.add_argument("--plan", type=Path, help="file that a preview writes and `up` follows")
    return parser


def _engine(name: str, reports: Path | None) -> Engine:
    chosen = stack.find(name)
    engine = Engine(stack=chosen, backend=backend.choose(chosen), reports=reports)
    os.environ["PATH"] = engine.backend.environment["PATH"]
    if chosen.is_local:
        local.start()
    engine.prepare()
    if chosen.is_local:
        local.adopt(engine)
    else:
        guards.same_cluster(engine)
    recovery.unlock(engine)
    return engine


def _explain_warnings(engine: Engine) -> None:
    if not engine.backend.uses_own_pulumi:
        print(
            "The engine will warn that plugins come from $PATH and that the Kubernetes one is "
            "4.18.1: they are built from source here, which is expected."
        )


def _run(engine: Engine, command: str, *options: str) -> int:
    """Run an operation with the policy pack, and write its reports if somebody wants them."""
    arguments = [*_options(engine), *options]
    if engine.reports is None:
        return _operate(engine, command, *arguments)
    with files.event_log() as log:
        code = _operate(engine, command, *arguments, log=log)
        _report(engine, log, succeeded=code == 0)
    return code


def _follow(engine: Engine, file: Path) -> int:
    """Deploy what is planned, with the policy pack."""
    with files.event_log() as log:
        code, said = plan.follow(engine, file, _options(engine), log)
        _report(engine, log, succeeded=code == 0)
        refusal = plan.explain(engine, file, events.read(log)) if code else None
    _advise(refusal or (recovery.explain(engine, said) if code else None))
    return code


def _options(engine: Engine) -> list[str]:
    return [*pack.options(engine.stack), "--suppress-outputs"]


def _report(engine: Engine, log: Path, *, succeeded: bool) -> None:
    """Write the policy verdict of a run, if somebody wants it."""
    if engine.reports is None:
        return
    verdict = Verdict.of(engine.stack.name, pack.NAME, events.read(log), succeeded=succeeded)
    for file in files.write(engine.reports, verdict, pack.rules()):
        print(f"Policy report: {file}")


def _operate(engine: Engine, command: str, *options: str, log: Path | None = None) -> int:
    code, said = engine.run(command, *options, log=log)
    _advise(recovery.explain(engine, said) if code else None)
    return code


def _advise(advice: str | None) -> None:
    if advice:
        print(f"\n{advice}", file=sys.stderr)


def _up(engine: Engine, yes: bool, planned: Path | None) -> int:
    recovery.refuse_half_removed(engine)
    recovery.settle(engine)
    _explain_warnings(engine)
    options = ["--yes"] if yes else []
    code = _run(engine, "up", *options) if planned is None else _follow(engine, planned)
    if code:
        return code
    changed = {k: n for k, n in engine.last_changes().items() if k != "same"}
    words = ", ".join(f"{number} {kind}d" for kind, number in sorted(changed.items()))
    print(f"\nChanged: {words}." if changed else "\nNothing changed.")
    return _status(engine, yes)


def _preview(engine: Engine, wanted: preview.Wanted) -> int:
    with files.event_log() as log:
        result = preview.run(engine, pack.options(engine.stack), wanted, log)
        with redirect_stdout(sys.stderr):
            _report(engine, log, succeeded=result.succeeded)
    return preview.exit_code(result, wanted)


def _drift(engine: Engine, wanted: preview.Wanted) -> int:
    with files.event_log() as log:
        return preview.drift(engine, wanted, log).value


def _down(engine: Engine, yes: bool) -> int:
    recovery.settle(engine)
    guards.removable(engine)
    return _operate(engine, "destroy", *(["--yes"] if yes else []))


def _status(engine: Engine, yes: bool) -> int:
    del yes
    outputs = engine.outputs()
    if "services" not in outputs:
        raise DeployError("Nothing is deployed. `make up` deploys the platform.")
    spaces = [outputs["namespace"], *namespaces.INSTALLED]
    workloads = kubernetes_api.workloads(engine.stack.cluster(), spaces)
    waiting = report.show(_console(), outputs, workloads, _next_steps(engine, outputs))
    if waiting:
        print(f"error: not ready: {', '.join(waiting)}", file=sys.stderr)
    return 1 if waiting else 0


def _console() -> Console:
    # Written to a file, the table may be as wide as it needs.
    return Console(width=None if sys.stdout.isatty() else WIDTH)


def _next_steps(engine: Engine, outputs: dict[str, object]) -> str:
    name = engine.stack.name
    kubeconfig = engine.stack.cluster().kubeconfig
    option = f" --kubeconfig {kubeconfig}" if kubeconfig else ""
    return "\n".join(
        (
            "Where to look next:",
            f"  gateway    {outputs.get('gatewayUrl') or 'the load balancer has no address yet'}",
            f"  objects    .local/bin/kubectl{option} get trafficsplit,sp,httproute,deploy,svc "
            f"-n {outputs['namespace']}",
            f"  change it  edit Pulumi.{name}.yaml or services.yaml, then `make preview` and "
            "`make up`",
        )
    )


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
