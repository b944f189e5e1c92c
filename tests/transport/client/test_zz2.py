import asyncio
from transport.client import Client
from transport.server import running
from transport.settings import Settings
from tests.transport.client.cable import a_cable

async def test_second_tab(database):
    """A second tab that was told who is here must not keep the first tab, cut off meanwhile, from being told."""
    async with running(Settings(port=0, leave_grace_seconds=5), database) as url, a_cable(url) as (cable, near):
        async with Client(near) as dm, Client(url) as ada, Client(url) as other:
            await dm.sign_up("W"); c = await dm.create_campaign("x"); await dm.connect(c)
            await ada.redeem((await dm.invite(c,"player"))["link"], "Ada")
            await ada.connect(c)
            await dm.send("session:start")
            await dm.until(lambda s: len(s.people)==2 and all(p["online"] for p in s.people.values()), 5)
            await ada.disconnect()
            await dm.until(lambda s: s.people[ada.greeting["userId"]]["online"] is False, 9)
            await dm.send("session:pause")
            cable.pull()
            # while the first tab is away: somebody new, and a second tab that hears of it
            await other.redeem((await ada.invite(c,"player") if False else {"link": LINK})["link"], "Bo") if False else None
            tok = dm
            await asyncio.sleep(0)
            # second tab of the DM
            second = Client(url); second._session.cookie_jar.update_cookies(dm._session.cookie_jar.filter_cookies(dm._url), second._url)
            async with second:
                inv = await second.invite(c, "player")
                await other.redeem(inv["link"], "Bo")
                await second.connect(c)
                await second.until(lambda s: len(s.people)==3, 5)
            await dm.until(lambda s: dm.is_live, 5)
            await asyncio.sleep(0.5)
            print("resumed", dm.greeting["resumed"], len(dm.state.people), len((await dm.fresh_state()).people))
            assert dm.state == await dm.fresh_state()
