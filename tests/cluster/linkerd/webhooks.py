"""Linkerd's admission webhooks, called by the API server for real."""

from __future__ import annotations

import base64
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.cluster.linkerd.api import Api, Manifest
from tests.cluster.linkerd.certificate import KeyPair, self_signed
from tests.cluster.linkerd.process import Controller, container, running
from tests.cluster.linkerd.sandbox import Sandbox, sandboxed

SECONDS_TO_BE_CALLED = 15.0
_CALLED = "received admission review request"


@dataclass(frozen=True)
class Webhook:
    """A webhook of the platform: its program, its container, and the charts' registration of it."""

    program: str
    namespace: str
    deployment: str
    container: str
    registration: tuple[str, str]  # kind and name


SP_VALIDATOR = Webhook(
    program="linkerd-controller",
    namespace="linkerd",
    deployment="linkerd-destination",
    container="sp-validator",
    registration=("validatingwebhookconfiguration", "linkerd-sp-validator-webhook-config"),
)
PROXY_INJECTOR = Webhook(
    program="linkerd-controller",
    namespace="linkerd",
    deployment="linkerd-proxy-injector",
    container="proxy-injector",
    registration=("mutatingwebhookconfiguration", "linkerd-proxy-injector-webhook-config"),
)
JAEGER_INJECTOR = Webhook(
    program="linkerd-jaeger-injector",
    namespace="linkerd-jaeger",
    deployment="jaeger-injector",
    container="jaeger-injector",
    registration=("mutatingwebhookconfiguration", "linkerd-jaeger-injector-webhook-config"),
)


@contextmanager
def serving(
    webhook: Webhook, api: Api, folder: Path, probe: Mapping[str, Any], *, cni: bool = False
) -> Iterator[Controller]:
    """Run the webhook and have the API server call it.

    Its registration is a copy of the charts' own, apart from the address and the certificate, and
    that a request fails if the webhook does. ``probe`` is an object that the webhook is asked
    about; it is offered until the webhook has been called, and never stored. ``cni`` has it inject
    as where the CNI plugin is installed.
    """
    pair = self_signed()
    arguments = [*_arguments(webhook, api), "-kubeconfig=/kubeconfig"]
    with sandboxed(folder / "root") as sandbox, ExitStack() as stack:
        _furnish(sandbox, api, pair, cni=cni)
        command = sandbox.command(webhook.program)
        controller = stack.enter_context(running(command, arguments, log=folder / "log"))
        registration = _registration(webhook, api, controller, pair)
        stack.callback(api.delete, registration)
        api.create(registration)
        _wait(api, controller, probe)
        yield controller


def _furnish(sandbox: Sandbox, api: Api, pair: KeyPair, *, cni: bool) -> None:
    """The files that the charts mount into the webhooks' pods, and the kubeconfig."""
    values = api.get("configmap", "linkerd-config", "--namespace=linkerd")["data"]["values"]
    assert "cniEnabled: false" in values
    values = values.replace("cniEnabled: false", "cniEnabled: true") if cni else values
    roots = api.get("configmap", "linkerd-identity-trust-roots", "--namespace=linkerd")["data"]
    for path, text in {
        "/kubeconfig": api.kubeconfig.read_text(encoding="utf-8"),
        "/var/run/linkerd/config/values": values,
        "/var/run/linkerd/identity/trust-roots/ca-bundle.crt": roots["ca-bundle.crt"],
        "/var/run/linkerd/tls/tls.crt": pair.certificate,
        "/var/run/linkerd/tls/tls.key": pair.key,
    }.items():
        sandbox.write(path, text)


def _arguments(webhook: Webhook, api: Api) -> list[str]:
    deployment = api.get("deployment", webhook.deployment, f"--namespace={webhook.namespace}")
    found: list[str] = container(deployment["spec"]["template"], webhook.container)["args"]
    return found


def _registration(webhook: Webhook, api: Api, controller: Controller, pair: KeyPair) -> Manifest:
    chart = api.get(*webhook.registration)
    (entry,) = chart["webhooks"]
    client = {
        "url": f"https://{controller.address}{entry['clientConfig']['service']['path']}",
        "caBundle": base64.b64encode(pair.certificate.encode()).decode(),
    }
    return {
        "apiVersion": chart["apiVersion"],
        "kind": chart["kind"],
        # The API server calls webhooks in the order of these names; the charts' order stays.
        "metadata": {"name": f"{chart['metadata']['name']}-process"},
        "webhooks": [{**entry, "clientConfig": client, "failurePolicy": "Fail"}],
    }


def _wait(api: Api, controller: Controller, probe: Mapping[str, Any]) -> None:
    deadline = time.monotonic() + SECONDS_TO_BE_CALLED
    while _CALLED not in controller.said():
        answer = api.try_create(probe)
        assert time.monotonic() < deadline, f"never called: {answer.error}\n{controller.said()}"
