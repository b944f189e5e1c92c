"""A command id has one outcome for ever: the executed is not refused later, and the refused is not executed."""

from __future__ import annotations

import asyncio

import psycopg
import pytest

from domain.ids import CampaignId, CommandId
from domain.postgres import PostgresStore
from domain.refusals import KnownRefusal, NoSession, NothingStaged, Refused
from domain.store import CommandAlreadyDecided, EventRejected, EventStore, Refusals, StoreUnavailable, VersionConflict
from tests.domain.store.patience import until
from tests.domain.store.proxy import Proxy
from tests.domain.store.streams import a_campaign, reveal, stored


def refused(
    campaign: CampaignId, after: int, *commands: str, why: type[NothingStaged | NoSession] = NothingStaged
) -> Refusals:
    """These commands, decided on that version."""
    return Refusals(campaign, after, {CommandId(command): why() for command in commands})


async def outcome(store: EventStore, campaign: CampaignId, command: str) -> object:
    """What became of a command: an event's id, or the code and message of a refusal."""
    with pytest.raises(CommandAlreadyDecided) as before:
        await store.append([reveal(campaign, 1_000, command)])
    found = before.value.outcomes[CommandId(command)]
    return (found.code, found.message) if isinstance(found, Refused) else found


async def test_what_was_refused_is_never_executed(store: EventStore) -> None:
    """The append of its event fails and tells the refusal, as it was worded."""
    campaign = a_campaign()
    await store.append([], None, refused(campaign, 0, "publish"))
    assert await outcome(store, campaign, "publish") == ("nothing_staged", "No staged changes to publish")
    assert await stored(store, campaign) == []
    await store.append([reveal(campaign, 1, "another")])


async def test_what_was_executed_is_never_refused(store: EventStore) -> None:
    """The refusal is not recorded, and its sender learns of the event."""
    campaign = a_campaign()
    event = reveal(campaign, 1, "once")
    await store.append([event])
    with pytest.raises(CommandAlreadyDecided) as before:
        await store.append([], None, refused(campaign, 1, "once"))
    assert before.value.outcomes == {"once": event.event_id}
    assert await outcome(store, campaign, "once") == event.event_id


async def test_the_first_refusal_stays(store: EventStore) -> None:
    """Refused twice for two reasons, by two servers: the first reason is the outcome."""
    campaign = a_campaign()
    await store.append([], None, refused(campaign, 0, "a"))
    with pytest.raises(CommandAlreadyDecided) as before:
        await store.append([], None, refused(campaign, 0, "a", "b", why=NoSession))
    (known,) = before.value.outcomes.values()
    assert isinstance(known, KnownRefusal)
    assert known.code == "nothing_staged"
    await store.append([], None, refused(campaign, 0, "b", why=NoSession))


async def test_refusals_and_events_are_stored_together(store: EventStore) -> None:
    """All or none; the events come after the version on which the refusals were decided."""
    campaign = a_campaign()
    await store.append([reveal(campaign, 1)])
    await store.append([reveal(campaign, 2, "done")], None, refused(campaign, 1, "no"))
    assert await outcome(store, campaign, "no") == ("nothing_staged", "No staged changes to publish")
    with pytest.raises(CommandAlreadyDecided):
        await store.append([reveal(campaign, 3, "done")], None, refused(campaign, 2, "new"))
    await store.append([reveal(campaign, 3, "new")])
    assert len(await stored(store, campaign)) == 3


async def test_a_refusal_rests_on_the_newest_state(store: EventStore) -> None:
    """One that was decided on less is not recorded: it may be executed after all."""
    campaign = a_campaign()
    await store.append([reveal(campaign, 1)])
    for after in (0, 2):
        with pytest.raises(VersionConflict):
            await store.append([], None, refused(campaign, after, "late"))
    await store.append([reveal(campaign, 2, "late")])


async def test_a_refusal_rests_on_the_members(store: EventStore) -> None:
    """As an event does."""
    campaign = a_campaign()
    with pytest.raises(VersionConflict):
        await store.append([], 1, refused(campaign, 0, "a"))
    await store.append([], 0, refused(campaign, 0, "a"))


async def test_the_same_id_may_be_refused_in_two_campaigns(store: EventStore) -> None:
    """An id belongs to its campaign."""
    one, other = a_campaign(), a_campaign()
    await store.append([], None, refused(one, 0, "a"))
    await store.append([reveal(other, 1, "a")])


async def test_an_id_that_no_store_takes_is_rejected(store: EventStore) -> None:
    """As with events."""
    campaign = a_campaign()
    with pytest.raises(EventRejected):
        await store.append([], None, refused(campaign, 0, "a\x00"))


async def test_refusals_and_events_of_two_decisions_do_not_mix(store: EventStore) -> None:
    """They are one batch of one room, or a mistake of ours."""
    campaign = a_campaign()
    for refusals in (refused(a_campaign(), 0, "a"), refused(campaign, 5, "a")):
        with pytest.raises(ValueError, match="together"):
            await store.append([reveal(campaign, 1)], None, refusals)


async def test_racing_servers_agree_on_one_outcome(shared_database: str) -> None:
    """Two stores decide the same ids at once, one to execute and one to refuse: each id is one of both."""
    async with PostgresStore(shared_database) as one, PostgresStore(shared_database) as other:
        for _ in range(50):
            campaign = a_campaign()
            event = reveal(campaign, 1, "a")
            executed, refusal = await asyncio.gather(
                one.append([event]), other.append([], None, refused(campaign, 0, "a")), return_exceptions=True
            )
            assert (executed is None) != (refusal is None)
            found = await outcome(one, campaign, "a")
            assert (found == event.event_id) == (executed is None)


async def test_a_refusal_whose_answer_was_lost(proxy: Proxy, sql: psycopg.Connection) -> None:
    """It was recorded: its sender may be told so."""
    campaign = a_campaign()
    async with PostgresStore(proxy.url) as store:
        await store.check()
        proxy.swallow_answers()
        append = asyncio.create_task(store.append([], None, refused(campaign, 0, "a")))
        query = "select 1 from refused_command where campaign_id = %s"
        await until(lambda: sql.execute(query, [campaign]).fetchone() is not None)
        proxy.hang_up()
        await append


async def test_a_refusal_that_never_arrived(proxy: Proxy) -> None:
    """Nothing is recorded, and the id may be used again."""
    campaign = a_campaign()
    async with PostgresStore(proxy.url) as store:
        await store.check()
        proxy.swallow_requests()
        sent = proxy.requests
        append = asyncio.create_task(store.append([], None, refused(campaign, 0, "a")))
        await until(lambda: proxy.requests > sent)
        proxy.hang_up()
        with pytest.raises(StoreUnavailable):
            await append
        await store.append([reveal(campaign, 1, "a")])


async def test_outcomes_can_be_looked_up(store: EventStore) -> None:
    """Of commands that were executed or refused, in their campaign only."""
    campaign = a_campaign()
    event = reveal(campaign, 1, "done")
    await store.append([event])
    await store.append([], None, refused(campaign, 1, "refused"))
    wanted = [CommandId(one) for one in ("done", "refused", "unknown")]
    found = await store.outcomes(campaign, wanted)
    assert found.keys() == {"done", "refused"}
    assert found[CommandId("done")] == event.event_id
    known = found[CommandId("refused")]
    assert isinstance(known, Refused)
    assert known.code == "nothing_staged"
    assert await store.outcomes(a_campaign(), wanted) == {}
