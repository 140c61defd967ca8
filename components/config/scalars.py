"""The scalar types of the configuration: each refuses what Kubernetes or Linkerd would refuse."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Callable, Sequence
from decimal import Decimal, InvalidOperation
from typing import Annotated, Any, TypeVar
from urllib.parse import urlsplit

from pydantic import AfterValidator, BeforeValidator
from pydantic_core import PydanticCustomError

from components import names
from components.config import durations
from components.config.quantities import amount
from components.linkerd.shared import limits

N = TypeVar("N", int, float)
WEIGHTS = "a number from 0 to 100 (per cent, at most one decimal)"


def refuse(allowed: str, fix: str) -> PydanticCustomError:
    """The error that a validator raises: what is allowed, and what the user can do."""
    return PydanticCustomError("refused", "{allowed}", {"allowed": allowed, "fix": fix})


def _dns_label(text: str) -> str:
    if not names.is_dns_label(text):
        raise refuse(
            "a DNS label: lower-case letters, digits and '-', at most 63, starting with a letter",
            "Rename it.",
        )
    return text


def _unit(value: Any) -> Any:
    """Refuse a number: in quotes it would lack the unit just as well."""
    if isinstance(value, int | float):
        raise refuse(durations.ALLOWED, "Add the unit, such as 5s.")
    return value


def _duration(text: str) -> str:
    try:
        return durations.canonical(text)
    except ValueError:
        raise refuse(durations.ALLOWED, "Write it in those units: 1d is 24h.") from None


def _cidr(text: str) -> str:
    try:
        return str(ipaddress.ip_network(text))
    except ValueError:
        raise refuse(
            "an IPv4 or IPv6 network such as 203.0.113.0/24", "Correct the network."
        ) from None


_HOST = re.compile(r"[a-z0-9]([a-z0-9.-]*[a-z0-9])?(:[0-9]{1,5})?|\[[0-9a-f:.]+\](:[0-9]{1,5})?")


def _url(text: str) -> str:
    if not _is_url(text):
        raise refuse(
            "an http or https URL such as https://pay.example:8443/v1, with its scheme and host in "
            "lower case",
            "Write the URL in full.",
        )
    return text


def _is_url(text: str) -> bool:
    try:
        parts = urlsplit(text)
        port = parts.port
    except ValueError:  # a port or an address that is none
        return False
    return (
        text.startswith(("http://", "https://"))
        and not re.search(r"[\s\x00-\x20\x7f]", text)
        and bool(_HOST.fullmatch(parts.netloc.rpartition("@")[2]))
        and port != 0
    )


def _url_or_address(text: str) -> str:
    return _url(text) if "://" in text else _address(text)


def _above_zero(quantity: str) -> str:
    if not amount(quantity):
        raise refuse("a quantity above 0, such as 1Gi", "Correct the value.")
    return quantity


_CRON_FIELDS: tuple[tuple[int, int, Sequence[str]], ...] = (
    (0, 59, ()),
    (0, 23, ()),
    (1, 31, ()),
    (1, 12, ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"]),
    (0, 6, ["sun", "mon", "tue", "wed", "thu", "fri", "sat"]),
)


def _cron(text: str) -> str:
    fields = text.split()
    if len(fields) != len(_CRON_FIELDS) or not all(map(_is_cron_field, fields, _CRON_FIELDS)):
        raise refuse(
            "five cron fields: minute, hour, day of the month, month, day of the week (0 to 6)",
            "Correct it: `17 3 * * *` is every day at 03:17 UTC.",
        )
    if not _has_a_day(fields):
        raise refuse("a day that one of the months has", "Correct the day or the month.")
    return text


def _has_a_day(fields: Sequence[str]) -> bool:
    """Whether the schedule ever comes: 31 February does not. A day of the week always does."""
    days, months, week = fields[2:]
    if not re.fullmatch(r"[0-9,]+", days) or not re.fullmatch(r"[0-9,]+", months) or week != "*":
        return True
    longest = [31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]
    first = min(map(int, days.split(",")))
    return any(first <= longest[int(month) - 1] for month in months.split(","))


def _is_cron_field(field: str, bounds: tuple[int, int, Sequence[str]]) -> bool:
    return all(_is_cron_part(part, *bounds) for part in field.split(","))


def _is_cron_part(part: str, low: int, high: int, words: Sequence[str]) -> bool:
    found = re.fullmatch(r"(?:[*?]|(\w+)(?:-(\w+))?)(?:/([0-9]{1,4}))?", part, re.ASCII)
    if found is None or (found[3] is not None and int(found[3]) == 0):
        return False
    ends = [_cron_number(each, low, words) for each in (found[1], found[2]) if each is not None]
    return all(low <= each <= high for each in ends) and ends == sorted(ends)


def _cron_number(text: str, low: int, words: Sequence[str]) -> int:
    if text.lower() in words:
        return low + words.index(text.lower())
    return int(text) if re.fullmatch(r"[0-9]{1,4}", text, re.ASCII) else -1


def no_bool(value: Any) -> Any:
    """Refuse ``true`` and ``false``; runs before a number's own validation."""
    # YAML's `yes` would otherwise be taken for the number 1.
    if isinstance(value, bool):
        raise refuse("a number", "Write a number.")
    return value


