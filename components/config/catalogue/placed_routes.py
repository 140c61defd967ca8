"""A service's routes, from the catalogue and its OpenAPI file, each with its file and path."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from components.config import documents
from components.config.catalogue import openapi
from components.config.catalogue.model import Route, Service
from components.config.problems import Problem, located, shown
from components.findings import Finding
from components.linkerd.paths import regex

_DOCUMENTED = {
    "timeout": openapi.TIMEOUT,
    "retryable": openapi.RETRYABLE,
    "responseClasses": "responses",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Placed:
    """A route, and the file and path where it is written.

    A ``documented`` one is written in an OpenAPI file only.
    """

    route: Route
    file: str
    path: str
    documented: bool = False

    def key(self, name: str) -> str:
        """How the file spells the route's key called ``name``."""
        return _DOCUMENTED[name] if self.documented else name

    @property
    def requests(self) -> tuple[str, str]:
        """The requests that the route matches: their method, and a regex for their path."""
        return self.route.method, regex(self.route.path)


def collect(
    file: str, root: Path, name: str, service: Service
) -> tuple[list[Placed], list[Problem]]:
    """The routes of the service called ``name``, in the order in which Linkerd tries them.

    ``file`` is the catalogue, relative to ``root``. Its routes come first. A route that matches the
    requests of an operation in the OpenAPI file changes that operation instead, in the keys that
    it sets.
    """
    own = [
        Placed(route=route, file=file, path=f"services.{name}.routes.{index}")
        for index, route in enumerate(service.routes)
    ]
    if service.openapi is None or not service.is_http:
        return own, []
    source = str(PurePosixPath(file).parent / service.openapi)
    if not documents.is_project_file(root, root / source):
        return own, located(file, [_no_file(name, service.openapi)])
    operations, findings = openapi.read(root / source)
    documented = [
        Placed(route=_of_style(service, each.route), file=source, path=each.path, documented=True)
        for each in operations
    ]
    return _merged(own, documented), located(source, findings)


def _of_style(service: Service, route: Route) -> Route:
    """Drops the response classes in style ``route``: the file's only repeat the default."""
    if service.style == "profile":
        return route
    return route.model_copy(update={"response_classes": ()})


def _no_file(name: str, found: str) -> Finding:
    return Finding(
        path=f"services.{name}.openapi",
        found=shown(found),
        allowed="a file inside the project",
        fix="Correct the path; it starts from the catalogue's folder.",
    )


def _merged(own: Sequence[Placed], documented: Sequence[Placed]) -> list[Placed]:
    known = {each.requests for each in documented}
    changes: dict[tuple[str, str], Placed] = {}
    for each in own:
        if each.requests in known:
            changes.setdefault(each.requests, each)
    return [each for each in own if changes.get(each.requests) is not each] + [
        _changed(each, changes[each.requests]) if each.requests in changes else each
        for each in documented
    ]


def _changed(documented: Placed, own: Placed) -> Placed:
    """The operation with the keys that the catalogue sets; findings then point to the catalogue."""
    given = {key: getattr(own.route, key) for key in own.route.model_fields_set}
    if own.route.retry is not None:
        given["retryable"] = own.route.retryable  # a count of retries replaces it
    return Placed(route=documented.route.model_copy(update=given), file=own.file, path=own.path)
