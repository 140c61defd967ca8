"""What the SDK's classes know about a resource type, read at run time."""

from __future__ import annotations

from typing import Any, NamedTuple
from unittest import mock

import pulumi


class Described(NamedTuple):
    token: str
    outputs: set[str]
    inputs: set[str]
    secret_outputs: set[str]


def getters(cls: type) -> dict[str, str]:
    """The attributes of a class of the SDK: their names in Python and in Pulumi."""
    found = {
        name: vars(member.fget)["_pulumi_name"]
        for name, member in vars(cls).items()
        if isinstance(member, property)
    }
    assert found
    return found


def describe(cls: type[pulumi.CustomResource], **arguments: Any) -> Described:
    """Build the class on a replaced base class, and look at the arguments it passes on."""
    seen: dict[str, Any] = {}

    def spy(_self: Any, token: str, _name: str, props: Any, opts: Any, *_: Any, **__: Any) -> None:
        seen.update(token=token, props=props, opts=opts)

    names = getters(cls)
    with mock.patch.object(pulumi.CustomResource, "__init__", spy):
        cls("probe", **arguments)
    computed = {name for name, value in vars(seen["props"]).items() if value is None}
    accepted = set(vars(cls)["_internal_init"].__annotations__) - {
        "resource_name",
        "opts",
        "return",
    }
    assert computed <= set(names)
    return Described(
        token=seen["token"],
        outputs=set(names.values()),
        inputs={names[name] for name in accepted if name in names},
        secret_outputs=set(seen["opts"].additional_secret_outputs or ()),
    )
