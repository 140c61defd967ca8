"""Ports and address ranges of a cluster, derived from its checkout."""

from __future__ import annotations

import socket
from collections.abc import Callable
from dataclasses import dataclass

from tools.cluster.errors import ClusterError

HOST = "127.0.0.1"
COUNT = 200
_FIRST_PORT = 20_000  # below 32768, where Linux begins to assign ports by itself
_PORTS_PER_SLOT = 10
_FIRST_OCTET = 16

# The API server refuses loopback addresses in Endpoints ("may not be in the loopback range"). So
# Pods get addresses of the range for benchmarks (RFC 2544), which no network routes. Nothing
# connects to them: the API server reaches webhooks and aggregated APIs by the Service's address.
POD_CIDR = "198.18.0.0/15"


@dataclass(frozen=True, slots=True)
class Slot:
    """One of ``COUNT`` fixed sets of ports, each with its own Service range.

    Clusters that run side by side have different slots, and so different ports and ranges.
    """

    index: int

    def __post_init__(self) -> None:
        if not 0 <= self.index < COUNT:
            raise ValueError(f"slot {self.index} is not in 0..{COUNT - 1}")

    def _port(self, offset: int) -> int:
        return _FIRST_PORT + self.index * _PORTS_PER_SLOT + offset

    @property
    def apiserver(self) -> int:
        return self._port(0)

    @property
    def etcd(self) -> int:
        return self._port(1)

    @property
    def etcd_peer(self) -> int:
        return self._port(2)

    @property
    def controller_manager(self) -> int:
        return self._port(3)

    @property
    def scheduler(self) -> int:
        return self._port(4)

    @property
    def kwok(self) -> int:
        return self._port(5)

    @property
    def ports(self) -> tuple[int, ...]:
        return tuple(self._port(offset) for offset in range(6))

    @property
    def service_cidr(self) -> str:
        """A loopback /16: a call to a Service can never leave the machine."""
        return f"127.{_FIRST_OCTET + self.index}.0.0/16"

    @property
    def server(self) -> str:
        return f"https://{HOST}:{self.apiserver}"


def is_free(port: int) -> bool:
    """Whether a server could listen on this port of 127.0.0.1 now."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        # What servers do too: connections in TIME_WAIT do not keep a port.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError:
            return False
    return True


def choose(checkout_id: str, free: Callable[[int], bool] = is_free) -> Slot:
    """The checkout's own slot, or the next one after it whose ports are all free.

    ``checkout_id`` is hexadecimal. Raises ClusterError when every slot has a port in use.
    """
    own = int(checkout_id, 16) % COUNT
    for step in range(COUNT):
        slot = Slot((own + step) % COUNT)
        if all(free(port) for port in slot.ports):
            return slot
    last = _FIRST_PORT + COUNT * _PORTS_PER_SLOT - 1
    raise ClusterError(
        f"No free ports: each set of six between {_FIRST_PORT} and {last} on {HOST} has one in "
        "use. Stop what listens there (other checkouts' clusters: make cluster-down), then retry."
    )
