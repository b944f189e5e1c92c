"""docs/backup.md keeps its word: its blocks are run while people play, and what it promises is looked for."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from random import Random
from typing import Any
from uuid import uuid4

import psycopg
import pytest

from projections.postgres.rebuild import rebuild
from tests.backup.database_host import DatabaseHost, variables_of
from tests.docs.pages import page
from tests.end_to_end.peers import Socket, a_table
from tests.faults.evening import Evening, an_evening
from tests.faults.ledger import Recorded
from tests.faults.machine import Node
from tests.projections.postgres import kit
from transport.client import Client
from transport.client.errors import CommandRefused
from transport.rehearsal.verdict import judge

BACKUP = page("docs/backup.md")
SECTIONS = (
    "The receiver",
    "The base backup",
    "Find it",
    "Restore beside",
    "Let it take over",
    "When the machine is gone",
    "One campaign alone",
    "With archive_command",
    "A dump",
)
SECRET = "77,77"
PATIENCE = 120.0


@pytest.fixture
def host(tmp_path: Path) -> Iterator[DatabaseHost]:
    """A machine with an empty, migrated database."""
    with DatabaseHost.running(tmp_path.name) as running:
        yield running


def test_every_block_is_run() -> None:
    """The tests below paste all blocks of the page, and each uses the variables that the page names."""
    assert [block for title in SECTIONS for block in blocks(title)] == BACKUP.examples("bash")
    program = Path(__file__).read_text(encoding="utf-8")
    assert [title for title in SECTIONS if f'blocks("{title}")' not in program] == []
    (example,) = BACKUP.examples("sh")
    named = set(re.findall(r"\b([A-Z_]+)=", example))
    assert named == {*variables_of(Path("/")), "CAMPAIGN", "MISTAKE"}
    used = set(re.findall(r"\$([A-Z_]+)", "".join(BACKUP.examples("bash"))))
    assert used <= named


async def test_back_to_the_moment_before_a_mistake(host: DatabaseHost, seed: int) -> None:
    """All of before a mistake is there, byte for byte, and nothing of after; the people are of today; play goes on."""
    async with a_server(host) as node, received(host), two_evenings(node, seed) as (evening, other):
        eve = await a_member(node, evening, "Eve")
        async with played(evening, other):
            await paste(host, *blocks("The base backup"))
            await more(evening)
        acknowledged = {*evening.ledger.acknowledged.values(), *other.ledger.acknowledged.values()}
        async with played(other):
            mistake = await reveal_by_mistake(evening)
        async with played(evening, other):
            await more(evening)
        await paste(host, f"FOGBOUND_DATABASE_URL='{host.url}' fogbound forget {eve}")
        await a_member(node, evening, "Gus")
        assert await node.server.terminate() == 0
        then = rows(host.url, before=mistake)
        assert 0 < len(then) < len(rows(host.url)) - 1
        assert acknowledged <= event_ids(host.url, before=mistake)

        host.shell.variables |= {"CAMPAIGN": evening.company.campaign, "MISTAKE": mistake}
        assert mistake in await paste(host, *blocks("Find it"))
        restore, look = blocks("Restore beside")
        await paste(host, restore)
        assert rows(host.restored_url) == then
        assert mistake not in await paste(host, look)

        promote, copy, check = blocks("Let it take over")
        await paste(host, promote)
        assert names(host.restored_url) - names(host.url) == {"Eve"}
        assert names(host.url) - names(host.restored_url) == {"Gus"}
        await paste(host, copy)
        assert people(host.restored_url) == people(host.url)
        assert re.search("^ok +takes changes ", await paste(host, check), re.MULTILINE)

        node.proxy.redirect(host.restored_url)
        await node.server.start()
        for one in (evening, other):
            forget_what_is_gone(one, event_ids(host.restored_url))
            assert (await judge(one.company, host.restored_url)).mismatches == []
            assert not any(resumed(one).values())
        assert SECRET not in evening.company.actors["ada"].client.state.revealed
        async with played(evening, other):
            await more(evening)
        assert await node.server.terminate() == 0
        assert rows(host.restored_url)[: len(then)] == then
        assert violations(host.restored_url, evening, other) == []
        await check_analysts(host.restored_url)


async def test_a_lost_machine_loses_nothing_that_was_acknowledged(host: DatabaseHost, seed: int) -> None:
    """With a receiver: after a kill -9 of the database, whose disk is gone, everybody goes on where they were."""
    random = Random(seed)
    async with a_server(host) as node, two_evenings(node, seed) as (evening, other):
        async with played(evening, other):
            async with received(host):
                await paste(host, *blocks("The base backup"))
                await more(evening)
                await asyncio.sleep(random.uniform(0, 0.2))
                await asyncio.to_thread(host.lose)
                await node.server.kill()
            await paste(host, *blocks("When the machine is gone"))
            node.proxy.redirect(host.restored_url)
            await node.server.start()
            await more(evening)
        assert violations(host.restored_url, evening, other) == []
        for one in (evening, other):
            assert (await judge(one.company, host.restored_url)).mismatches == []
            assert resumed(one)["ada"]
        assert await node.server.terminate() == 0
        await check_analysts(host.restored_url)


async def test_what_was_archived_comes_back_as_an_unbroken_beginning(host: DatabaseHost, seed: int) -> None:
    """Without a receiver: all up to the last file that was handed over is there, nothing of after has a hole before."""
    settings, switch = blocks("With archive_command")
    await paste(host, settings)
    async with a_server(host) as node, two_evenings(node, seed) as (evening, other):
        async with played(evening, other):
            await paste(host, *blocks("The base backup"))
            await more(evening)
            acknowledged = {*evening.ledger.acknowledged.values(), *other.ledger.acknowledged.values()}
            (handed_over,) = re.findall("[0-9A-F]{24}", await paste(host, switch))
            await until((host.folder / "wal" / handed_over).exists)
            await more(evening)
        assert await node.server.terminate() == 0
    log = rows(host.url)
    host.lose()
    await paste(host, *blocks("When the machine is gone"))
    kept = rows(host.restored_url)
    assert kept == log[: len(kept)]
    assert acknowledged <= event_ids(host.restored_url)


async def test_one_campaign_comes_back_alone(host: DatabaseHost, seed: int) -> None:
    """A campaign as it was is refused where it came from; elsewhere its people go on, while others never stop."""
    async with (
        a_server(host) as node,
        received(host),
        an_evening(node.server.url, Random(seed)) as other,
        played(other),
        a_table(node.server.url, host.url, ["Ada"]) as table,
    ):
        ada, campaign = table.players["Ada"], table.campaign
        await paste(host, *blocks("The base backup"))
        await done(table.sockets["dm"], hexKeys=["1,1"], targets={"playerIds": [ada.user_id]})
        mistake = await done(table.sockets["dm"], hexKeys=[SECRET], targets="all")
        host.shell.variables |= {"CAMPAIGN": campaign, "MISTAKE": mistake}
        await paste(host, blocks("Restore beside")[0])
        archive, restore, sign_ins = blocks("One campaign alone")
        await paste(host, archive)
        with pytest.raises(AssertionError, match="is here already"):
            await paste(host, f"FOGBOUND_DATABASE_URL='{host.url}' fogbound restore $ARCHIVE")
        await paste(host, restore, sign_ins)
        alone = host.shell.variables["ALONE_URL"]
        before = stream(host.url, campaign)
        assert mistake in before.pop()
        assert stream(alone, campaign) == before

        async with Node.running(alone) as elsewhere:
            ada.url = table.dm.url = elsewhere.server.url
            back = await ada.open(campaign, mistake)
            assert (await back.next())["resumed"] is False
            assert (await back.next())["revealedHexes"] == ["1,1"]
            await done(await table.dm.join(campaign), hexKeys=["2,2"], targets="all")
            await back.until("hex:revealed")
        assert stream(alone, campaign)[:-1] == before
    assert violations(host.url, other) == []


async def test_a_dump_holds_everything_of_one_moment(host: DatabaseHost, seed: int) -> None:
    """Taken while people play, it makes a well database with all people and an unbroken beginning of the log."""
    dump, restore = blocks("A dump")
    async with a_server(host) as node, two_evenings(node, seed) as (evening, other):
        async with played(evening, other):
            await more(evening)
            acknowledged = {*evening.ledger.acknowledged.values(), *other.ledger.acknowledged.values()}
            await paste(host, dump)
            await paste(host, restore)
        copy = host.shell.variables["COPY_URL"]
        assert rows(copy) == rows(host.url)[: len(rows(copy))]
        assert acknowledged <= event_ids(copy)
        assert names(copy) == names(host.url)


# What an operator does


def blocks(title: str) -> list[str]:
    """What is to be pasted into bash, of one section of the page."""
    return BACKUP.section(title).examples("bash")


async def paste(host: DatabaseHost, *these: str) -> str:
    """One block after the other, while others play; what they print."""
    return "".join([await asyncio.to_thread(host.shell.run, block) for block in these])


@asynccontextmanager
async def received(host: DatabaseHost) -> AsyncIterator[None]:
    """Each commit waits for the receiver."""
    slot, receiver, *wait = blocks("The receiver")
    await paste(host, slot)
    with host.shell.running(receiver):
        await paste(host, *wait)
        await until(lambda: column(host.url, "select sync_state from pg_stat_replication") == ["sync"])
        yield


# Who plays


@asynccontextmanager
async def a_server(host: DatabaseHost) -> AsyncIterator[Node]:
    """It reaches the database through a proxy, behind which another one can take its place."""
    async with Node.running(host.url, FOGBOUND_LEAVE_GRACE_SECONDS="0.2") as node:
        yield node


@asynccontextmanager
async def two_evenings(node: Node, seed: int) -> AsyncIterator[tuple[Evening, Evening]]:
    """Of two campaigns."""
    async with (
        an_evening(node.server.url, Random(f"{seed} 1")) as one,
        an_evening(node.server.url, Random(f"{seed} 2")) as other,
    ):
        yield one, other


@asynccontextmanager
async def played(*evenings: Evening) -> AsyncIterator[None]:
    """Meanwhile all play; at its end each command has its answer.

    By chance they might stage all that they reveal: the first hex is revealed at once in any case.
    """
    over = asyncio.Event()
    async with asyncio.timeout(PATIENCE), asyncio.TaskGroup() as playing:
        for evening in evenings:
            await command(evening, "hex:reveal", hexKeys=["0,0"], targets="all")
            playing.create_task(evening.play(over))
        yield
        over.set()


async def more(evening: Evening, commands: int = 30) -> None:
    """Until so many more were acknowledged."""
    goal = len(evening.ledger.acknowledged) + commands
    await until(lambda: len(evening.ledger.acknowledged) >= goal)


async def reveal_by_mistake(evening: Evening) -> str:
    """To all; its event, once Ada knows."""
    await command(evening, "broadcast:mode", mode="immediate")
    mistake = await command(evening, "hex:reveal", hexKeys=[SECRET], targets="all")
    assert mistake is not None
    await evening.company.actors["ada"].client.until(lambda state: SECRET in state.revealed, PATIENCE)
    return mistake


async def command(evening: Evening, kind: str, **fields: object) -> str | None:
    """Of the DM, in the ledger; its event, if it was not refused."""
    asked = evening.ledger.ask()
    try:
        event = await evening.company.dm.client.send(kind, **fields)
    except CommandRefused:
        evening.ledger.refuse(asked)
        return None
    evening.ledger.acknowledge(asked, event)
    return event


async def a_member(node: Node, evening: Evening, name: str) -> str:
    """Somebody who is not at the table; the id."""
    async with Client(node.server.url) as client:
        made = await evening.company.dm.client.invite(evening.company.campaign, "player", uses=1)
        return (await client.redeem(made["token"], name))["userId"]


async def done(dm: Socket, **reveal: object) -> str:
    """The event of a reveal."""
    await dm.send("hex:reveal", id=(asked := uuid4().hex), **reveal)
    acknowledgement = await dm.until("ack", when=lambda message: message["id"] == asked)
    return str(acknowledgement["eventId"])


async def until(happened: Callable[[], bool]) -> None:
    """Raises TimeoutError if it takes too long."""
    async with asyncio.timeout(PATIENCE):
        while not happened():  # noqa: ASYNC110 - other programs make it happen
            await asyncio.sleep(0.02)


# What is looked at


def column(database: str, query: str, **values: object) -> list[Any]:
    with psycopg.connect(database) as connection:
        return [row[0] for row in connection.execute(query, values)]


BEFORE = """
    from event_log where %(before)s::uuid is null or position < (
        select min(position) from event_log
        where xmin = (select xmin from event_log where event_id = %(before)s)
    )
    order by position