def _matching(pattern: str, allowed: str) -> Callable[[str], str]:
    def check(text: str) -> str:
        if not re.fullmatch(pattern, text):
            raise refuse(allowed, "Correct the value.")
        return text

    return check


_address = _matching(
    r"[a-z0-9]([a-z0-9.-]*[a-z0-9])?:[1-9][0-9]{0,4}", "host:port, such as jaeger.tracing:16686"
)


def between(low: int, high: int, what: str) -> Callable[[N], N]:
    """A validator of numbers from ``low`` to ``high``; ``what`` is their name in messages."""

    def check(value: N) -> N:
        if not low <= value <= high:
            raise refuse(f"{what} from {low} to {high}", "Correct the number.")
        return value

    return check


def _weight(value: object) -> Decimal:
    text = str(value)
    try:
        # Decimal would read the digits of every script.
        weight = Decimal(text if text.isascii() and not isinstance(value, bool) else "NaN")
    except InvalidOperation:
        weight = Decimal("NaN")
    if not weight.is_finite() or not 0 <= weight <= 100 or weight * 10 % 1:
        raise refuse(
            WEIGHTS,
            "Correct it: 0 sends no request to the canary, 100 every request.",
        )
    return weight


DnsLabel = Annotated[str, AfterValidator(_dns_label)]
"""An RFC 1035 label, such as a Service's name."""

Hostname = Annotated[
    str,
    AfterValidator(
        _matching(
            r"(?=.{1,253}$)[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)+",
            "a host name in lower case, such as shop.example.com",
        )
    ),
]
"""A fully qualified host name."""

Duration = Annotated[str, BeforeValidator(_unit), AfterValidator(_duration)]
"""A duration in the form that all of Linkerd reads; see :mod:`components.config.durations`."""

Quantity = Annotated[
    str,
    AfterValidator(
        _matching(
            r"[0-9]+(\.[0-9]+)?(m|k|M|G|T|Ki|Mi|Gi|Ti)?", "a quantity such as 100m, 0.5 or 64Mi"
        )
    ),
]
"""An amount of CPU, memory or storage.

Source: https://kubernetes.io/docs/reference/kubernetes-api/common-definitions/quantity/
"""

Size = Annotated[Quantity, AfterValidator(_above_zero)]
"""The size of a volume."""

Variable = Annotated[
    str,
    AfterValidator(
        _matching(
            r"(?!\.$|\.\.)[-._a-zA-Z][-._a-zA-Z0-9]*",
            "a name such as LOG_LEVEL: letters, digits, '_', '-' and '.', with no digit or '..' in "
            "front",
        )
    ),
]
"""The name of an environment variable, as every supported Kubernetes takes it.

Kubernetes takes other characters from 1.32 on only. Source: k8s.io/apimachinery,
pkg/util/validation (IsEnvVarName)
"""

Database = Annotated[
    str,
    AfterValidator(
        _matching(
            r"(?!template[01]$)[A-Za-z_][-A-Za-z0-9_]{0,62}",
            "letters, digits, '_' and '-', at most 63, with a letter or '_' in front; not "
            "template0 or template1",
        )
    ),
]
"""The name of a PostgreSQL database.

Source: https://www.postgresql.org/docs/17/sql-syntax-lexical.html#SQL-SYNTAX-IDENTIFIERS
"""

CronSchedule = Annotated[str, AfterValidator(_cron)]
"""Five cron fields as Kubernetes reads them.

Source: https://pkg.go.dev/github.com/robfig/cron/v3#hdr-CRON_Expression_Format
"""

Image = Annotated[
    str,
    AfterValidator(
        _matching(
            r"(?a)[a-z0-9][\w./:-]*(:[\w][\w.-]{0,127}|@sha256:[0-9a-f]{64})",
            "an image with a tag or digest, such as nginx:1.29",
        )
    ),
]
"""A container image with a tag or digest, since without one it could change at any time."""

