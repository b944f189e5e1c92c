"""Sign-ins end: by age, by their owner, by their number. The HTTP tests cover what they are used for."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import suppress
from typing import Any

import psycopg
import pytest

from domain.ids import CampaignId
from domain.refusals import Refused
from tests.access import access_of
from transport.accounts import OPERATOR, Actor, Bounds, Directory, NewInvite, Person
from transport.accounts.refusals import SignInEnded, TooManyByLink, TooManySignIns
from transport.accounts.tokens import hash_token
from transport.database import connection_pool


@pytest.fixture
async def directory(database: str) -> AsyncIterator[Directory]:
    """In which nobody may have more than three sign-ins."""
    async with connection_pool(database) as pool:
        yield Directory(pool, Bounds(sign_in_days=10, sign_ins=3))


class Sql:
    """Turns the clock by changing what stands in the table."""

    def __init__(self, url: str) -> None:
        self._url = url

    def __call__(self, statement: str, *values: object) -> list[tuple[Any, ...]]:
        with psycopg.connect(self._url, autocommit=True) as connection:
            cursor = connection.execute(statement.encode(), values)
            return cursor.fetchall() if cursor.description else []

    def let_pass(self, days: float) -> None:
        """For all sign-ins."""
        columns = ("created_at", "last_used_at", "expires_at", "revoked_at")
        earlier = ", ".join(f"{column} = {column} - make_interval(secs => 86400 * {days})" for column in columns)
        self(f"update sign_in set {earlier}")


@pytest.fixture
def sql(database: str) -> Sql:
    return Sql(database)


async def a_person(directory: Directory) -> Actor:
    """Somebody who has just signed up."""
    made = await directory.sign_up("Ada", "Firefox on Linux")
    return Actor(made.user_id, hash_token(made.token))


async def is_refused(call: Awaitable[object]) -> bool:
    try:
        await call
    except Refused:
        return True
    return False


LOOKS: dict[str, Callable[[Directory, Actor], Awaitable[bool]]] = {}
"""Whether a sign-in is good, in each way of finding out."""


def a_look(look: Callable[[Directory, Actor], Awaitable[bool]]) -> Callable[[Directory, Actor], Awaitable[bool]]:
    LOOKS[look.__name__] = look
    return look


@a_look
async def person_of(directory: Directory, actor: Actor) -> bool:
    return await directory.person_of(actor.token_hash) is not None


@a_look
async def person_in(directory: Directory, actor: Actor) -> bool:
    return await directory.person_in(actor.token_hash, None) is not None


@a_look
async def ended_sign_ins(directory: Directory, actor: Actor) -> bool:
    return await directory.ended_sign_ins([actor.token_hash]) == []


@a_look
async def in_a_transaction(directory: Directory, actor: Actor) -> bool:
    return not await is_refused(directory.create_campaign("Coast", actor.user_id, by=actor))


@a_look
async def by_its_owner(directory: Directory, actor: Actor) -> bool:
    return not await is_refused(directory.end_other_sign_ins(actor))


@a_look
async def in_the_list(directory: Directory, actor: Actor) -> bool:
    return actor.token_hash in [one.token_hash for one in await directory.sign_ins(actor.user_id)]


@pytest.mark.parametrize("look", LOOKS)
async def test_a_sign_in_ends_some_days_after_its_last_use(directory: Directory, sql: Sql, look: str) -> None:
    """Whichever way it is looked at; never before these days have passed, and not a day later than that."""
    ada = await a_person(directory)
    sql.let_pass(10.5)
    assert await LOOKS[look](directory, ada)
    sql.let_pass(0.6)
    assert not await LOOKS[look](directory, ada)


async def test_what_is_used_goes_on(directory: Directory, sql: Sql) -> None:
    """Each use counts that is written, which is one a day, at the door of the socket too."""
    ada = await a_person(directory)
    for uses in range(6):
        sql.let_pass(9)
        look = directory.person_of(ada.token_hash) if uses % 2 else directory.person_in(ada.token_hash, None)
        assert await look is not None
        await directory.write_uses()
    assert await directory.person_of(ada.token_hash) == Person(ada.user_id, "Ada")
    sql.let_pass(12)
    assert await directory.person_of(ada.token_hash) is None
    await directory.write_uses()
    assert await directory.person_of(ada.token_hash) is None


async def test_a_use_is_written_once_a_day(directory: Directory, sql: Sql) -> None:
    """And by nobody who waits: the row is as it was until somebody writes all uses together."""
    ada = await a_person(directory)
    last_used = "select last_used_at, xmin::text from sign_in"
    for days, is_written in ((0.0, False), (0.9, False), (0.2, True), (0.5, False)):
        sql.let_pass(days)
        before = sql(last_used)
        await directory.person_of(ada.token_hash)
        assert sql(last_used) == before
        await directory.write_uses()
        assert (sql(last_used) != before) is is_written, days


async def test_the_lifetime_is_that_of_the_settings_from_the_next_use_on(
    directory: Directory, database: str, sql: Sql
) -> None:
    """A server with another setting renews with its own."""
    ada = await a_person(directory)
    sql.let_pass(2)
    async with connection_pool(database) as pool:
        longer = Directory(pool, Bounds(sign_in_days=100))
        await longer.person_of(ada.token_hash)
        await longer.write_uses()
    sql.let_pass(99)
    assert await directory.person_of(ada.token_hash) is not None


async def test_nobody_has_too_many(directory: Directory, sql: Sql) -> None:
    """For the fourth the one ends that was not used for the longest time."""
    ada = await a_person(directory)
    second = hash_token(await directory.sign_in(ada.user_id))
    sql.let_pass(2)
    await directory.person_of(ada.token_hash)
    await directory.write_uses()
    third = hash_token(await directory.sign_in(ada.user_id))
    assert await directory.ended_sign_ins([ada.token_hash, second, third]) == []
    fourth = hash_token(await directory.sign_in(ada.user_id))
    assert await directory.ended_sign_ins([ada.token_hash, second, third, fourth]) == [second]


async def test_of_many_at_once_too_many_are_none(directory: Directory) -> None:
    """Also of somebody who has none yet; the link signs in again and again, and each new one is good."""
    dee = await directory.create_person("Dee")
    campaign = await directory.create_campaign("Coast", dee, by=OPERATOR)
    link = await directory.create_invite(campaign, "dm", person=dee, by=OPERATOR)
    done = await asyncio.gather(*(directory.redeem(link.token, None, None, "Chrome") for _ in range(12)))
    assert len({one.token for one in done}) == 12
    assert len(await directory.sign_ins(dee)) == 3


class Linked:
    """Dee, with a browser of her own and a link that signs her in."""

    def __init__(self, directory: Directory, campaign: CampaignId, dee: Actor, link: NewInvite) -> None:
        self.directory, self.campaign, self.dee, self.link = directory, campaign, dee, link

    async def come(self, link: NewInvite | None = None) -> bytes:
        """Somebody who has the link."""
        token = (await self.directory.redeem((link or self.link).token, None, None, "curl")).token
        assert token is not None
        return hash_token(token)


async def linked(directory: Directory) -> Linked:
    dee = await a_person(directory)
    campaign = await directory.create_campaign("Coast", dee.user_id, by=dee)
    link = await directory.create_invite(campaign, "dm", person=dee.user_id, by=OPERATOR)
    return Linked(directory, campaign, dee, link)


async def test_who_has_found_a_link_pushes_out_no_device_of_its_owner(directory: Directory) -> None:
    """Only what came by the same link, so that its owner can close it and goes on."""
    at = await linked(directory)
    came = [await at.come() for _ in range(10)]
    assert await directory.ended_sign_ins([at.dee.token_hash, *came]) == came[:-2]
    await directory.revoke_invite(at.campaign, at.link.invite_id, by=at.dee)
    assert await directory.ended_sign_ins([at.dee.token_hash, *came]) == came


async def test_without_a_place_a_link_signs_nobody_in(directory: Directory) -> None:
    """All are taken by what came otherwise. An operator who makes a new link makes room for one."""
    at = await linked(directory)
    others = [hash_token(await directory.sign_in(at.dee.user_id)) for _ in range(2)]
    with pytest.raises(TooManySignIns):
        await at.come()
    assert await directory.ended_sign_ins([at.dee.token_hash, *others]) == []
    fresh = await directory.create_invite(at.campaign, "dm", person=at.dee.user_id, by=OPERATOR)
    assert await directory.ended_sign_ins([at.dee.token_hash, *others]) == [at.dee.token_hash]
    first, second = await at.come(fresh), await at.come(fresh)
    assert await directory.ended_sign_ins([first, second, *others]) == [first]


async def test_who_fills_all_places_by_one_link_keeps_nobody_out_by_another(directory: Directory) -> None:
    """A link pushes out those of a link that made more; so neither of two keeps more than half for long."""
    at = await linked(directory)
    await directory.end_sign_in(at.dee, (await directory.sign_ins(at.dee.user_id))[0].sign_in_id)
    thiefs = [await at.come() for _ in range(3)]
    fresh = await directory.create_invite(at.campaign, "dm", person=at.dee.user_id, by=OPERATOR)
    thiefs.append(await at.come())  # the place that was made is taken at once
    owners = [await at.come(fresh)]
    assert await directory.ended_sign_ins(owners) == []
    thiefs.append(await at.come())
    assert await directory.ended_sign_ins(owners) == []
    assert len(await directory.ended_sign_ins(thiefs)) == len(thiefs) - 2


async def test_what_ended_leaves_nothing_behind(directory: Directory, sql: Sql) -> None:
    """However often somebody comes by a link, is pushed out, or signs out."""
    at = await linked(directory)
    for _ in range(10):
        came = await at.come()
        await at.come()
        await directory.sign_out(came)
    await directory.end_other_sign_ins(at.dee)
    assert sql("select token_hash from sign_in") == [(at.dee.token_hash,)]


async def test_a_link_signs_in_so_often_within_a_minute(database: str, sql: Sql) -> None:
    """Also if these signed out again; its owner, who is signed in, does not count, and another link goes on."""
    async with connection_pool(database) as pool:
        at = await linked(Directory(pool, Bounds(redeems_per_minute=2)))
        for _ in range(5):
            await at.directory.redeem(at.link.token, at.dee, None)
        for _ in range(2):
            await at.directory.sign_out(await at.come())
        with pytest.raises(TooManyByLink) as refused:
            await at.come()
        assert 0 < refused.value.seconds <= 30
        await at.come(await at.directory.create_invite(at.campaign, "dm", person=at.dee.user_id, by=OPERATOR))
        sql("update invite set busy_until = busy_until - interval '30 seconds'")
        await at.come()
        with pytest.raises(TooManyByLink):
            await at.come()


async def test_rows_that_ended_are_not_locked(directory: Directory, sql: Sql) -> None:
    """Those of before, which are swept in time, hold up nobody who signs in."""
    at = await linked(directory)
    ended = "insert into sign_in (token_hash, person_id, revoked_at) select sha256(n::text::bytea), %s, now()"
    sql(f"{ended} from generate_series(1, 100) n", at.dee.user_id)
    await at.come()
    assert sql("select count(*) from sign_in where revoked_at is not null and xmax <> 0") == [(0,)]


async def test_one_ends_another(directory: Directory) -> None:
    """By its id; nobody else's, and nothing twice."""
    ada = await a_person(directory)
    other = hash_token(await directory.sign_in(ada.user_id))
    eve = await a_person(directory)
    theirs = next(one.sign_in_id for one in await directory.sign_ins(ada.user_id) if one.token_hash == other)
    assert await is_refused(directory.end_sign_in(eve, theirs))
    assert await directory.end_sign_in(ada, theirs) == other
    assert await is_refused(directory.end_sign_in(ada, theirs))
    assert await directory.ended_sign_ins([ada.token_hash, other, eve.token_hash]) == [other]


