"""What the load generator sends: the rate and the arguments for each route. Knows no Pulumi.

The arguments are fortio's: https://github.com/fortio/fortio#command-line-arguments
"""

from __future__ import annotations

import math
from collections.abc import Mapping

from components.config.catalogue.model import Catalogue, Load, LoadRoute
from components.config.stack.settings import Settings

MOST_CONNECTIONS = 50


def rate(load: Load, settings: Settings) -> float:
    """Requests per second in all: the stack's where it has one, else the catalogue's."""
    own = settings.load.rate
    return load.rate if own is None else own


def plan(catalogue: Catalogue, settings: Settings) -> Mapping[str, list[str]]:
    """The arguments of one fortio for each route, by the container's name; empty when off."""
    load = catalogue.load
    if load is None or not rate(load, settings):
        return {}
    url = catalogue.services[catalogue.gateway].url(catalogue.gateway)
    shares = sum(route.share for route in load.routes)
    each = rate(load, settings) / shares
    return {route.container: _arguments(route, url, each * route.share) for route in load.routes}


def _arguments(route: LoadRoute, url: str, rate: float) -> list[str]:
    return [
        "load",
        "-quiet",
        "-allow-initial-errors",  # the gateway may be slower to start
        "-nocatchup",  # after a pause, no burst
        "-uniform",
        "-t=0",  # until stopped
        f"-qps={rate:.6g}",
        # One for each second that an answer may take on average, at the wanted rate.
        f"-c={min(max(1, math.ceil(rate)), MOST_CONNECTIONS)}",
        f"-timeout={route.timeout}",
        f"-X={route.method}",
        f"{url}{route.path}",
    ]
