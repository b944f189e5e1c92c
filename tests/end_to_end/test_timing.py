"""How long an answer takes tells nothing either."""

from __future__ import annotations

import random
from collections.abc import Awaitable, Callable, Sequence
from time import perf_counter

import pytest

from tests.end_to_end.conftest import TableMaker
from tests.end_to_end.peers import NOT_THERE, Person

CALLS = 300
TRIES = 3
FAIR = 0.1
"""How far from one half: by chance, a third of it is usual."""

Ask = Callable[[Person, str], Awaitable[None]]


async def members(person: Person, campaign: str) -> None:
    await person.call("GET", f"/api/campaigns/{campaign}/members", expect=404)


async def connect(person: Person, campaign: str) -> None:
    socket = await person.open(campaign)
    assert await socket.close_code() == 4003


def slower(first: Sequence[float], second: Sequence[float]) -> float:
    """The share of pairs in which the first is the slower one: one half when nothing tells them apart."""
    return sum(a > b for a in first for b in second) / (len(first) * len(second))


async def compare(person: Person, ask: Ask, one: str, other: str, calls: int) -> float:
    """Asks for both in turn, in random order, so that what else the machine does hits both."""
    took: dict[str, list[float]] = {one: [], other: []}
    for _ in range(calls):
        for campaign in random.sample((one, other), 2):
            start = perf_counter()
            await ask(person, campaign)
            took[campaign].append(perf_counter() - start)
    return slower(took[one], took[other])


@pytest.mark.parametrize("ask", [members, connect])
async def test_unknown_and_not_yours_take_the_same_time(set_table: TableMaker, ask: Ask) -> None:
    """A stranger can't tell by the clock whether there is a campaign, even a large one in play."""
    table = await set_table("Ada")
    for n in range(20):
        keys = [f"{q},{n}" for q in range(1_000)]
        await table.sockets["dm"].send("hex:reveal", hexKeys=keys, targets="all")
        await table.sockets["dm"].until("hex:revealed")
    stranger = await table.new_person().sign_up("Stan")
    await compare(stranger, ask, table.campaign, NOT_THERE, 20)
    shares = [await compare(stranger, ask, table.campaign, NOT_THERE, CALLS) for _ in range(TRIES)]
    assert min(abs(share - 0.5) for share in shares) < FAIR, shares


def test_a_difference_would_be_found() -> None:
    """A twentieth more time is enough."""
    took = [random.gauss(1, 0.05) for _ in range(CALLS)]
    assert abs(slower(took, [random.gauss(1, 0.05) for _ in range(CALLS)]) - 0.5) < FAIR
    assert slower([time + 0.05 for time in took], took) > 0.5 + FAIR
