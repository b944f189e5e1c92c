"""Takes a campaign out of a database as a file, and brings it into another as the same stream."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator
from datetime import datetime
from itertools import islice
from pathlib import Path

from pydantic_core import from_json

from domain.event_codec import EventRow
from domain.events import SessionStarted
from domain.ids import CampaignId, EventId, SessionId, UserId
from domain.postgres import PostgresStore
from domain.store import StoreUnavailable
from projections.people import Member
from transport.accounts import Directory
from transport.files.new_file import new_file
from transport.history.archive_file import ArchiveWriter, check, rows
from transport.history.archive_lines import ArchivedPerson, BadArchive, Header

BATCH_EVENTS = 500
BATCH_BYTES = 4 * 1024 * 1024
"""Of events that are stored in one transaction: servers at play wait for it, and it is held in memory."""

Progress = Callable[[int, int], None]
"""Told how many events of how many are done."""


async def archive(
    store: PostgresStore,
    directory: Directory,
    campaign: CampaignId,
    file: Path,
    *,
    with_names: bool,
    progress: Progress,
) -> int:
    """Writes the file, which must not be there, and returns how many events it holds. Raises EngineError, OSError."""
    head = (await store.head(campaign)).version
    people = await _archived(directory, campaign, with_names=with_names)
    name = await directory.campaign_name(campaign)
    schema_versions: defaultdict[str, set[int]] = defaultdict(set)
    async for batch in store.rows(campaign, up_to=head):
        for row in batch:
            schema_versions[row.type].add(row.schema_version)
    versions = {topic: sorted(found) for topic, found in sorted(schema_versions.items())}
    lines = ArchiveWriter()
    with new_file(file) as out:
        out.write(lines.header(campaign, name if with_names else None, people, head, versions))
        async for batch in store.rows(campaign, up_to=head):
            out.write(b"".join([lines.event(row) for row in batch]))
            progress(batch[-1].version, head)
        out.write(lines.footer())
    return head


async def _archived(directory: Directory, campaign: CampaignId, *, with_names: bool) -> list[ArchivedPerson]:
    joined_at = await directory.joinings(campaign)
    return [
        ArchivedPerson(
            userId=one.user_id,
            role=one.role,
            joinedAt=joined_at[one.user_id],
            name=one.name if with_names else None,
        )
        for one in (await directory.roster(campaign)).values()
        if one.user_id in joined_at
    ]


async def restore(store: PostgresStore, directory: Directory, file: Path, progress: Progress) -> Header:
    """Checks all of the file, then stores it. The campaign appears when its last event is stored.

    If it is interrupted, the same call goes on where it was. Raises BadArchive, and then nothing was stored;
    StoreUnavailable, which says how far it came; another EngineError, OSError.
    """
    header = check(file)
    campaign = CampaignId(header.campaign)
    if await directory.campaign_name(campaign):
        raise BadArchive(f"The campaign {campaign} is here already")
    if await directory.closed_at(campaign) is not None:
        raise BadArchive(f"The campaign {campaign} was closed here: purge it first, and it can come back")
    done = await _stored_before(store, campaign, file)
    for batch in _batches(file, done):
        if await store.recorded([EventId(row.event_id) for row in batch]):
            raise BadArchive("Events of it are here already, in another campaign")
        sessions = [SessionId(row.session_id) for row in batch if row.session_id and row.type == SessionStarted.TOPIC]
        if await store.are_foreign(campaign, sessions):
            raise BadArchive("Sessions of it are here already, in another campaign")
    try:
        for batch in _batches(file, done):
            await store.append_rows(batch)
            done = batch[-1].version
            progress(done, header.events)
        await directory.restore_campaign(campaign, header.name or f"Restored {campaign}", *_people(header))
    except StoreUnavailable as problem:
        stored = f"{done} of {header.events} events are stored, and the same command goes on from there"
        raise StoreUnavailable(f"{problem}. {stored}") from problem
    return header


async def _stored_before(store: PostgresStore, campaign: CampaignId, file: Path) -> int:
    """How many events an interrupted call left. Raises BadArchive if there are others."""
    done = 0
    known = rows(file)
    async for batch in store.rows(campaign):
        for row in batch:
            if not _is_same(row, next(known, None)):
                raise BadArchive(f"The campaign {campaign} has another past here")
            done += 1
    return done


def _batches(file: Path, after: int) -> Iterator[list[EventRow]]:
    batch: list[EventRow] = []
    size = 0
    for row in islice(rows(file), after, None):
        if len(batch) == BATCH_EVENTS or size + len(row.data) > BATCH_BYTES:
            yield batch
            batch, size = [], 0
        batch.append(row)
        size += len(row.data)
    if batch:
        yield batch


def _is_same(row: EventRow, other: EventRow | None) -> bool:
    return (
        other is not None
        and row._replace(data=b"") == other._replace(data=b"")
        and from_json(row.data) == from_json(other.data)
    )


def _people(header: Header) -> tuple[list[Member], dict[UserId, datetime]]:
    """The members, and when each joined: a player's past begins then."""
    unnamed = {"dm": "A DM", "player": "A player"}
    members = [Member(UserId(one.userId), one.name or unnamed[one.role], one.role) for one in header.people]
    return members, {UserId(one.userId): one.joinedAt for one in header.people}
