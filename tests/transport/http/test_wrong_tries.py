"""The waits after wrong links and cookies."""

from __future__ import annotations

from itertools import pairwise

import psycopg
import pytest

from domain.refusals import Refused
from tests.transport.http.site import Answer, Browser, Site, a_site
from tests.transport.http.test_tries import Clock
from transport.http.problems import TooManyTries
from transport.http.wrong_tries import LONGEST_WAIT, WrongTries


def wrong(tries: WrongTries, address: str = "a", token: str = "secret") -> int | None:
    """A wrong try: the seconds to wait, or None if it was looked at."""
    try:
        tries.count(address, token)
    except TooManyTries as refusal:
        return refusal.seconds
    return None


def waits(tries: WrongTries, clock: Clock, number: int, address: str = "a", token: str = "secret") -> list[int]:
    """Of somebody who tries again as soon as that is allowed."""
    told = []
    for _ in range(number):
        if (seconds := wrong(tries, address, token)) is not None:
            told.append(seconds)
            clock.now += seconds
            assert wrong(tries, address, token) is None
    return told


def test_waits_grow_with_every_wrong_try() -> None:
    """Some are free; from then on each doubles the wait, up to the longest; a refused one adds nothing."""
    clock = Clock()
    tries = WrongTries(3, clock)
    assert [wrong(tries) for _ in range(6)] == [None] * 3 + [1] * 3
    assert waits(tries, clock, 8) == [1, 2, 4, 8, 16, 30, 30, 30]


def test_a_quiet_minute_forgives() -> None:
    """Who stops guessing starts anew; before that, free tries come back one by one."""
    clock = Clock()
    tries = WrongTries(3, clock)
    waits(tries, clock, 9)
    clock.now += 59
    assert wrong(tries) is None
    assert wrong(tries) == LONGEST_WAIT
    clock.now += 60
    assert [wrong(tries) for _ in range(4)] == [None] * 3 + [1]
    slow = WrongTries(3, clock)
    for _ in range(20):
        assert wrong(slow) is None
        clock.now += 20


def test_an_attack_on_one_link_from_many_addresses_slows_each() -> None:
    """Each address has its first wrong try, and then waits for as long as all of them together have earned."""
    clock = Clock()
    tries = WrongTries(3, clock)
    assert [wrong(tries, f"n{number}") for number in range(20)] == [None] * 20
    assert [wrong(tries, f"n{number}") for number in range(20)] == [30] * 20
    assert wrong(tries, "n1", "another link") is None


def test_who_made_no_wrong_try_never_waits() -> None:
    """However hard a link and every other address are attacked, its owner is let in; after a typo within 30 s."""
    clock = Clock()
    tries = WrongTries(3, clock)
    for number in range(100):
        wrong(tries, f"n{number}")
    for _ in range(5):
        with tries.one("owner", "secret"):
            pass
    assert wrong(tries, "owner", "typo") is None
    for number in range(29):
        clock.now += 1
        wrong(tries, f"m{number}")
        with pytest.raises(TooManyTries):
            tries.check("owner", "secret")
    clock.now += 1
    with tries.one("owner", "secret"):
        pass


def test_only_refusals_are_wrong_tries() -> None:
    """An honest try is taken back, and so is one that failed by itself; a refused one is not."""
    tries = WrongTries(1, Clock())
    for _ in range(5):
        with tries.one("a", "secret"):
            pass
        with pytest.raises(OSError, match="away"), tries.one("a", "secret"):
            raise OSError("away")
    with pytest.raises(Refused), tries.one("a", "secret"):
        raise Refused("no")
    assert wrong(tries) == 1


def test_an_honest_try_between_wrong_ones_changes_nothing() -> None:
    """Who has to wait and then comes with a good link gains no time by it, and loses none."""
    clock = Clock()
    tries = WrongTries(1, clock)
    waits(tries, clock, 5)
    clock.now += 16
    for _ in range(3):
        with tries.one("a", "secret"):
            pass
    assert wrong(tries) is None
    assert wrong(tries) == 30


