"""From one command to a revealed hex on a second browser, by somebody who reads nothing."""

from __future__ import annotations

import asyncio
import json
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.end_to_end.browser.actions import press
from tests.end_to_end.browser.the_map import draw, has_been_told_of
from tests.end_to_end.browser.visitors import Visitors

pytestmark = pytest.mark.asyncio(loop_scope="session")

READY_SECONDS = 60.0
A_MINUTE = 60.0


async def test_the_first_minute(
    tmp_path: Path, people: Visitors, record_property: Callable[[str, object], None]
) -> None:
    """Two links, a name, a tool and a stroke: that is all there is between `play` and the first revealed hex."""
    start = time.monotonic()
    play = ("-m", "transport.cli", "play", "--port", "0", "--json", "--data-dir", str(tmp_path / "data"))
    program = await asyncio.create_subprocess_exec(
        sys.executable, *play, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.DEVNULL
    )
    assert program.stdout is not None
    try:
        links = json.loads(await asyncio.wait_for(program.stdout.readline(), READY_SECONDS))
        dm = await people.by_link(links["dmLink"])
        player = await people.by_link(links["playerLink"], "Ada")
        await press(dm, "Reveal")
        await draw(dm, "10,8", "12,8")
        await has_been_told_of(player, "11,8")
        taken = time.monotonic() - start
        await people.leave()
    finally:
        program.terminate()
        assert await program.wait() == 0
    record_property("figures", f"{taken:.1f} s from the command to the first revealed hexes on a second browser")
    assert taken < A_MINUTE
