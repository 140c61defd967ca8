"""The engine's events as a :class:`~commands.preview.model.Recording`."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from commands.deploy import events
from commands.preview.model import Operation, Recording, Special, Step, Violation

# Source: https://github.com/pulumi/pulumi/blob/master/sdk/go/common/resource/sig/sig.go
_SIGNATURE = "4dabf18193072939515e22adb298388d"
_SECRET = "1b47061264138c4ac30d75fd1eb44270"
# Source: https://github.com/pulumi/pulumi/blob/master/sdk/go/common/resource/plugin/rpc.go
UNKNOWN = "04da6b54-80e4-46f7-96ec-b56ff0331ba9"

_OPS: Mapping[str, Operation] = {
    "create": "create",
    "import": "create",
    "update": "update",
    "delete": "delete",
    "replace": "replace",
    "create-replacement": "replace",
    "delete-replaced": "replace",
    "import-replacement": "replace",
}
_COLOUR = re.compile(r"<\{%[^%]*%\}>")
# A command to copy keeps its URN: in backticks, or to the end of the line.
_URN = re.compile(r'`pulumi [^`\n]*`|\bpulumi state .*|"?(urn:pulumi:[^\s"]+)"?')
# What the engine adds to the reason of every failed run.
_ENDINGS = (
    "preview failed",
    "refresh failed",
    "update failed",
    "destroy failed",
    "an unhandled error occurred: program exited with non-zero exit code",
)
# Warnings of every run with plugins that were built from source.
EXPECTED = ("using pulumi-resource-", "resource plugin ")


def read(log: Iterable[events.Event]) -> Recording:
    """The recording of a preview's events, in their order."""
    listed = list(log)
    objects = [each for each in listed if isinstance(each, events.Step) and _is_object(each)]
    said = [each for each in listed if isinstance(each, events.Diagnostic)]
    violations = [_violation(each) for each in listed if isinstance(each, events.Violation)]
    remediated = [_remediated(each) for each in listed if isinstance(each, events.Remediation)]
    judged = [each for each in listed if isinstance(each, events.Judged)]
    errors = _messages(said, "error")
    # Shown only where the engine gave no reason.
    reasons = _without(errors, _ENDINGS)
    return Recording(
        steps=_steps(objects),
        unchanged=sum(1 for each in objects if each.op == "same"),
        violations=list(dict.fromkeys([*violations, *remediated])),
        rules=sorted({rule for each in judged for rule in (*each.passed, *each.failed)}),
        errors=reasons if reasons or any(each.stops for each in violations) else errors,
        warnings=_without(_messages(said, "warning"), EXPECTED),
    )


def read_drift(log: Iterable[events.Event]) -> Recording:
    """The recording of a refresh's events: its steps are how the cluster differs from the state."""
    others = [each for each in log if not isinstance(each, events.Step)]
    return read(each.step if isinstance(each, events.Outcome) else each for each in others)


def clean(value: Any) -> Any:
    """A value with :class:`~commands.preview.model.Special` for what is secret or unknown in it."""
    if value == UNKNOWN:
        return Special.UNKNOWN
    if isinstance(value, Mapping):
        if value.get(_SIGNATURE) == _SECRET:
            return Special.SECRET
        return {key: clean(each) for key, each in value.items()}
    return [clean(each) for each in value] if isinstance(value, list) else value


def _is_object(step: events.Step) -> bool:
    """Whether the step is about an object, not a component or a provider."""
    return step.custom and not step.type.startswith("pulumi:providers:")


def _steps(objects: Iterable[events.Step]) -> list[Step]:
    """One step for each object: the engine has three for a replacement."""
    steps: dict[str, Step] = {}
    for event in objects:
        op = _OPS.get(event.op)
        if op is not None:
            steps[event.urn] = _step(event, op, steps.get(event.urn))
    return list(steps.values())


def _step(event: events.Step, op: Operation, known: Step | None) -> Step:
    paths = tuple(change.path for change in event.changes)
    return Step(
        op=op,
        urn=event.urn,
        old=_inputs(event.old) or (known.old if known else {}),
        new=_inputs(event.new) or (known.new if known else {}),
        paths=paths or (known.paths if known else ()),
        retained=event.retained,
    )


def _inputs(found: Mapping[str, Any]) -> Mapping[str, Any]:
    """The cleaned inputs; empty where all of them are one secret."""
    cleaned = clean(found)
    return cleaned if isinstance(cleaned, Mapping) else {}


def _violation(event: events.Violation) -> Violation:
    return Violation(
        rule=event.rule,
        level=event.level,
        severity=event.severity,
        object=named(event.urn),
        message=_COLOUR.sub("", event.message),
    )


def _remediated(event: events.Remediation) -> Violation:
    """A rule that changed an object; the full diff has the values, with secrets masked."""
    return Violation(
        rule=event.rule,
        level="remediated",
        severity="",
        object=named(event.urn),
        message="The rule changed the object; see the full diff.",
    )


def named(urn: str) -> str:
    """The type and name in a URN; ``the stack`` for the stack itself."""
    parts = urn.split("::", 3)
    if len(parts) < 4 or parts[2] == "pulumi:pulumi:Stack":
        return "the stack"
    return f"{parts[2].rpartition(':')[2]} {parts[3]}"


def _shortened(found: re.Match[str]) -> str:
    """The name in place of a URN, unless it is in a command."""
    return named(found[1]) if found[1] else found[0]


def reasons(log: Iterable[events.Event]) -> list[str]:
    """Why a run failed: each error once, with its object in front where that is known."""
    errors = [e for e in log if isinstance(e, events.Diagnostic) and e.severity == "error"]
    found = [
        (named(each.urn) if each.urn else "the stack", text)
        for each in errors
        for text in _without(_messages([each], "error"), _ENDINGS)
    ]
    return list(
        dict.fromkeys(text if where == "the stack" else f"{where}: {text}" for where, text in found)
    )


def _messages(said: Iterable[events.Diagnostic], severity: str) -> list[str]:
    """The messages of that severity, once each, with names in place of URNs outside of commands."""
    messages = [
        _URN.sub(_shortened, _COLOUR.sub("", each.message))
        for each in said
        if each.severity == severity
    ]
    return list(dict.fromkeys(messages))


def _without(messages: Iterable[str], starts: Sequence[str]) -> list[str]:
    return [text for text in messages if not text.startswith(tuple(starts))]