async def test_two_devices_that_end_each_other(directory: Directory) -> None:
    """One of them stays, whoever is first, and nobody waits for ever."""
    ada = await a_person(directory)
    other = Actor(ada.user_id, hash_token(await directory.sign_in(ada.user_id)))
    for _ in range(10):
        results = await asyncio.gather(
            directory.end_other_sign_ins(ada), directory.end_other_sign_ins(other), return_exceptions=True
        )
        assert sorted(type(result).__name__ for result in results) == ["SignInEnded", "list"]
        assert len(await directory.sign_ins(ada.user_id)) == 1
        if isinstance(results[0], SignInEnded):
            ada = other
        other = Actor(ada.user_id, hash_token(await directory.sign_in(ada.user_id)))


async def test_what_ended_long_ago_is_swept(directory: Directory, sql: Sql) -> None:
    """A week after it ended by itself, not before, and nothing that is good; several servers may sweep at once."""
    await a_person(directory)
    sql.let_pass(17.9)
    ada = await a_person(directory)
    await directory.sweep_sign_ins()
    assert sql("select count(*) from sign_in") == [(2,)]
    sql.let_pass(0.2)
    await asyncio.gather(*(directory.sweep_sign_ins() for _ in range(3)))
    assert sql("select token_hash from sign_in") == [(ada.token_hash,)]


