"""ServiceProfiles and routes that deploy without an error and never match."""

from __future__ import annotations

import re
import warnings
from collections.abc import Iterator, Mapping
from typing import Any

from pulumi_policy import Severity

from linkerd_policies.framework.model import ResourceRule, Setting, Settings
from linkerd_policies.framework.objects import UNKNOWN, KubeObject, elements, peek
from linkerd_policies.reading import linkerd
from linkerd_policies.reading.messages import must_be_plain
from linkerd_policies.rules import groups

_LABEL = "[a-z0-9]([-a-z0-9]*[a-z0-9])?"
_SERVICE_NAME = re.compile(rf"{_LABEL}\.{_LABEL}\.svc\.{_LABEL}(\.{_LABEL})*")

_EXTERNAL = Setting(
    name="external",
    description="Profiles of hosts outside of the cluster, by their `metadata.name`.",
    default=[],
    limits="0 to 50 entries, host names",
    schema={
        "type": "array",
        "items": {"type": "string", "pattern": rf"^{_LABEL}(\.{_LABEL})*$"},
        "minItems": 0,
        "maxItems": 50,
        "uniqueItems": True,
    },
)


def check_name(obj: KubeObject, settings: Settings) -> Iterator[str]:
    """A ServiceProfile has the full DNS name of its Service."""
    name = peek(obj.props, "metadata", "name")
    if name is UNKNOWN:
        yield must_be_plain(obj, "metadata.name")
    elif isinstance(name, str) and not (
        _SERVICE_NAME.fullmatch(name) or name in settings["external"]
    ):
        yield (
            f"Set metadata.name of {obj} to the full name of its Service, "
            "<service>.<namespace>.svc.cluster.local: Linkerd looks profiles up by it."
        )


def check_expressions(obj: KubeObject, _settings: Settings) -> Iterator[str]:
    """Every regular expression compiles."""
    for path, value in _expressions(obj):
        if value is UNKNOWN:
            yield must_be_plain(obj, path)
        elif isinstance(value, str) and not compiles(value):
            yield (
                f"Correct {path} of {obj}: the proxy cannot read it as a regular expression, and "
                "drops the route without an error. Rust's regular expressions have no lookaround "
                "and no backreferences."
            )


def _expressions(obj: KubeObject) -> Iterator[tuple[str, Any]]:
    if obj.group_kind == linkerd.SERVICE_PROFILE:
        yield from _profile_expressions(obj)
    else:
        yield from _route_expressions(obj)


def _profile_expressions(obj: KubeObject) -> Iterator[tuple[str, Any]]:
    routes = peek(obj.props, "spec", "routes")
    if routes is UNKNOWN:
        yield "spec.routes", UNKNOWN
    for index, route in enumerate(elements(routes)):
        yield from _conditions(peek(route, "condition"), f"spec.routes[{index}].condition")


def _conditions(condition: Any, path: str) -> Iterator[tuple[str, Any]]:
    yield f"{path}.pathRegex", peek(condition, "pathRegex")
    if isinstance(peek(condition, "not"), Mapping):
        yield from _conditions(peek(condition, "not"), f"{path}.not")
    for key in ("all", "any"):
        for index, inner in enumerate(elements(peek(condition, key))):
            yield from _conditions(inner, f"{path}.{key}[{index}]")


def _route_expressions(obj: KubeObject) -> Iterator[tuple[str, Any]]:
    for number, rule in enumerate(elements(peek(obj.props, "spec", "rules"))):
        for index, match in enumerate(elements(peek(rule, "matches"))):
            where = f"spec.rules[{number}].matches[{index}]"
            if peek(match, "path", "type") == _REGULAR:
                yield f"{where}.path.value", peek(match, "path", "value")
            for key in ("headers", "queryParams"):
                for position, one in enumerate(elements(peek(match, key))):
                    if peek(one, "type") == _REGULAR:
                        yield f"{where}.{key}[{position}].value", peek(one, "value")


_REGULAR = "RegularExpression"
_BACKSLASH = r"\x5c"
_NOT_IN_RUST = re.compile(r"\(\?(<?[=!]|P=|\(|>)|\\[1-9]")
_RUST_ONLY = (
    (re.compile(r"\(\?<(?=[A-Za-z_])"), "(?P<"),
    (re.compile(r"\\[pP](\{[^{}]*\}|[A-Z])"), "."),
    (re.compile(r"\\z"), "$"),
    (re.compile(r"\(\?[imsxU]+\)"), ""),
)


def compiles(expression: str) -> bool:
    """Whether Rust's ``regex`` takes ``expression``, as far as Python's ``re`` shows.

    Rule: https://docs.rs/regex/latest/regex/#syntax. What only Rust has is translated into Python's
    syntax first.
    """
    text = expression.replace(r"\\", _BACKSLASH)
    if _NOT_IN_RUST.search(text):
        return False
    for form, python in _RUST_ONLY:
        text = form.sub(python, text)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            re.compile(text)
    except re.error:
        return False
    return True


_PROFILE = """\
apiVersion: linkerd.io/v1alpha2
kind: ServiceProfile
metadata: {{name: {name}, namespace: shop}}
spec:
  routes:
    - name: GET /items/{{id}}
      condition: {{method: GET, pathRegex: '{expression}'}}
"""
_SOURCE = "https://linkerd.io/2-edge/reference/service-profiles/"

PROFILE_NAME = ResourceRule(
    name="linkerd-profile-name",
    display_name="ServiceProfiles have their Service's full name",
    group=groups.UNKNOWN_NAMES.name,
    severity=Severity.HIGH,
    tags=groups.UNKNOWN_NAMES.tags,
    description="A ServiceProfile is named <service>.<namespace>.svc.<cluster domain>.",
    why=(
        "Linkerd looks a profile up by the full name. One with the name `cart` deploys and never "
        "matches."
    ),
    remediation="Rename it, for example to cart.shop.svc.cluster.local.",
    source=_SOURCE,
    settings=(_EXTERNAL,),
    kinds=frozenset({linkerd.SERVICE_PROFILE}),
    check=check_name,
    bad=_PROFILE.format(name="cart", expression="/items"),
    good=_PROFILE.format(name="cart.shop.svc.cluster.local", expression="/items"),
)

PATH_EXPRESSIONS = ResourceRule(
    name="linkerd-path-expressions",
    display_name="Regular expressions can be read",
    group=groups.UNKNOWN_NAMES.name,
    severity=Severity.HIGH,
    tags=groups.UNKNOWN_NAMES.tags,
    description="Regular expressions in ServiceProfiles and routes compile.",
    why=(
        "Nothing validates them when they are written. A proxy drops a route whose expression it "
        "cannot read, and with it the timeout and the retries."
    ),
    remediation="Correct the expression. The proxy anchors it at both ends by itself.",
    source="https://docs.rs/regex/latest/regex/#syntax",
    kinds=frozenset({linkerd.SERVICE_PROFILE, *linkerd.ROUTES}),
    check=check_expressions,
    bad=_PROFILE.format(name="cart.shop.svc.cluster.local", expression="/items/[^/]*("),
    good=_PROFILE.format(name="cart.shop.svc.cluster.local", expression="/items/[^/]*"),
)

RULES = (PROFILE_NAME, PATH_EXPRESSIONS)
