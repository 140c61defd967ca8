"""What a canary's mode asks of its settings, its service and the mesh."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from components.config.catalogue.model import Service
from components.config.problems import Problem, one_of
from components.config.scalars import WEIGHTS
from components.config.stack.canary import Analysis, Canary
from components.config.stack.settings import Settings
from components.names import primary


def automated_names(section: object) -> frozenset[str]:
    """The names under ``mode: automated`` in canaries as written, whatever else is wrong there."""
    if not isinstance(section, Mapping):
        return frozenset()
    entries = {str(n): e.get("mode") for n, e in section.items() if isinstance(e, Mapping)}
    return frozenset(name for name, mode in entries.items() if mode == "automated")


def check(
    file: str, settings: Settings, services: Mapping[str, Service], gateway: object
) -> Iterator[Problem]:
    """Each canary says what its mode needs, and nothing in vain.

    ``services`` are the valid ones of the catalogue; ``gateway`` is its entry as written.
    """
    for name, canary in settings.canaries.items():
        path = f"canaries.{name}"
        if not canary.is_automated:
            yield from _manual(file, path, canary)
            continue
        yield from _automated(file, path, canary)
        if name in services:
            found = _Automated(file, name, services)
            yield from found.problems(settings, name == gateway)
    names = [name for name, canary in settings.canaries.items() if canary.is_automated]
    if names and settings.linkerd.flagger == "off":
        yield Problem(
            file=file,
            path="linkerd.flagger",
            found=f'"off", with an automated canary of {one_of(names)}',
            allowed='"install" or "external"',
            fix="Change it: Flagger moves the weights of an automated canary.",
        )


def _manual(file: str, path: str, canary: Canary) -> Iterator[Problem]:
    if canary.weight is None:
        yield Problem(
            file=file,
            path=f"{path}.weight",
            found="nothing",
            allowed=WEIGHTS,
            fix="Add it, or set `mode: automated`.",
        )
    if canary.analysis is not None:
        yield Problem(
            file=file,
            path=f"{path}.analysis",
            found="an analysis with `mode: manual`",
            allowed="an analysis with `mode: automated`",
            fix="Delete it, or let Flagger own the weights with `mode: automated`.",
        )


def _automated(file: str, path: str, canary: Canary) -> Iterator[Problem]:
    vain = {"weight", "minimum_requests", "window", "max_step", "headers"}
    for field in sorted(canary.model_fields_set & vain):
        yield Problem(
            file=file,
            path=f"{path}.{Canary.model_fields[field].alias}",
            found="a value with `mode: automated`",
            allowed="a value with `mode: manual`",
            fix="Delete it: Flagger decides by `objective` and `analysis`.",
        )
    analysis = canary.analysis or Analysis()
    if analysis.step_weight > analysis.max_weight:
        yield Problem(
            file=file,
            path=f"{path}.analysis.stepWeight",
            found=f"{analysis.step_weight}, more than maxWeight {analysis.max_weight}",
            allowed=f"a whole percentage from 1 to {analysis.max_weight}",
            fix="Lower it, or raise `maxWeight`.",
        )


@dataclass(frozen=True, slots=True)
class _Automated:
    """Whether Flagger can drive a service: it copies one Deployment and makes its Services.

    Source: https://docs.flagger.app/usage/how-it-works#canary-target
    """

    file: str
    name: str
    services: Mapping[str, Service]

    @property
    def service(self) -> Service:
        return self.services[self.name]

    def problems(self, settings: Settings, is_gateway: bool) -> Iterator[Problem]:
        """Everything about the service that Flagger could not keep up."""
        own, linkerd = self.service, settings.linkerd
        yield from self._names()
        if own.canary_version is not None:
            yield self._problem(
                "a service with two versions",
                "a service with one version",
                f"Delete one of `services.{self.name}.versions`: Flagger makes the second "
                "Deployment itself when the image of the one changes.",
            )
        if is_gateway:
            yield self._problem(
                "the gateway",
                "a service that only the mesh calls",
                "Delete it: the gateway's Server would not select the pods that Flagger copies.",
            )
        if not own.is_http:
            yield self._problem(
                "a service whose requests Linkerd does not read",
                "a service with `protocol` http, http2 or grpc",
                "Delete it: without requests there is nothing to split or to measure.",
            )
        if own.is_http and own.style == "route":
            yield from self._route(linkerd.chosen.http_route_api)
        if own.is_http and own.style == "profile" and linkerd.smi == "off":
            yield self._problem(
                "a service in the style `profile`, with `linkerd.smi: off`",
                "`linkerd.smi` install or external",
                "Change it, or set `style: route` for the service: Flagger writes a TrafficSplit.",
            )
        held = {"ports": own.ports, "storage": own.storage, "files": own.files}
        for key in (key for key, value in held.items() if value):
            yield self._problem(
                f"a service with `{key}`",
                f"a service without `{key}`",
                f"Delete one: {_WHY[key]}",
            )

    def _names(self) -> Iterator[Problem]:
        for name in (primary(self.name), f"{self.name}-canary"):
            if name in self.services:
                yield self._problem(
                    f"a catalogue that has a service {name}",
                    "a catalogue without",
                    "Rename that service: Flagger makes a Service of this name.",
                )

    def _route(self, api: str) -> Iterator[Problem]:
        if self.service.routes:
            yield self._problem(
                "a service in the style `route` with `routes`",
                "the style `profile`, or no `routes`",
                "Set `style: profile`: Flagger writes one HTTPRoute for every request, which "
                "would lose the retries and timeouts of each.",
            )
        if not api.startswith("gateway.networking.k8s.io/"):
            yield self._problem(
                f"a service in the style `route`, and a release that reads {api}",
                "a release that reads HTTPRoutes of gateway.networking.k8s.io/v1",
                "Choose a later `linkerd.release`, or set `style: profile` for the service.",
            )

    def _problem(self, found: str, allowed: str, fix: str) -> Problem:
        path = f"canaries.{self.name}.mode"
        whole = f"automated, for {found}"
        return Problem(file=self.file, path=path, found=whole, allowed=allowed, fix=fix)


_WHY = {
    "ports": "the Services that Flagger makes have the main port only.",
    "storage": "Flagger copies a Deployment, and a service with storage is a StatefulSet.",
    "files": "both versions would read the same new files before the analysis.",
}
