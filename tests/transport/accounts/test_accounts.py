"""People, campaigns and invites in PostgreSQL; the HTTP tests cover what they are used for."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from uuid import uuid4

import psycopg
import pytest
from psycopg.sql import SQL, Identifier

from domain.ids import CampaignId, UserId
from domain.store import StoreUnavailable
from projections.people import Member
from tests.conftest import database_name
from tests.domain.store.proxy import Proxy
from transport.accounts import OPERATOR, Actor, Directory, Person
from transport.accounts.refusals import NameRequired, NoSuchMember
from transport.accounts.tokens import hash_token
from transport.database import connection_pool


@pytest.fixture
async def directory(database: str) -> AsyncIterator[Directory]:
    """On an empty database."""
    async with connection_pool(database) as pool:
        yield Directory(pool)


async def test_people_sign_in_and_out(directory: Directory) -> None:
    """Each sign-in is a token of its own; a revoked one and an invented one are nobody's."""
    ada = await directory.create_person("Ada")
    one, other = await directory.sign_in(ada), await directory.sign_in(ada)
    assert one != other
    await directory.sign_out(hash_token(one))
    await directory.sign_out(hash_token(one))
    assert await directory.person_of(hash_token(one)) is None
    assert await directory.person_of(hash_token(other)) == Person(ada, "Ada")
    assert await directory.person_of(hash_token("invented")) is None


async def test_the_roster_is_in_the_order_of_joining(directory: Directory) -> None:
    """It holds everybody with name and role, and is empty for an unknown campaign."""
    dee = await directory.create_person("Dee")
    campaign = await directory.create_campaign("Coast", dee, by=OPERATOR)
    invite = await directory.create_invite(campaign, "player", by=OPERATOR)
    others = [(await directory.redeem(invite.token, None, name)).user_id for name in ("Ada", "Bo", "Cy")]
    roster = await directory.roster(campaign)
    assert list(roster) == [dee, *others]
    assert roster[dee] == Member(dee, "Dee", "dm")
    assert roster[others[0]] == Member(others[0], "Ada", "player")
    assert await directory.roster(CampaignId(uuid4())) == {}


async def test_roles_are_those_of_the_campaign(directory: Directory) -> None:
    """A stranger has none, nor has anybody in a campaign that doesn't exist."""
    dee, eve = await directory.create_person("Dee"), await directory.create_person("Eve")
    campaign = await directory.create_campaign("Coast", dee, by=OPERATOR)
    assert await directory.role_of(campaign, dee) == "dm"
    assert await directory.role_of(campaign, eve) is None
    assert await directory.role_of(CampaignId(uuid4()), dee) is None
    with pytest.raises(NoSuchMember):
        await directory.change_role(campaign, eve, "dm", by=OPERATOR)


async def test_all_campaigns_are_listed_for_the_one_who_runs_the_server(directory: Directory) -> None:
    """With name, members and status, the oldest first."""
    dee = await directory.create_person("Dee")
    coast = await directory.create_campaign("Coast", dee, by=OPERATOR)
    moor = await directory.create_campaign("Moor", dee, by=OPERATOR)
    invite = await directory.create_invite(moor, "player", by=OPERATOR)
    await directory.redeem(invite.token, None, "Ada")
    listed = [(one.campaign_id, one.name, one.members, one.status) for one in await directory.campaigns()]
    assert listed == [(coast, "Coast", 1, "waiting"), (moor, "Moor", 2, "waiting")]
    assert await directory.campaign_name(moor) == "Moor"
    assert await directory.campaign_name(CampaignId(uuid4())) == ""


async def test_a_failed_redeem_leaves_nothing(directory: Directory, database: str) -> None:
    """A redeem that is refused half-way makes no person, no sign-in and no member, and takes no use."""
    dee = await directory.create_person("Dee")
    campaign = await directory.create_campaign("Coast", dee, by=OPERATOR)
    invite = await directory.create_invite(campaign, "player", uses=1, by=OPERATOR)
    with pytest.raises(NameRequired):
        await directory.redeem(invite.token, None, None)
    with psycopg.connect(database, autocommit=True) as connection:
        connection.execute("alter table member add constraint full_up check (role <> 'player')")
        with pytest.raises(psycopg.errors.CheckViolation):
            await directory.redeem(invite.token, None, "Ada")
        connection.execute("alter table member drop constraint full_up")
        counts = connection.execute(
            "select (select count(*) from person), (select count(*) from sign_in), uses_left from invite"
        ).fetchone()
    assert counts == (1, 0, 1)
    assert (await directory.redeem(invite.token, None, "Ada")).changed


async def test_racing_campaigns_and_invites_do_not_deadlock(directory: Directory) -> None:
    """Joining, promoting and removing at once come to an end, each with an answer."""
    dee = await directory.create_person("Dee")
    campaign = await directory.create_campaign("Coast", dee, by=OPERATOR)
    invite = await directory.create_invite(campaign, "player", by=OPERATOR)

    async def come_and_go(number: int) -> None:
        user = (await directory.redeem(invite.token, None, f"P{number}")).user_id
        await directory.change_role(campaign, user, "dm", by=OPERATOR)
        await directory.remove_members(campaign, [user], by=OPERATOR)

    await asyncio.wait_for(asyncio.gather(*(come_and_go(number) for number in range(20))), 20)
    assert list(await directory.roster(campaign)) == [dee]


