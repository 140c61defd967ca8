"""Ports and ranges: apart for two checkouts, the same for one, and all on loopback."""

from __future__ import annotations

import ipaddress
import socket

import pytest

from tools.cluster import slot
from tools.cluster.errors import ClusterError

LOOPBACK = ipaddress.ip_network("127.0.0.0/8")


def test_no_two_slots_share_a_port_or_a_range() -> None:
    slots = [slot.Slot(index) for index in range(slot.COUNT)]
    ports = [port for each in slots for port in each.ports]
    assert len(set(ports)) == len(ports) == 6 * slot.COUNT
    assert len({each.service_cidr for each in slots}) == slot.COUNT


def test_every_service_range_is_loopback_and_leaves_127_0_alone() -> None:
    for index in range(slot.COUNT):
        network = ipaddress.ip_network(slot.Slot(index).service_cidr)
        assert network.subnet_of(LOOPBACK)  # type: ignore[arg-type]  # both are IPv4 here
        assert not network.overlaps(ipaddress.ip_network("127.0.0.0/16"))


def test_ports_are_below_those_that_systems_hand_out() -> None:
    highest = max(slot.Slot(slot.COUNT - 1).ports)
    assert highest < 32_768
    assert min(slot.Slot(0).ports) > 1_024


@pytest.mark.parametrize("index", [-1, slot.COUNT])
def test_a_slot_outside_the_range_is_refused(index: int) -> None:
    with pytest.raises(ValueError, match="is not in 0"):
        slot.Slot(index)


def test_a_checkout_gets_its_own_slot_each_time() -> None:
    expected = int("9ffd2e36", 16) % slot.COUNT
    assert slot.choose("9ffd2e36", lambda _: True).index == expected
    assert slot.choose("9ffd2e36", lambda _: True).index == expected


def test_a_slot_with_one_taken_port_is_passed_over_for_the_next() -> None:
    own = slot.choose("00000000", lambda _: True)
    taken = own.scheduler
    assert slot.choose("00000000", lambda port: port != taken).index == own.index + 1


def test_the_last_slot_is_followed_by_the_first() -> None:
    last = slot.Slot(slot.COUNT - 1)
    identity = f"{slot.COUNT - 1:08x}"
    assert slot.choose(identity, lambda port: port not in last.ports).index == 0


def test_no_free_slot_is_an_error_that_says_what_to_do() -> None:
    with pytest.raises(ClusterError, match=r"No free ports.*make cluster-down"):
        slot.choose("00000000", lambda _: False)


def test_a_port_that_is_listened_on_is_not_free() -> None:
    with socket.socket() as server:
        server.bind((slot.HOST, 0))
        server.listen()
        port = server.getsockname()[1]
        assert not slot.is_free(port)
    assert slot.is_free(port)
