"""Which requests a route takes: the HTTP methods that its conditions let through.

Sources: https://linkerd.io/2-edge/reference/service-profiles/#request-match,
https://www.rfc-editor.org/rfc/rfc9110#section-9.2.2 (idempotent methods).
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from linkerd_policies.framework.objects import UNKNOWN, elements, filled, peek

_IDEMPOTENT = frozenset({"GET", "HEAD", "OPTIONS", "TRACE", "PUT", "DELETE"})
_UNSAFE = ("POST", "PATCH")
_DEPTH = 32
"""How deep conditions are followed. Below, everything may match."""


def unsafe_of_condition(condition: Any) -> tuple[str, ...]:
    """The methods without idempotence that the condition of a ServiceProfile's route can match.

    Without a method it matches all of them. Raises :class:`LookupError` where the preview does not
    know the condition.
    """
    named = {method.upper() for method in _named(condition, _DEPTH)}
    methods = (*_UNSAFE, *sorted(named - _IDEMPOTENT - {*_UNSAFE}))
    return tuple(method for method in methods if _outcomes(condition, method, _DEPTH)[0])


def unsafe_of_rules(rules: Any) -> tuple[str, ...]:
    """The methods without idempotence that the rules of an HTTPRoute can match.

    A rule without matches, and a match without a method, is for all of them. Raises
    :class:`LookupError` where the preview does not know the methods.
    """
    found: set[str] = set()
    _known(rules)
    for rule in elements(rules) if filled(rules) else [{}]:
        matches = _known(peek(_known(rule), "matches"))
        for match in elements(matches) if filled(matches) else [{}]:
            method = _known(peek(_known(match), "method"))
            found.update([str(method)] if method else _UNSAFE)
    first = [method for method in _UNSAFE if method in found]
    return (*first, *sorted(found - _IDEMPOTENT - {*_UNSAFE}))


def _known(value: Any) -> Any:
    if value is UNKNOWN:
        raise LookupError
    return value


def _named(condition: Any, depth: int) -> Iterator[str]:
    """Every method that the condition names."""
    method = peek(_known(condition), "method")
    if isinstance(method, str):
        yield method
    if depth:
        for inner in _inner(condition):
            yield from _named(inner, depth - 1)


def _inner(condition: Any) -> Iterator[Any]:
    for key in ("all", "any"):
        yield from elements(_known(peek(condition, key)))
    negated = _known(peek(condition, "not"))
    if negated is not None:
        yield negated


def _outcomes(condition: Any, method: str, depth: int) -> tuple[bool, bool]:
    """Whether a request with this method can match the condition, and whether it can fail it.

    The fields of a condition apply together. What is not about the method can go both ways.
    """
    if not depth:
        return True, True
    parts = list(_parts(condition, method, depth))
    return all(can for can, _ in parts), any(fails for _, fails in parts)


def _parts(condition: Any, method: str, depth: int) -> Iterator[tuple[bool, bool]]:
    named = _known(peek(_known(condition), "method"))
    if named:
        same = str(named).upper() == method
        yield same, not same
    if peek(condition, "pathRegex") is not None:
        yield True, True
    every = [_outcomes(one, method, depth - 1) for one in elements(peek(condition, "all"))]
    yield from every
    some = [_outcomes(one, method, depth - 1) for one in elements(peek(condition, "any"))]
    if some:
        yield any(can for can, _ in some), all(fails for _, fails in some)
    negated = peek(condition, "not")
    if negated is not None:
        can, fails = _outcomes(negated, method, depth - 1)
        yield fails, can
