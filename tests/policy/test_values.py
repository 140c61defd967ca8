"""The views read what the SDK's own proxies read."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pulumi_policy import proxy
from pulumi_policy.deserialize import deserialize_properties
from pulumi_policy.proxy import UnknownValueError, unknown_checking_proxy

from linkerd_policies.framework.objects import is_list
from linkerd_policies.framework.values import UNKNOWN_VALUES, MapView
from tests.policy.support import secret, struct

UNKNOWN = "unknown"
SCALARS = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-1000, 1000).map(float),
    st.text(max_size=5),
    st.sampled_from(sorted(UNKNOWN_VALUES)),
)
KEYS = st.text("abc", min_size=1, max_size=2)


def _nested(children: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    plain = st.one_of(st.lists(children, max_size=3), st.dictionaries(KEYS, children, max_size=3))
    return st.one_of(plain, plain.map(secret))


VALUES = st.recursive(st.one_of(SCALARS, SCALARS.map(secret)), _nested, max_leaves=8)


def _plain(value: Any) -> Any:
    """All that can be read, with the path of each unknown value in its place."""
    if isinstance(value, Mapping):
        return {key: _read(value, key) for key in value}
    if is_list(value):
        return [_read(value, index) for index in range(len(value))]
    return value


def _read(holder: Any, step: Any) -> Any:
    try:
        return _plain(holder[step])
    except UnknownValueError as error:
        return UNKNOWN, error.unknown_type_sentinel, error.props


# The machine may be busy; what is generated is small.
@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.dictionaries(KEYS, VALUES, max_size=4))
def test_the_views_read_as_the_sdk_does(properties: dict[str, Any]) -> None:
    theirs = unknown_checking_proxy(deserialize_properties(properties))
    assert _plain(MapView(struct(properties))) == _plain(theirs)


def test_every_unknown_value_of_the_sdk_is_known() -> None:
    values = {getattr(proxy, name) for name in dir(proxy) if name.startswith("UNKNOWN_")}
    assert values == UNKNOWN_VALUES


def test_reading_what_is_missing_changes_nothing() -> None:
    message = struct({"a": 1})
    view = MapView(message)
    with pytest.raises(KeyError, match="b"):
        view["b"]
    assert view.get("b") is None
    assert "b" not in view
    assert list(view) == ["a"]
    assert len(message.fields) == 1


def test_an_unknown_value_is_there() -> None:
    (sentinel, *_) = UNKNOWN_VALUES
    view = MapView(struct({"a": sentinel, "b": [1, 2, 3]}))
    assert "a" in view
    with pytest.raises(UnknownValueError):
        view["a"]
    assert view["b"][1:] == [2, 3]
    assert view["b"][-1] == 3
    with pytest.raises(IndexError):
        view["b"][3]
    assert view["b"] is view["b"]


def test_a_view_in_a_message_tells_no_value() -> None:
    view = MapView(struct({"b": secret("s3cret"), "a": {"name": "s3cret"}, "list": ["s3cret", 1]}))
    assert f"{view} {view['a']} {view['list']}" == "{a, b, list} {name} [2 elements]"
