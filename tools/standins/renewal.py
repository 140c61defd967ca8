"""When a certificate is due for renewal.

Source: ``modifyPlanIfCertificateReadyForRenewal`` of hashicorp/terraform-provider-tls.
"""

from __future__ import annotations

import re
from datetime import datetime, timedelta

from tools.standins.resource import RENEWAL
from tools.standins.schema import UNKNOWN, Properties, ProviderError


def parse_time(text: str) -> datetime:
    """An RFC 3339 time, to the second. Raises ``ProviderError``."""
    parts = re.fullmatch(r"(.{19})(?:\.\d+)?(Z|[+-]\d\d:\d\d)", text)
    try:
        if parts is None:
            raise ValueError
        return datetime.fromisoformat(parts[1] + parts[2].replace("Z", "+00:00"))
    except ValueError:
        raise ProviderError(f"the state holds {text!r} where a time should be") from None


def renewal_due(state: Properties, now: datetime) -> bool:
    """Whether the early renewal of a certificate has begun."""
    early, end = state.get("earlyRenewalHours", 0), state.get("validityEndTime")
    if end is None or early is UNKNOWN:
        return False
    left = parse_time(end) - now
    return left <= timedelta(hours=early)


def ready_from_the_start(planned: Properties) -> Properties:
    """``readyForRenewal`` of a new certificate: true when the early renewal covers all its life."""
    hours, early = planned["validityPeriodHours"], planned["earlyRenewalHours"]
    if hours == 0 or UNKNOWN in (hours, early):
        return {RENEWAL: hours == 0}
    return {RENEWAL: early >= hours}
