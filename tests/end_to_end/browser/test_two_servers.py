"""A table whose people are at two servers: the DM's page at one, a player's at the other, and nobody can tell."""

from __future__ import annotations

import pytest
from playwright.async_api import expect

from tests.end_to_end.browser.actions import press
from tests.end_to_end.browser.conftest import TableMaker
from tests.end_to_end.browser.test_evening import gather, zoom_out
from tests.end_to_end.browser.the_map import draw, knows_something
from tests.end_to_end.browser.visitors import Visitors
from transport.server.server import running
from transport.settings import Settings

pytestmark = pytest.mark.asyncio(loop_scope="session")


async def test_one_table_at_two_servers(set_table: TableMaker, people: Visitors) -> None:
    """What the DM draws at one server shows at the other; Bo is seen to be here, then to be gone."""
    company = await gather(set_table, people)
    dm, bo = company.dm, company.players["Bo"]
    async with running(Settings(port=0, leave_grace_seconds=0.1), company.table.database) as elsewhere:
        await bo.goto(bo.url.replace(company.table.url, elsewhere))
        await bo.get_by_text("Connected", exact=True).wait_for()
        await zoom_out(bo)
        await press(dm, "Reveal")
        await draw(dm, "1,1", "4,1")
        await knows_something(bo)
        await company.all_agree()
        await company.sees_nothing_hidden("Bo")
        here = [dm.locator(".people li.online", has_text="Bo"), bo.locator(".people li.online", has_text="Wren")]
        for row in here:
            await expect(row).to_have_count(1)
        await press(dm, "Start session")
        await expect(bo.get_by_text("The session is running.")).to_be_visible()
        await bo.close()
        await expect(here[0]).to_have_count(0)
        del company.players["Bo"]
        await company.all_agree()
