"""What an operator does with the past of a campaign, without a server."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import NamedTuple

from rich.console import Console

from domain.hexes import HexKey
from domain.ids import CampaignId, UserId
from domain.postgres import PostgresStore
from projections.hex_story import how_it_stands, what_happened_to
from projections.people import Member, Viewer
from projections.room_state import RoomState
from projections.stretches import Stretch
from projections.timeline import Timeline
from projections.views import ANY_DM, map_for
from transport.accounts import Directory
from transport.cli.errors import CommandFailed
from transport.cli.progress_bar import terminal_bar
from transport.cli.ready_database import ready_database
from transport.cli.watching import Watching
from transport.database import connection_pool
from transport.files.new_file import new_file
from transport.history import archiving
from transport.history.figures import SessionFigures
from transport.history.past import Past
from transport.history.share import Share
from transport.history.telling import telling
from transport.rooms.snapshot_store import SnapshotStore
from transport.settings import Settings

_KEY = re.compile("(0|-?[1-9][0-9]{0,4}),(0|-?[1-9][0-9]{0,4})")


class Records(NamedTuple):
    """One campaign in its database, with the people that it has today."""

    campaign: CampaignId
    store: PostgresStore
    directory: Directory
    past: Past
    members: Mapping[UserId, Member]


async def replay(
    settings: Settings, campaign: CampaignId, number: int | None, as_whom: str | None, speed: float | None
) -> None:
    """Prints a session, the last one that has begun by default, as the DM or as somebody saw it."""
    async with _records(settings, campaign) as records:
        viewer = viewer_of(records.members, as_whom)
        stretch = await _session(records, number)
        begin = await records.past.beginning(campaign, stretch)
        assert begin is not None  # without a joining there is always one
        head = await records.past.head(campaign)
        room = await records.past.room_at(campaign, head)
        watching = Watching(Console(), room.grid.orientation if room.grid else "flat", speed)
        timeline = Timeline(viewer, records.members, begin)
        await watching.watch(records.past, campaign, timeline, stretch.last(head))


async def explain(settings: Settings, campaign: CampaignId, key: HexKey) -> None:
    """Prints the story of a hex, and how it stands now."""
    if not _KEY.fullmatch(key):
        raise CommandFailed(f"{key} is no key of a hex: keys look like 3,-4")
    async with _records(settings, campaign) as records:
        console, room = Console(), RoomState()
        sessions = await records.past.stretches(campaign)
        async for batch in records.past.steps(campaign, room, await records.past.head(campaign)):
            for step in batch:
                said = what_happened_to(key, step, records.members)
                if said is not None:
                    number = next(one.number for one in sessions if one.covers(step.event.originator_version))
                    when = f"{step.event.timestamp.astimezone():%Y-%m-%d %H:%M:%S}"
                    console.print(f"{when}  session {number}  {said}", markup=False, highlight=False)
            room = batch[-1].after
        stands = f"Now: {how_it_stands(key, room, records.members)}"
        console.print(stands, style="bold", markup=False, highlight=False)


async def archive(settings: Settings, campaign: CampaignId, file: Path, *, with_names: bool) -> None:
    """Writes the file and prints how many events it holds."""
    async with _records(settings, campaign) as records:
        with terminal_bar("archiving") as progress:
            events = await archiving.archive(
                records.store, records.directory, campaign, file, with_names=with_names, progress=progress
            )
    print(f"{events} events archived")


async def share(settings: Settings, campaign: CampaignId, file: Path, number: int | None, as_whom: str) -> None:
    """Writes a session as a player saw it into one page that needs no server."""
    async with _records(settings, campaign) as records:
        viewer = viewer_of(records.members, as_whom)
        if viewer.role == "dm":
            raise CommandFailed("A share shows what a player saw: give --as a player")
        since = (await records.directory.joinings(campaign)).get(viewer.user_id)
        stretch = await _session(records, number)
        begin = await records.past.beginning(campaign, stretch, since)
        after = await records.past.version_at(campaign, since) if since else 0
        listed = await SessionFigures(records.past).of(campaign, viewer, after, records.members)
        session = next((one for one in listed if one["number"] == stretch.number), None)
        if begin is None or session is None:
            raise CommandFailed(f"In session {stretch.number} this player was told nothing")
        head = await records.past.head(campaign)
        orientation = map_for(viewer, await records.past.room_at(campaign, stretch.last(head)), "")["orientation"]
        made = Share(
            await records.directory.campaign_name(campaign), orientation, session, records.members[viewer.user_id]
        )
        timeline = Timeline(viewer, records.members, begin)
        with new_file(file) as out:
            out.write(made.head())
            out.write(made.lines([timeline.start]))
            async for lines in telling(records.past, campaign, timeline, stretch.last(head)):
                out.write(made.lines(lines))
            out.write(made.tail())
    print(file)


async def restore(settings: Settings, file: Path) -> None:
    """Brings the campaign of the file into the database and prints its id."""
    url = ready_database(settings)
    async with PostgresStore(url) as store, connection_pool(url) as pool:
        with terminal_bar("restoring") as progress:
            header = await archiving.restore(store, Directory(pool), file, progress)
    print(header.campaign)


def viewer_of(members: Mapping[UserId, Member], as_whom: str | None) -> Viewer:
    """The one with that id or name; a DM without one. Raises CommandFailed."""
    if as_whom is None or as_whom == "dm":
        return ANY_DM
    found = [member for member in members.values() if as_whom in (member.user_id, member.name)]
    if len(found) != 1:
        names = ", ".join(sorted(member.name for member in members.values()))
        raise CommandFailed(
            f"{'Several members are' if found else 'No member is'} called {as_whom!r}: there are {names}"
        )
    return Viewer(found[0].user_id, found[0].role)


async def _session(records: Records, number: int | None) -> Stretch:
    every = await records.past.stretches(records.campaign)
    if number is None:
        begun = [stretch for stretch in every if stretch.started is not None]
        return begun[-1] if begun else every[-1]
    found = next((stretch for stretch in every if stretch.number == number), None)
    if found is None:
        numbers = [stretch.number for stretch in every if stretch.started is not None]
        last = f"the last one is {numbers[-1]}" if numbers else "none has begun"
        raise CommandFailed(f"There is no session {number}: {last}")
    return found


@asynccontextmanager
async def _records(settings: Settings, campaign: CampaignId) -> AsyncIterator[Records]:
    url = ready_database(settings)
    async with PostgresStore(url) as store, connection_pool(url) as pool:
        directory = Directory(pool)
        members = await directory.roster(campaign)
        if not members:
            raise CommandFailed(f"There is no campaign {campaign}")
        yield Records(campaign, store, directory, Past(store, SnapshotStore(pool)), members)