async def test_servers_are_told_once_of_what_ends(directory: Directory, database: str, sql: Sql) -> None:
    """When its owner ends it; of one that ended by itself when it is swept; not of one revoked before."""
    ada = await a_person(directory)
    eve = await a_person(directory)
    old = await a_person(directory)
    sql("update sign_in set revoked_at = now() where token_hash = %s", old.token_hash)
    with psycopg.connect(database, autocommit=True) as listening:
        listening.execute(f"listen {access_of(database).channel('sign_outs')}")
        await directory.sign_out(ada.token_hash)
        sql.let_pass(18.5)
        await directory.sweep_sign_ins()
        told = [said.payload for said in listening.notifies(timeout=5, stop_after=2)]
    assert told == [ada.token_hash.hex(), eve.token_hash.hex()]
    assert sql("select count(*) from sign_in") == [(0,)]


async def test_many_campaigns_at_once_are_not_too_many(database: str) -> None:
    """Each is counted before the next; players' seats don't count, and a closed one makes room."""
    async with connection_pool(database, size=8) as pool:
        directory = Directory(pool, Bounds(campaigns=3))
        ada = await a_person(directory)
        made: list[CampaignId] = []

        async def make(number: int) -> None:
            with suppress(Refused):
                made.append(await directory.create_campaign(f"C{number}", ada.user_id, by=ada))

        dee = await directory.create_person("Dee")
        campaign = await directory.create_campaign("Coast", dee, by=OPERATOR)
        seat = await directory.create_invite(campaign, "player", by=OPERATOR)
        await directory.redeem(seat.token, ada, None)
        await asyncio.gather(*(make(number) for number in range(12)))
        assert len(made) == 3
        await directory.close_campaign(made[0], by=ada)
        await make(12)
        await make(13)
        assert len(made) == 4
