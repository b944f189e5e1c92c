"""The limit on tries."""

from __future__ import annotations

import pytest
from aiohttp.test_utils import make_mocked_request
from multidict import CIMultiDict

from transport.http.problems import TooManyTries
from transport.http.tries import Tries, address_of


class Clock:
    """Stands still until it is moved."""

    def __init__(self) -> None:
        self.now = 1_000.0

    def __call__(self) -> float:
        return self.now


def refused(tries: Tries, address: str = "a") -> int | None:
    """The seconds to wait, or None if the try was allowed."""
    try:
        tries.take(address)
    except TooManyTries as refusal:
        return refusal.seconds
    return None


def test_so_many_at_once_and_so_many_more_a_minute() -> None:
    """A burst of a minute's tries, then one each time that its share of a minute has passed."""
    clock = Clock()
    tries = Tries(6, clock)
    assert [refused(tries) for _ in range(8)] == [None] * 6 + [10, 10]
    clock.now += 9
    assert refused(tries) == 1
    clock.now += 1
    assert [refused(tries), refused(tries)] == [None, 10]
    clock.now += 3_600
    assert [refused(tries) for _ in range(7)] == [None] * 6 + [10]


def test_addresses_do_not_share() -> None:
    """Who has used up theirs locks out nobody else."""
    tries = Tries(1, Clock())
    assert [refused(tries, "a"), refused(tries, "a"), refused(tries, "b")] == [None, 60, None]


def test_zero_is_no_limit() -> None:
    """For those who run a closed server or a load test."""
    tries = Tries(0, Clock())
    assert [refused(tries) for _ in range(1_000)] == [None] * 1_000


def test_memory_stays_bounded() -> None:
    """Of very many addresses those that were quiet for the longest time are forgotten first."""
    tries = Tries(1, Clock())
    assert refused(tries, "first") is None
    for number in range(9_999):
        assert refused(tries, f"n{number}") is None
    assert refused(tries, "first") == 60
    assert refused(tries, "one more") is None
    assert refused(tries, "first") is None
    assert refused(tries, "n5000") == 60


@pytest.mark.parametrize(
    ("forwarded", "proxies", "address"),
    [
        ([], 0, "127.0.0.1"),
        (["192.0.2.1"], 0, "127.0.0.1"),
        ([], 1, "127.0.0.1"),
        (["192.0.2.1"], 1, "192.0.2.1"),
        (["6.6.6.6, 192.0.2.1"], 1, "192.0.2.1"),
        (["6.6.6.6", "192.0.2.1 , 10.0.0.1"], 2, "192.0.2.1"),
        (["192.0.2.1"], 2, "127.0.0.1"),
        (["2001:db8:1:2:3:4:5:6"], 1, "2001:db8:1:2::/64"),
        (["fe80::1%eth0"], 1, "fe80::/64"),
        (["::ffff:192.0.2.1"], 1, "::ffff:c000:201"),
        (["unknown"], 1, "unknown"),
    ],
)
def test_the_address_is_the_one_our_own_proxies_saw(forwarded: list[str], proxies: int, address: str) -> None:
    """What a client writes into X-Forwarded-For by itself is not believed; IPv6 goes by the /64."""
    headers = CIMultiDict([("X-Forwarded-For", line) for line in forwarded])
    request = make_mocked_request("GET", "/", headers=headers).clone(remote="127.0.0.1")
    assert address_of(request, proxies) == address
