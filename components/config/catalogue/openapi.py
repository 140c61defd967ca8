"""OpenAPI files (2.0 and 3.x, YAML or JSON) as routes.

The routes are those of ``linkerd profile --open-api``: for each operation its method, its path with
the file's ``basePath``, ``x-linkerd-timeout``, ``x-linkerd-retryable`` and a response class for
each documented status, ordered by path and method. What the command ignores without a word, or
writes although Linkerd cannot use it, is refused here.

Source: pkg/profiles/openapi.go of github.com/linkerd/linkerd2.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any
from urllib.parse import urlsplit

from pydantic import BeforeValidator, ConfigDict, Field, StrictBool

from components.config import documents
from components.config.catalogue.model import Method, Route
from components.config.catalogue.responses import ResponseClass
from components.config.http_scalars import Status
from components.config.problems import one_of, shown
from components.config.scalars import Duration, UrlPath, refuse
from components.config.validation import Model, unknown_key, validate
from components.findings import Finding

TIMEOUT = "x-linkerd-timeout"
RETRYABLE = "x-linkerd-retryable"
_METHODS: Mapping[str, Method] = {
    "delete": "DELETE",
    "get": "GET",
    "head": "HEAD",
    "options": "OPTIONS",
    "patch": "PATCH",
    "post": "POST",
    "put": "PUT",
}
_NO_STATUS = re.compile(r"default|[1-5]XX|x-.*", re.IGNORECASE)
_FIRST_SERVER_ERROR = 500


def _statuses(responses: object) -> object:
    """The statuses among the keys. Linkerd's command makes no response classes of other keys."""
    if responses is None:
        return []
    if not isinstance(responses, Mapping):
        raise refuse("a mapping of statuses to responses", "Correct the value.")
    codes = sorted(str(key) for key in responses if not _NO_STATUS.fullmatch(str(key)))
    for code in codes:
        if not re.fullmatch(r"[1-5][0-9]{2}", code):
            raise refuse("statuses from 100 to 599, 1XX to 5XX, or default", f"Correct {code!r}.")
    return codes


def _without_extensions(paths: object) -> object:
    if not isinstance(paths, Mapping):
        return paths
    return {path: item for path, item in paths.items() if not str(path).startswith("x-")}


class _Lenient(Model):
    """A part of the file. Only the keys that Linkerd reads are checked."""

    model_config = ConfigDict(extra="ignore")


class _Operation(_Lenient):
    timeout: Duration | None = Field(default=None, alias="x-linkerd-timeout")
    retryable: StrictBool = Field(default=False, alias="x-linkerd-retryable")
    responses: Annotated[tuple[Status, ...], BeforeValidator(_statuses)] = ()


class _PathItem(_Lenient):
    delete: _Operation | None = None
    get: _Operation | None = None
    head: _Operation | None = None
    options: _Operation | None = None
    patch: _Operation | None = None
    post: _Operation | None = None
    put: _Operation | None = None


class _Document(_Lenient):
    base_path: UrlPath = "/"
    paths: Annotated[dict[UrlPath, _PathItem], BeforeValidator(_without_extensions)]


@dataclass(frozen=True, slots=True, kw_only=True)
class Operation:
    """An operation as a route; ``path`` is its place in the file: ``paths./users.get``."""

    route: Route
    path: str


def read(path: Path) -> tuple[list[Operation], list[Finding]]:
    """The operations of a file, and everything that is wrong in it."""
    raw, findings = documents.read(path)
    if findings or not isinstance(raw, Mapping):
        return [], findings or [_no_openapi(shown(raw))]
    document, findings = validate(_Document, raw)
    findings += _unread(raw)
    if document is None:
        return [], findings
    base = document.base_path.rstrip("/")
    return [
        _operation(base, path, method, operation)
        for path, item in sorted(document.paths.items())
        for method in _METHODS
        if (operation := getattr(item, method)) is not None
    ], findings


def _operation(base: str, path: str, method: str, found: _Operation) -> Operation:
    route = Route.model_validate(
        {
            "method": _METHODS[method],
            "path": f"{base}/{path.lstrip('/')}",
            "timeout": found.timeout,
            "retryable": found.retryable,
            "responseClasses": [_response_class(status) for status in found.responses],
        }
    )
    return Operation(route=route, path=f"paths.{path}.{method}")


def _response_class(status: int) -> ResponseClass:
    return ResponseClass.model_validate(
        {"min": status, "max": status, "isFailure": status >= _FIRST_SERVER_ERROR}
    )


def _unread(raw: Mapping[Any, Any]) -> Iterator[Finding]:
    """What Linkerd's command would not read of the file."""
    version = str(raw.get("openapi", raw.get("swagger", "")))
    if not re.fullmatch(r"2\.0|3\.[0-9]+(\.[0-9]+)?", version):
        yield _no_openapi(shown(version) if version else "no version")
    yield from _servers(raw.get("servers"))
    paths = raw.get("paths")
    for path, item in paths.items() if isinstance(paths, Mapping) else ():
        for key, value in item.items() if isinstance(item, Mapping) else ():
            yield from _path_item_key(f"paths.{path}.{key}", str(key))
            if key in _METHODS and isinstance(value, Mapping):
                yield from _extensions(f"paths.{path}.{key}", value)


def _no_openapi(found: str) -> Finding:
    return Finding(
        path="openapi",
        found=found,
        allowed='`swagger: "2.0"`, or `openapi:` with a version 3',
        fix="Name an OpenAPI file, or say its version.",
    )


def _servers(servers: object) -> Iterator[Finding]:
    for index, server in enumerate(servers if isinstance(servers, list) else ()):
        url = server.get("url") if isinstance(server, Mapping) else None
        if isinstance(url, str) and urlsplit(url).path not in ("", "/"):
            yield Finding(
                path=f"servers.{index}.url",
                found=f"{shown(url)}, which has a path",
                allowed="a server without a path",
                fix="Move the path into `basePath` (which Linkerd reads in OpenAPI 3, too) or into "
                "the keys of `paths`: no route would have it.",
            )


def _path_item_key(path: str, key: str) -> Iterator[Finding]:
    if key == "$ref":
        yield Finding(
            path=path,
            found="a reference to operations elsewhere",
            allowed="operations",
            fix="Write the operations here: references are not followed.",
        )
    if key == "trace":
        yield Finding(
            path=path,
            found="an operation for TRACE",
            allowed=one_of(_METHODS),
            fix="Delete it: Linkerd makes no route of it.",
        )


def _extensions(path: str, operation: Mapping[Any, Any]) -> Iterator[Finding]:
    known = (TIMEOUT, RETRYABLE)
    for key in map(str, operation):
        if key.lower().startswith("x-linkerd-") and key not in known:
            yield unknown_key(f"{path}.{key}", key, known)