"""


def rows(database: str, before: str | None = None) -> list[str]:
    """All of the log, to the byte; or up to the transaction of an event."""
    return column(database, f"select event_log::text {BEFORE}", before=before)


def event_ids(database: str, before: str | None = None) -> set[str]:
    """Of the same."""
    return set(column(database, f"select event_id::text {BEFORE}", before=before))


def stream(database: str, campaign: str) -> list[str]:
    """All of the log of one campaign, but for the places in the whole log."""
    query = "select (to_jsonb(event_log) - 'position')::text from event_log where campaign_id = %(campaign)s"
    return column(database, f"{query} order by version", campaign=campaign)


def violations(database: str, *evenings: Evening) -> list[str]:
    """What the log says otherwise than those who played."""
    found = []
    with psycopg.connect(database) as connection:
        for evening in evenings:
            log = connection.execute(
                "select position, version, event_id::text, type, command_id from event_log"
                " where campaign_id = %s order by version",
                [evening.company.campaign],
            )
            found += evening.ledger.violations([Recorded(*row) for row in log])
    return found


def forget_what_is_gone(evening: Evening, kept: set[str]) -> None:
    """After the log went back: what was acknowledged and is gone must not come again."""
    ledger = evening.ledger
    gone = {command for command, event in ledger.acknowledged.items() if event not in kept}
    ledger.refused |= gone
    for one in gone:
        del ledger.acknowledged[one]
    ledger.told &= kept


def resumed(evening: Evening) -> dict[str, bool]:
    """Who was told what they missed, and not everything anew."""
    greetings = {alias: actor.client.greeting for alias, actor in evening.company.actors.items()}
    return {alias: greeting is not None and greeting["resumed"] for alias, greeting in greetings.items()}


def names(database: str) -> set[str]:
    """Of all people."""
    return set(column(database, "select name from person"))


def people(database: str) -> dict[str, list[str]]:
    """Who they are, where they are members, and how they come in."""
    columns = {
        "person": "person::text",
        "campaign": "(campaign_id, name, created_at)::text",
        "member": "(campaign_id, person_id, role, joined_at)::text",
        "sign_in": "sign_in::text",
        "invite": "invite::text",
    }
    return {table: sorted(column(database, f"select {what} from {table}")) for table, what in columns.items()}


async def check_analysts(database: str) -> None:
    """Their tables, fed on from where they stood, are those that the whole log makes; no server may feed them too."""
    await kit.feed(database)
    fed = kit.tables(database)
    assert kit.checkpoints(database) == dict.fromkeys(kit.NAMES, (kit.head(database), None))
    assert fed["reveal"]
    await rebuild(database, lambda _done, _total: None)
    assert kit.tables(database) == fed
