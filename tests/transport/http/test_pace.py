"""When a player's answers about the past leave: what they cost us does not show."""

from __future__ import annotations

import asyncio

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.transport.event_loop.timeless import play
from transport.http.pace import BEAT, Pace, next_beat


@given(st.floats(0, 1e6))
def test_a_beat_is_one_of_few(elapsed: float) -> None:
    """The next one that is not over, and of a long time only the order of magnitude."""
    beat = next_beat(elapsed, BEAT)
    assert beat in [BEAT * 2**number for number in range(40)]
    assert beat >= elapsed
    assert beat == BEAT or beat < 2 * elapsed


@pytest.mark.parametrize("refused", [False, True])
def test_answers_leave_at_the_same_moment_whatever_they_cost(refused: bool) -> None:
    """Be it an answer or a refusal, after one event or a thousand were folded; and so does each piece of a long one."""
    moments = []

    async def ask(cost: float) -> None:
        clock = asyncio.get_running_loop().time
        begin = clock()
        pace = Pace(BEAT)
        try:
            async with pace.kept():
                await asyncio.sleep(cost)
                if refused:
                    raise LookupError
        except LookupError:
            pass
        left = [clock() - begin]
        for _ in range(3):
            await asyncio.sleep(cost)
            await pace.beat()
            left.append(clock() - begin)
        moments.append([round(one, 9) for one in left])

    for cost in (0, BEAT / 1_000, BEAT / 2, BEAT * 0.999):
        play(lambda cost=cost: ask(cost))  # type: ignore[misc]
    assert moments == [[round(BEAT * number, 9) for number in range(1, 5)]] * 4


def test_a_dm_waits_for_nothing() -> None:
    """Nothing is hidden from a DM."""

    async def ask() -> None:
        pace = Pace(0)
        async with pace.kept():
            await asyncio.sleep(3)
        await pace.beat()
        assert asyncio.get_running_loop().time() == pytest.approx(3)

    play(ask)


def test_who_hangs_up_is_not_waited_for() -> None:
    """The call ends at once."""

    async def ask() -> None:
        pace = Pace(BEAT)
        with pytest.raises(asyncio.CancelledError):
            async with pace.kept():
                raise asyncio.CancelledError
        assert asyncio.get_running_loop().time() == 0

    play(ask)
