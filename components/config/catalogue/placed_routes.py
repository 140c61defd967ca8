"""A service's routes, from the catalogue and from its OpenAPI file, each with its place."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from components.config.catalogue import openapi
from components.config.catalogue.model import Route, Service
from components.config.problems import Problem, shown
from components.linkerd.paths import regex

_DOCUMENTED = {
    "timeout": openapi.TIMEOUT,
    "retryable": openapi.RETRYABLE,
    "responseClasses": "responses",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Placed:
    """A route and where it stands; ``documented`` ones stand in an OpenAPI file only."""

    route: Route
    file: str
    path: str
    documented: bool = False

    def key(self, name: str) -> str:
        """The path of the route's key called ``name``."""
        return f"{self.path}.{_DOCUMENTED[name] if self.documented else name}"

    @property
    def requests(self) -> tuple[str, str]:
        """The requests that the route is about: method, and expression for the path."""
        return self.route.method, regex(self.route.path)


def of(file: str, root: Path, name: str, service: Service) -> tuple[list[Placed], list[Problem]]:
    """The routes of the service called ``name``, in the order in which Linkerd tries them.

    ``file`` is the catalogue, relative to ``root``. Its routes come first where the OpenAPI file
    has no such operation; where it has, the route changes the operation in those keys that it has.
    """
    own = [
        Placed(route=route, file=file, path=f"services.{name}.routes.{index}")
        for index, route in enumerate(service.routes)
    ]
    if service.openapi is None or not service.is_http:
        return own, []
    source = str(PurePosixPath(file).parent / service.openapi)
    if not _is_inside(root, source):
        return own, [_no_file(file, name, service.openapi)]
    operations, problems = openapi.read(root / source, source)
    documented = [
        Placed(route=_of_style(service, each.route), file=source, path=each.path, documented=True)
        for each in operations
    ]
    return _merged(own, documented), problems


def _of_style(service: Service, route: Route) -> Route:
    """Without response classes in the style ``route``: those of a file say what is so anyway."""
    if service.style == "profile":
        return route
    return route.model_copy(update={"response_classes": ()})


def _is_inside(root: Path, source: str) -> bool:
    full = (root / source).resolve()
    return full.is_file() and full.is_relative_to(root.resolve())


def _no_file(file: str, name: str, found: str) -> Problem:
    return Problem(
        file=file,
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
    """The operation with what the catalogue says of it, which is also where to correct it."""
    given = {key: getattr(own.route, key) for key in own.route.model_fields_set}
    if own.route.retry is not None:
        given["retryable"] = own.route.retryable  # the count of retries stands in its place
    return Placed(route=documented.route.model_copy(update=given), file=own.file, path=own.path)
