"""The messages with which a proxy asks Linkerd's destination controller.

Source: ``proto/destination.proto``, ``http_types.proto`` and ``net.proto`` of
github.com/linkerd/linkerd2-proxy-api v0.9.0; only what the tests read is here. They are written in
proto2 terms, which are the same on the wire and tell an unset field from an empty one.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from google.protobuf import (
    descriptor_pb2,
    descriptor_pool,
    duration_pb2,
    message_factory,
)

_PACKAGE = "platform.tests.destination"
SERVICE = "io.linkerd.proxy.destination.Destination"

# Field number and type; `*` stands for repeated. A map is a list of its entries.
_MESSAGES: Mapping[str, Mapping[str, tuple[int, str]]] = {
    "GetDestination": {"scheme": (1, "string"), "path": (2, "string")},
    "DestinationProfile": {
        "routes": (1, "*Route"),
        "retry_budget": (2, "RetryBudget"),
        "dst_overrides": (3, "*WeightedDst"),
        "opaque_protocol": (4, "bool"),
        "fully_qualified_name": (5, "string"),
    },
    "Route": {
        "condition": (1, "RequestMatch"),
        "response_classes": (2, "*ResponseClass"),
        "metrics_labels": (3, "*Label"),
        "is_retryable": (4, "bool"),
        "timeout": (5, "Duration"),
    },
    "Label": {"key": (1, "string"), "value": (2, "string")},
    "RequestMatch": {
        "all": (1, "RequestMatches"),
        "path": (4, "PathMatch"),
        "method": (5, "HttpMethod"),
    },
    "RequestMatches": {"matches": (1, "*RequestMatch")},
    "PathMatch": {"regex": (1, "string")},
    "HttpMethod": {"registered": (1, "int32"), "unregistered": (2, "string")},
    "ResponseClass": {"condition": (1, "ResponseMatch"), "is_failure": (2, "bool")},
    "ResponseMatch": {"status": (4, "HttpStatusRange")},
    "HttpStatusRange": {"min": (1, "uint32"), "max": (2, "uint32")},
    "RetryBudget": {
        "retry_ratio": (1, "float"),
        "min_retries_per_second": (2, "uint32"),
        "ttl": (3, "Duration"),
    },
    "WeightedDst": {"authority": (1, "string"), "weight": (2, "uint32")},
    "Update": {"add": (1, "WeightedAddrSet"), "no_endpoints": (3, "NoEndpoints")},
    "WeightedAddrSet": {"addrs": (1, "*WeightedAddr")},
    "WeightedAddr": {"addr": (1, "TcpAddress")},
    "TcpAddress": {"ip": (1, "IPAddress"), "port": (2, "uint32")},
    "IPAddress": {"ipv4": (1, "fixed32")},
    "NoEndpoints": {"exists": (1, "bool")},
}
METHODS = ("GET", "POST", "PUT", "DELETE", "PATCH", "OPTIONS", "CONNECT", "HEAD", "TRACE")
"""The names of ``HttpMethod.registered``, by number."""

_Field = descriptor_pb2.FieldDescriptorProto


def _file() -> Any:
    file = descriptor_pb2.FileDescriptorProto(
        name="platform/tests/destination.proto",
        package=_PACKAGE,
        dependency=[duration_pb2.DESCRIPTOR.name],
    )
    for name, fields in _MESSAGES.items():
        message = file.message_type.add(name=name)
        for field, (number, kind) in fields.items():
            message.field.add(name=field, number=number, **_type(kind))
    return file


def _type(kind: str) -> dict[str, Any]:
    label = _Field.LABEL_REPEATED if kind.startswith("*") else _Field.LABEL_OPTIONAL
    kind = kind.removeprefix("*")
    if kind == "Duration":
        return {
            "label": label,
            "type": _Field.TYPE_MESSAGE,
            "type_name": ".google.protobuf.Duration",
        }
    if kind in _MESSAGES:
        return {"label": label, "type": _Field.TYPE_MESSAGE, "type_name": f".{_PACKAGE}.{kind}"}
    return {"label": label, "type": getattr(_Field, f"TYPE_{kind.upper()}")}


_POOL = descriptor_pool.DescriptorPool()
_POOL.Add(descriptor_pb2.FileDescriptorProto.FromString(duration_pb2.DESCRIPTOR.serialized_pb))
_POOL.Add(_file())


def message(name: str) -> Any:
    """The class of a message. Raises ``KeyError`` for one that is not described here."""
    return message_factory.GetMessageClass(_POOL.FindMessageTypeByName(f"{_PACKAGE}.{name}"))
