"""What an operator does with the tables of the analysts, without a server."""

from __future__ import annotations

import sys
from pathlib import Path

import psycopg

from domain.ids import CampaignId
from migrations.runner import CONNECT_SECONDS
from projections.postgres.feeder import LARGE, Feeder, feeding_connection
from projections.postgres.log_reader import SQL
from projections.postgres.rebuild import RebuildFailed
from projections.postgres.rebuild import rebuild as rebuild_tables
from transport.accounts import Directory
from transport.analytics.analysts import read_as_analyst
from transport.analytics.description import described, missing
from transport.analytics.export import Wanted
from transport.analytics.export import export as export_tables
from transport.analytics.projector import feeding
from transport.analytics.report.file import report_file
from transport.analytics.report.reports import Reports
from transport.cli.errors import CommandFailed, database_of
from transport.cli.progress_bar import terminal_bar
from transport.cli.ready_database import ready_database, ready_database_for_owner
from transport.database import connection_pool
from transport.event_loop.garbage import collect_rarely
from transport.files.new_file import new_file
from transport.server.server import told_to_stop
from transport.settings import Settings
from transport.wire.answers import ReportDrawn

ANSWER_SECONDS = 60.0
"""For a batch on a slow disk."""


async def project(settings: Settings, *, once: bool) -> None:
    """Feeds the tables until it is told to stop, or until all that is logged is in them."""
    url = ready_database(settings)
    collect_rarely()
    if once:
        await _catch_up(url)
        return
    told = told_to_stop()
    async with feeding(url, LARGE, ANSWER_SECONDS):
        await told.wait()


async def rebuild(settings: Settings) -> None:
    """Makes the tables anew and prints how many events they come from."""
    collect_rarely()
    url = ready_database_for_owner(settings)
    try:
        with terminal_bar("rebuilding") as progress:
            events = await rebuild_tables(url, progress)
    except RebuildFailed as failure:
        raise CommandFailed(str(failure)) from None
    print(f"{events} events projected")
    _say_what_is_missing(url)


def export(settings: Settings, directory: Path, wanted: Wanted, *, since_last: bool) -> None:
    """Writes the files and prints how many rows are in the directory."""
    with terminal_bar("exporting") as progress:
        manifest = export_tables(database_of(settings), directory, wanted, since_last=since_last, progress=progress)
    files = [file for table in manifest.tables.values() for file in table.files]
    print(f"{directory}: {sum(file.rows for file in files)} rows in {len(files)} files")
    _say_what_is_missing(database_of(settings))


async def report(settings: Settings, campaign: CampaignId | None, file: Path, *, with_names: bool) -> None:
    """Draws one campaign, or all together, into one page that needs no server."""
    made = await _drawn(ready_database(settings), campaign, with_names=with_names)
    with new_file(file) as out:
        out.write(report_file(made))
    print(file)


async def _drawn(url: str, campaign: CampaignId | None, *, with_names: bool) -> ReportDrawn:
    async with connection_pool(url) as pool:
        reports, directory = Reports(pool), Directory(pool)
        if campaign is None:
            names = {str(one.campaign_id): one.name for one in await directory.campaigns()} if with_names else {}
            return await reports.of_all(names)
        name, members = await directory.campaign_name(campaign), await directory.roster(campaign)
        if not name:
            raise CommandFailed(f"There is no campaign {campaign}")
        if not with_names:
            name, members = f"Campaign {str(campaign)[:8]}", {}
        return await reports.of_campaign(campaign, name, members)


def describe(settings: Settings) -> None:
    """Prints what the database says of the relations of the analysts."""
    with psycopg.connect(database_of(settings), connect_timeout=CONNECT_SECONDS) as connection:
        read_as_analyst(connection)
        print(described(connection), end="")


async def _catch_up(url: str) -> None:
    events = 0
    async with feeding_connection(url) as connection:
        feeder = Feeder(connection, LARGE)
        ((head,),) = await (await connection.execute(SQL["head"])).fetchall()
        with terminal_bar("projecting") as progress:
            while taken := await feeder.step():
                events += taken
                ((position,),) = await (await connection.execute(SQL["progress"])).fetchall()
                progress(position, max(position, head))
    if feeder.stopped:
        raise CommandFailed("; ".join(f"{name} stopped at {why}" for name, why in feeder.stopped.items()))
    print(f"{events} events projected")
    _say_what_is_missing(url)


def _say_what_is_missing(url: str) -> None:
    with psycopg.connect(url, connect_timeout=CONNECT_SECONDS) as connection:
        for line in missing(connection):
            print(line, file=sys.stderr)
