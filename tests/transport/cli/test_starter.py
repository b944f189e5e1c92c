"""Links into the campaigns of a database: each signs in the right person."""

from __future__ import annotations

from collections import Counter
from collections.abc import AsyncIterator

import pytest

from domain.ids import CampaignId
from domain.postgres import PostgresStore
from transport.accounts import OPERATOR, Bounds, Directory
from transport.accounts.refusals import InviteRevoked
from transport.cli.errors import CommandFailed
from transport.cli.operations import import_map
from transport.cli.ready_links import for_people, for_programs
from transport.cli.starter import MOST_TABLES, ReadyTables, first_dm, ready_tables
from transport.database import connection_pool
from transport.maps.starter_map import starter_map
from transport.settings import Settings


@pytest.fixture
async def directory(database: str) -> AsyncIterator[Directory]:
    async with connection_pool(database) as pool:
        yield Directory(pool)


async def tables(database: str) -> ReadyTables:
    return await ready_tables(database, starter_map(), Bounds())


async def a_campaign(directory: Directory, name: str, dm: str) -> CampaignId:
    return await directory.create_campaign(name, await directory.create_person(dm), by=OPERATOR)


async def test_a_guests_campaign_does_not_take_the_place_of_the_own_one(database: str, directory: Directory) -> None:
    """The oldest stays the first, and each link signs in the DM whose name stands beside it."""
    [own] = (await tables(database)).tables
    guests = await a_campaign(directory, "The Guest's", "Gus")
    again = (await tables(database)).tables
    assert [(one.campaign, one.name, one.dm) for one in again] == [
        (own.campaign, "The Fogbound Coast", "The DM"),
        (guests, "The Guest's", "Gus"),
    ]
    for table in again:
        signed_in = await directory.redeem(table.dm_token, None, None)
        roster = await directory.roster(table.campaign)
        assert (signed_in.campaign_id, signed_in.role) == (table.campaign, "dm")
        assert roster[signed_in.user_id].name == table.dm
        assert (await directory.redeem(table.player_token, None, "Ada")).campaign_id == table.campaign


async def test_a_campaign_without_a_dm_gets_one(database: str, directory: Directory) -> None:
    """After `fogbound forget` the next start offers a link that makes one person the DM, and no second one."""
    [own] = (await tables(database)).tables
    dm = await first_dm(directory, own.campaign)
    assert dm is not None
    await directory.forget(dm.user_id)
    [table] = (await tables(database)).tables
    assert (table.campaign, table.dm) == (own.campaign, None)
    assert (await directory.redeem(table.dm_token, None, "Dee")).role == "dm"
    [table] = (await tables(database)).tables
    assert table.dm == "Dee"


async def test_a_killed_first_start_is_made_good(
    database: str, directory: Directory, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It had a campaign and no map yet: the next start brings it, and no later one does it again."""

    async def killed(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr("transport.cli.starter.import_map_file", killed)
        with pytest.raises(KeyboardInterrupt):
            await tables(database)
    for _ in range(2):
        [table] = (await tables(database)).tables
        async with PostgresStore(database) as store:
            assert (await store.head(table.campaign)).version == 1


async def test_a_campaign_of_ones_own_gets_no_map(database: str, directory: Directory) -> None:
    """Also if it is the only one, and nothing has happened in it."""
    own = await a_campaign(directory, "My Own", "Dee")
    [table] = (await tables(database)).tables
    assert table.campaign == own
    async with PostgresStore(database) as store:
        assert (await store.head(own)).version == 0


async def test_links_of_the_last_start_open_nothing(database: str, directory: Directory) -> None:
    """However often it starts, just the links that were printed last are open; those of others stay."""
    [first] = (await tables(database)).tables
    campaign = first.campaign
    by_hand = await directory.create_invite(campaign, "player", by=OPERATOR)
    signed_in = await directory.redeem(first.dm_token, None, None)
    for _ in range(3):
        [last] = (await tables(database)).tables
    made = await directory.invites(campaign)
    assert Counter(one.state for one in made) == {"open": 3, "revoked": 6}
    assert by_hand.invite_id in {one.invite_id for one in made if one.state == "open"}
    for token in (first.dm_token, first.player_token):
        with pytest.raises(InviteRevoked):
            await directory.redeem(token, None, "Eve")
    assert (await directory.redeem(last.player_token, None, "Ada")).role == "player"
    assert (await directory.redeem(last.dm_token, None, None)).user_id == signed_in.user_id
    assert len(await directory.sign_ins(signed_in.user_id)) == 2, "who came by a link of before stays signed in"


async def test_a_link_that_makes_a_dm_ends_when_there_is_one(database: str, directory: Directory) -> None:
    """Somebody became the DM by another link: the one that was printed for that makes no second one."""
    [own] = (await tables(database)).tables
    dm = await first_dm(directory, own.campaign)
    assert dm is not None
    await directory.forget(dm.user_id)
    [leading] = (await tables(database)).tables
    other = await directory.create_invite(own.campaign, "dm", by=OPERATOR)
    await directory.redeem(other.token, None, "Dee")
    await tables(database)
    with pytest.raises(InviteRevoked):
        await directory.redeem(leading.dm_token, None, "Eve")


async def test_links_are_for_a_number_that_can_be_read(database: str, directory: Directory) -> None:
    """In the database of a club the oldest campaigns get links, and the others are counted."""
    for number in range(MOST_TABLES + 3):
        await a_campaign(directory, f"C{number}", f"D{number}")
    ready = await tables(database)
    assert [one.name for one in ready.tables] == [f"C{number}" for number in range(MOST_TABLES)]
    assert ready.others == 3
    assert "  3 newer campaigns are not listed." in for_people("http://fog.example", ready).splitlines()


async def test_what_is_printed_names_campaign_and_person(database: str, directory: Directory) -> None:
    """For people beside each link; for programs as keys, with the oldest campaign for those who want one."""
    await tables(database)
    await a_campaign(directory, "The Guest's", "Gus")
    ready = await tables(database)
    own, guests = ready.tables
    base = "http://fog.example"
    assert for_people(base, ready).splitlines()[1:8] == [
        "  The Fogbound Coast",
        f"    Sign in as The DM, the DM:  {base}/join#{own.dm_token}",
        f"    Invite players:             {base}/join#{own.player_token}",
        "",
        "  The Guest's",
        f"    Sign in as Gus, the DM:  {base}/join#{guests.dm_token}",
        f"    Invite players:          {base}/join#{guests.player_token}",
    ]
    said = for_programs(base, ready)
    assert (said["campaignId"], said["dmToken"]) == (str(own.campaign), own.dm_token)
    assert [(one["name"], one["dm"]) for one in said["campaigns"]] == [
        ("The Fogbound Coast", "The DM"),
        ("The Guest's", "Gus"),
    ]


async def test_a_map_for_a_campaign_without_a_dm_is_refused(database: str, directory: Directory) -> None:
    """It is imported in a DM's name; who has none is told how to get one."""
    [own] = (await tables(database)).tables
    dm = await first_dm(directory, own.campaign)
    assert dm is not None
    await directory.forget(dm.user_id)
    with pytest.raises(CommandFailed, match=f"has no DM: fogbound campaign invite {own.campaign} --role dm"):
        await import_map(Settings(database_url=database), own.campaign, starter_map())
