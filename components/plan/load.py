"""What the load generator sends: the rate and the arguments for each route.

The arguments are fortio's: https://github.com/fortio/fortio#command-line-arguments
"""

from __future__ import annotations

import math
from collections.abc import Mapping

from components.config.catalogue.model import Catalogue, Load, LoadRoute
from components.config.stack.settings import Settings

MAX_CONNECTIONS = 50
"""The most connections that one container opens: a choice of ours, to bound what it holds open.

A faster route still reaches its rate while responses take less than 50 / rate seconds.
"""


def rate(load: Load, settings: Settings) -> float:
    """Requests per second for all routes together: the stack's rate, or else the catalogue's."""
    return load.rate if settings.load.rate is None else settings.load.rate


def plan(catalogue: Catalogue, settings: Settings) -> Mapping[str, list[str]]:
    """The arguments of fortio for each route, by the container's name. Empty if the load is off."""
    load = catalogue.load
    if load is None or not rate(load, settings):
        return {}
    url = catalogue.services[catalogue.gateway].url(catalogue.gateway)
    shares = sum(route.share for route in load.routes)
    each = rate(load, settings) / shares
    return {
        container: _arguments(route, url, each * route.share)
        for container, route in load.containers.items()
    }


def _arguments(route: LoadRoute, url: str, rate: float) -> list[str]:
    return [
        "load",
        "-quiet",
        "-allow-initial-errors",  # the gateway may be slower to start
        "-nocatchup",  # after a pause, no burst
        "-uniform",
        "-t=0",  # until stopped
        f"-qps={rate:.6g}",
        # Each connection waits for its response. This many reach the rate if responses take 1 s.
        f"-c={min(max(1, math.ceil(rate)), MAX_CONNECTIONS)}",
        f"-timeout={route.timeout}",
        f"-X={route.method}",
        f"{url}{route.path}",
    ]