def test_many_at_once_gain_nothing() -> None:
    """A try counts while it is under way, so that a burst is no way around the wait."""
    tries = WrongTries(2, Clock())
    with tries.one("a", "x"), tries.one("a", "y"), pytest.raises(TooManyTries):
        tries.check("a")
    tries.check("a")


def test_zero_is_no_limit() -> None:
    """For those who run a closed server or a load test."""
    tries = WrongTries(0, Clock())
    assert [wrong(tries) for _ in range(1_000)] == [None] * 1_000


def test_memory_stays_bounded() -> None:
    """Of very many addresses and links those that were quiet for the longest time are forgotten first."""
    tries = WrongTries(1, Clock())
    for number in range(30_000):
        assert wrong(tries, f"address {number}", f"{number:06}") is None
    assert wrong(tries, "address 20000", "fresh link") == 1
    assert wrong(tries, "address 19999", "fresh link") is None
    kept = [len(counts._counts) for counts in (tries._addresses, tries._beginnings)]
    assert kept == [10_000, 10_000]


async def redeem(browser: Browser, token: str, address: str) -> Answer:
    content = {"token": token, "name": "Bo"}
    headers = {"X-Forwarded-For": address}
    return await browser.call("POST", "/api/invites/redeem", content, headers=headers)


async def test_links_are_guessed_ever_more_slowly(database: str) -> None:
    """429 with a Retry-After that grows; meanwhile the owner of the attacked link comes in from elsewhere."""
    async with a_site(database, tries_per_minute=2, proxies=1) as site:
        dm, guesser = await site.person("Dee"), await site.browser()
        token = await site.invite(dm, await site.campaign(dm))
        guess = token[:10] + "x" * 33
        assert [(await redeem(guesser, guess, "192.0.2.66")).status for _ in range(3)] == [404, 404, 429]
        for number in range(8):
            assert (await redeem(guesser, guess, f"198.51.100.{number}")).status == 404
        answer = await redeem(guesser, guess, "198.51.100.0")
        assert (answer.status, answer.code, int(answer.headers["Retry-After"])) == (429, "too_many_tries", 30)
        assert (await redeem(await site.browser(), token, "192.0.2.1")).status == 200


async def test_who_has_to_wait_is_not_read(database: str) -> None:
    """The refusal comes before the body, however large or broken that is, and touches no table."""
    async with a_site(database, tries_per_minute=1) as site:
        browser = await site.browser()
        assert (await redeem(browser, "wrong", "192.0.2.1")).status == 404
        answer = await browser.call("POST", "/api/invites/redeem", data=b"{" * 65_000)
        assert (answer.status, answer.code) == (429, "too_many_tries")


async def test_wrong_cookies_are_slowed_and_valid_ones_never(database: str) -> None:
    """A flood of wrong cookies gets 429; whoever shares the address and is signed in notices nothing."""
    async with a_site(database, tries_per_minute=3) as site:
        ada, flood = await site.person("Ada"), await site.browser()
        statuses = []
        for number in range(6):
            headers = {"Cookie": f"fogbound_session=wrong{number}"}
            statuses.append((await flood.call("GET", "/api/me", headers=headers)).status)
            assert (await ada.call("GET", "/api/me")).status == 200
        assert statuses == [401] * 3 + [429] * 3
        assert (await flood.call("GET", "/api/me")).status == 401


async def test_no_cookie_is_no_wrong_cookie(site: Site, database: str) -> None:
    """Who is simply not signed in, or was until now, may ask as often as they like."""
    async with a_site(database, tries_per_minute=1) as strict:
        browser = await strict.browser()
        assert [(await browser.call("GET", "/api/me")).status for _ in range(5)] == [401] * 5
    with psycopg.connect(database) as connection:
        assert connection.execute("select count(*) from sign_in").fetchone() == (0,)


def test_waits_never_shrink() -> None:
    """Whatever the number of free tries, the waits of one who goes on go up."""
    for free in (1, 2, 60):
        clock = Clock()
        told = waits(WrongTries(free, clock), clock, free + 12)
        assert all(one <= next_ for one, next_ in pairwise(told))
        assert told[-1] == LONGEST_WAIT
