"""Workloads: secrets in a pod's spec, where everyone can read them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from pulumi_policy import Severity

from linkerd_policies.framework.model import Settings, StackRule, switch
from linkerd_policies.framework.objects import UNKNOWN, elements, peek
from linkerd_policies.reading.meshed_workloads import Container, Workload, for_containers
from linkerd_policies.reading.messages import must_be_plain
from linkerd_policies.reading.settings import MESHED_SETTINGS
from linkerd_policies.rules import groups
from linkerd_policies.rules.examples import GOOD, without
from linkerd_policies.shared.secret_arguments import is_secret_variable, secret_arguments
from linkerd_policies.shared.secret_text import is_literal, is_secret_name

_UNKNOWN = switch(
    "allowUnknownValues",
    "Whether the preview may pass where a variable's value is an Output that it does not know. "
    "`up` checks the value, after the step.",
)


def check_clear_secrets(
    workload: Workload, container: Container, settings: Settings
) -> Iterator[str]:
    """No variable, command or argument holds a secret."""
    yield from _variable_violations(workload, container, lenient=settings[_UNKNOWN.name])
    yield from _argument_violations(workload, container, lenient=settings[_UNKNOWN.name])


def _argument_violations(
    workload: Workload, container: Container, *, lenient: bool
) -> Iterator[str]:
    """The arguments go on where the command ends, so a flag may stand in one and its value in the
    other."""
    places: list[tuple[str, Any]] = []
    for field in ("command", "args"):
        path, found = f"{container.path}.{field}", peek(container.spec, field)
        arguments = [UNKNOWN] if found is UNKNOWN else list(elements(found))
        places += [(f"{path}[{index}]", argument) for index, argument in enumerate(arguments)]
    words = [None if argument is UNKNOWN else str(argument) for _, argument in places]
    secrets = set(secret_arguments(words))
    for index, (path, argument) in enumerate(places):
        if index in secrets:
            yield (
                f"Take the secret out of {path} of {workload.obj}: read it from a "
                "variable with valueFrom.secretKeyRef, written $(NAME) here."
            )
        elif argument is UNKNOWN and not lenient:
            yield must_be_plain(workload.obj, path)


def _variable_violations(
    workload: Workload, container: Container, *, lenient: bool
) -> Iterator[str]:
    found, path = peek(container.spec, "env"), f"{container.path}.env"
    for index, entry in enumerate([UNKNOWN] if found is UNKNOWN else list(elements(found))):
        name, value = peek(entry, "name"), peek(entry, "value")
        word = name if isinstance(name, str) else ""
        if value is UNKNOWN and not is_secret_name(word):
            if not lenient:
                yield must_be_plain(workload.obj, f"{path}[{index}].value")
        elif name is UNKNOWN and value is not None and is_literal(value) and not lenient:
            yield must_be_plain(workload.obj, f"{path}[{index}].name")
        elif value is UNKNOWN or (value is not None and is_secret_variable(word, str(value))):
            yield (
                f"Take the secret out of {path}[{index}].value of {workload.obj}: keep it in a "
                "Secret and name that with valueFrom.secretKeyRef."
            )


NO_CLEAR_SECRETS = StackRule(
    name="linkerd-no-clear-secrets",
    display_name="Pods hold no secrets in clear",
    group=groups.WORKLOADS.name,
    severity=Severity.HIGH,
    tags=groups.WORKLOADS.tags,
    description="No variable, command or argument of a meshed container is a secret in clear.",
    why=(
        "Whoever can read a Deployment reads its variables and arguments, in the cluster, in "
        "backups and in diffs. A Secret has permissions of its own. The rule recognizes a secret "
        "by the name of its variable, flag or setting (`..._PASSWORD`, `--token`, `password=`), or "
        "by its form: a URL with a password, an Authorization header, a private key, a token of a "
        "well-known kind. It reads the words of a script, too. A secret "
        "Output does not help: it is in clear once it is in the pod. The message names the "
        "place, and never the value."
    ),
    remediation="Keep it in a Secret, and read it with valueFrom.secretKeyRef.",
    source="https://kubernetes.io/docs/concepts/security/secrets-good-practices/",
    settings=(_UNKNOWN, *MESHED_SETTINGS),
    check=for_containers(check_clear_secrets),
    bad=without(
        "valueFrom: {secretKeyRef: {name: cart, key: password}}", "value: correct-horse-battery"
    ),
    good=GOOD,
)

RULES = (NO_CLEAR_SECRETS,)