AbsolutePath = Annotated[
    str, AfterValidator(_matching(r"/+[^\s/:][^\s:]*", "an absolute path below '/', without ':'"))
]
"""A path inside a container, at which something can be mounted."""

UrlPath = Annotated[
    str,
    AfterValidator(
        _matching(
            r"/([^\s?#{}]|\{[^\s/?#{}]+\})*",
            "a path that starts with '/', without query, with braces only as in /users/{id}",
        )
    ),
]
"""The path of a request."""

Cidr = Annotated[str, AfterValidator(_cidr)]
"""An IPv4 or IPv6 network."""

HttpUrl = Annotated[str, AfterValidator(_url)]
"""An absolute http or https URL."""

Address = Annotated[str, AfterValidator(_address)]
"""A host and a port, without a scheme."""

HttpUrlOrAddress = Annotated[str, AfterValidator(_url_or_address)]
"""An absolute http or https URL, or a host and a port."""

Port = Annotated[int, BeforeValidator(no_bool), AfterValidator(between(1, 65535, "a port"))]
"""A TCP port."""

Weight = Annotated[Decimal, BeforeValidator(_weight)]
"""A canary's share of the requests in per cent, with at most one decimal."""

Replicas = Annotated[
    int, BeforeValidator(no_bool), AfterValidator(between(1, 1000, "a number of pods"))
]
"""A number of pods."""

RetryLimit = Annotated[
    int, BeforeValidator(no_bool), AfterValidator(between(1, limits.RETRIES, "a number of retries"))
]
"""Retries after the first try, as many as the policy pack allows by default."""

Rate = Annotated[
    float, BeforeValidator(no_bool), AfterValidator(between(0, 1000, "requests per second"))
]
"""Requests per second."""

Share = Annotated[
    int, BeforeValidator(no_bool), AfterValidator(between(1, 1000, "a number of parts"))
]
"""Parts of a whole, which is the sum of all parts."""

Failures = Annotated[
    int, BeforeValidator(no_bool), AfterValidator(between(1, 1000, "a number of failures"))
]
"""Consecutive failures of one endpoint."""

Dumps = Annotated[
    int, BeforeValidator(no_bool), AfterValidator(between(1, 1000, "a number of dumps"))
]
"""A number of a store's dumps."""

Checks = Annotated[
    int, BeforeValidator(no_bool), AfterValidator(between(1, 100, "a number of checks"))
]
"""A number of Flagger's checks."""

Percent = Annotated[
    int, BeforeValidator(no_bool), AfterValidator(between(1, 100, "a whole percentage"))
]
"""A share in per cent."""

SuccessRate = Annotated[
    float, BeforeValidator(no_bool), AfterValidator(between(50, 100, "a percentage"))
]
"""The share of requests that must succeed, in per cent."""

MinimumRequests = Annotated[
    int, BeforeValidator(no_bool), AfterValidator(between(1, 1_000_000, "a number of requests"))
]
"""The number of requests from which their success rate is meaningful."""

Seconds = Annotated[
    int, BeforeValidator(no_bool), AfterValidator(between(0, 3600, "a number of seconds"))
]
"""A time in whole seconds, up to an hour."""

UrlScheme = Annotated[
    str,
    AfterValidator(
        _matching(
            r"[a-z][a-z0-9+.-]{0,31}",
            "a URL's scheme such as nats: lower-case letters, digits, '+', '-' and '.', at most "
            "32, with a letter in front",
        )
    ),
]
"""The scheme of a URL. Source: https://www.rfc-editor.org/rfc/rfc3986#section-3.1"""

PortName = Annotated[
    str,
    AfterValidator(
        _matching(
            r"(?=.{1,15}$)[a-z0-9]*[a-z][a-z0-9]*(-[a-z0-9]+)*",
            "lower-case letters, digits and '-', at most 15 characters, with a letter",
        )
    ),
]
"""The name of a port.

Source: https://kubernetes.io/docs/concepts/services-networking/service/#field-spec-ports
"""

SecretKeyName = Annotated[
    str, AfterValidator(_matching(r"[-._a-zA-Z0-9]{1,253}", "letters, digits, '-', '_' and '.'"))
]
"""The name of a key in a Secret."""

UserId = Annotated[
    int, BeforeValidator(no_bool), AfterValidator(between(1, 65534, "a non-root user id"))
]
"""The numeric user that a container runs as."""
