"""docs/follow-one-command.md names the functions that a command really passes through, in their order."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

from tests.docs.pages import ROOT, page
from tests.end_to_end.peers import a_table
from transport.server.server import running
from transport.settings import Settings

STEPS = re.findall(r"^## \d+\. `(\S+)`$", page("docs/follow-one-command.md").text, re.MULTILINE)


@contextmanager
def first_calls(of: set[str]) -> Iterator[list[str]]:
    """Collects which of these functions are called meanwhile in this thread, in the order of their first calls."""
    called: list[str] = []
    folder = f"{ROOT}/"

    def note(frame: FrameType, event: str, _: object) -> None:
        if event == "call" and frame.f_code.co_filename.startswith(folder):
            name = f"{frame.f_code.co_filename.removeprefix(folder)}:{frame.f_code.co_qualname}"
            if name in of and name not in called:
                called.append(name)

    before = sys.getprofile()
    sys.setprofile(note)
    try:
        yield called
    finally:
        sys.setprofile(before)


async def test_a_command_goes_this_way(database: str) -> None:
    """The steps of the page are what a real server calls for the command that it shows, one after the other."""
    async with running(Settings(port=0), database) as url, a_table(url, database, ["Ada"]) as table:
        dm, ada = table.sockets["dm"], table.sockets["Ada"]
        # Whatever the arrivals caused is over once a command that came after them is answered.
        await dm.send("hex:update", changes=[{"key": "3,-1", "terrain": "swamp"}], id="before")
        await dm.until("ack")
        with first_calls(set(STEPS)) as called:
            await dm.send("hex:reveal", hexKeys=["3,-1"], targets="all", id="r1")
            await dm.until("ack")
            await ada.until("hex:revealed")
    assert len(STEPS) >= 8
    assert called == STEPS
