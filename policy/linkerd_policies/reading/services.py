"""Services: what they select, which ports they have, and the name that a profile gives them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from linkerd_policies.framework.objects import UNKNOWN, KubeObject, Unknown, elements, peek
from linkerd_policies.reading import linkerd
from linkerd_policies.reading.label_selector import Verdict, takes
from linkerd_policies.reading.pods import Labels, as_labels
from linkerd_policies.reading.references import Named, named


def services_of(objects: Sequence[KubeObject]) -> Named:
    """Every Service of the stack."""
    return named(objects, linkerd.SERVICE)


def selector_of(service: KubeObject) -> Labels | Unknown:
    """The labels that a Service selects by; empty where it selects nothing."""
    selector = peek(service.props, "spec", "selector")
    if selector is UNKNOWN:
        return Unknown.UNKNOWN
    labels = as_labels(selector)
    return UNKNOWN if UNKNOWN in labels.values() else labels


def selects(selector: Labels, labels: Labels | Unknown) -> Verdict:
    """Whether a Service's selector takes pods with these labels; an empty one takes none."""
    return takes({"matchLabels": selector} if selector else None, labels)


def is_headless(service: KubeObject) -> bool:
    """Whether a Service has no address of its own."""
    return bool(peek(service.props, "spec", "clusterIP") == "None")


def is_external_name(service: KubeObject) -> bool:
    """Whether a Service is an alias of a DNS name."""
    return bool(peek(service.props, "spec", "type") == "ExternalName")


def port_numbers(service: KubeObject) -> frozenset[int] | Unknown:
    """The ports that clients can dial."""
    ports: Any = peek(service.props, "spec", "ports")
    if ports is UNKNOWN:
        return Unknown.UNKNOWN
    numbers = [peek(port, "port") for port in elements(ports)]
    if UNKNOWN in numbers:
        return UNKNOWN
    return frozenset(int(number) for number in numbers if isinstance(number, (int, float)))


def profiled_service(name: str | Unknown) -> str | Unknown | None:
    """``namespace/name`` in a profile's name, ``name.namespace.svc.<cluster domain>``."""
    if name is UNKNOWN:
        return UNKNOWN
    service, _, rest = name.partition(".")
    namespace, _, rest = rest.partition(".")
    return f"{namespace}/{service}" if rest.split(".")[0] == "svc" else None