async def test_without_a_database_everything_is_unavailable(database: str) -> None:
    """The driver's errors, and waiting for a connection in vain, come out as StoreUnavailable."""
    async with connection_pool(database + "_gone") as pool:
        directory = Directory(pool)
        calls = [
            directory.is_reachable(),
            directory.sign_up("Ada"),
            directory.roster(CampaignId(uuid4())),
            directory.redeem("token", Actor(UserId(str(uuid4())), b""), None),
        ]
        outcomes = await asyncio.gather(*calls, return_exceptions=True)
    assert [type(outcome) for outcome in outcomes] == [StoreUnavailable] * 4


async def test_a_database_that_says_nothing_is_unavailable(database: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """The line is open, and what is asked arrives; without an answer nobody waits for ever, and later all is well."""
    monkeypatch.setattr("transport.database.ANSWER_SECONDS", 0.3)
    async with Proxy.to(database) as proxy, connection_pool(proxy.url, size=1) as pool:
        directory = Directory(pool)
        assert await directory.campaigns() == []
        proxy.swallow_answers()
        async with asyncio.timeout(5):
            with pytest.raises(StoreUnavailable):
                await directory.campaigns()
            assert await directory.campaigns() == []


async def test_after_an_outage_the_first_call_is_answered(database: str) -> None:
    """However long it lasted: nobody waits for a back-off that grew meanwhile."""
    async with Proxy.to(database) as proxy, connection_pool(proxy.url) as pool:
        directory = Directory(pool)
        proxy.is_open = False
        end = asyncio.get_running_loop().time() + 4
        while asyncio.get_running_loop().time() < end:
            with pytest.raises(StoreUnavailable):
                await directory.campaigns()
            await asyncio.sleep(0.2)
        proxy.is_open = True
        assert await directory.campaigns() == []


async def test_who_waits_too_long_for_a_connection_is_turned_away(database: str) -> None:
    """While all are in use; how many wait is known, and whoever comes later finds one."""
    async with connection_pool(database, size=1) as pool:
        directory = Directory(pool)
        async with pool.connection():
            waiting = asyncio.create_task(directory.campaigns())
            await asyncio.sleep(0)
            assert pool.waiting == 1
            with pytest.raises(StoreUnavailable):
                await waiting
        assert (await directory.campaigns(), pool.waiting) == ([], 0)


async def test_a_refusal_keeps_the_connection_and_a_cut_transaction_does_not(database: str) -> None:
    """Bad input costs no new connection; a transaction that somebody left in the middle is nobody else's."""

    async def backend() -> int:
        async with pool.connection() as connection:
            ((process,),) = await (await connection.execute("select pg_backend_pid()")).fetchall()
            return int(process)

    async with connection_pool(database, size=1) as pool:
        first = await backend()
        with pytest.raises(ZeroDivisionError):
            async with pool.connection() as connection, connection.transaction():
                raise ZeroDivisionError
        with pytest.raises(psycopg.ProgrammingError):
            async with pool.connection() as connection:
                await connection.execute("select nothing from nowhere")
        assert await backend() == first
        async with pool.connection() as connection:
            await connection.execute("begin")
        assert await backend() != first


async def test_a_database_that_takes_no_changes_is_not_ready(directory: Directory, database: str) -> None:
    """It answers, but a server on it could not commit."""
    assert await directory.is_reachable()
    with psycopg.connect(database, autocommit=True) as connection:
        name = Identifier(database_name(database))
        connection.execute(SQL("alter database {} set default_transaction_read_only = on").format(name))
    async with connection_pool(database) as pool:
        assert not await Directory(pool).is_reachable()


async def test_the_status_of_a_campaign_is_found_by_its_index(directory: Directory, database: str) -> None:
    """A long log is not read to tell whether a session runs."""
    dee = await directory.create_person("Dee")
    campaign = await directory.create_campaign("Coast", dee, by=OPERATOR)
    with psycopg.connect(database, autocommit=True) as connection:
        connection.execute(
            "insert into event_log (campaign_id, version, event_id, type, schema_version, recorded_at, actor, data)"
            " select %s, n, gen_random_uuid(),"
            " case when n = 10 then 'session_started' else 'hexes_revealed' end, 1, now(), %s, '{}'"
            " from generate_series(1, 5000) n",
            [campaign, dee],
        )
        connection.execute("analyze event_log")
        plan = connection.execute(
            "explain select status from campaign_status where campaign_id = %s", [campaign]
        ).fetchall()
    assert "event_log_lifecycle" in str(plan)
    assert "Seq Scan on event_log" not in str(plan)
    (listed,) = await directory.campaigns_of(dee)
    assert listed.status == "active"
