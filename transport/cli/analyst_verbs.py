"""The verbs for those who ask the log: tables, files, reports."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Literal
from uuid import UUID

import typer

from domain.ids import CampaignId
from transport.cli.errors import settings_from_environment

MOMENTS = ["%Y-%m-%d", "%Y-%m-%dT%H:%M:%S"]

analysts_app = typer.Typer()
project_app = typer.Typer(invoke_without_command=True)
analyst_app = typer.Typer(help="Those who read the tables.", no_args_is_help=True)
analysts_app.add_typer(project_app, name="project")
analysts_app.add_typer(analyst_app, name="analyst")


@project_app.callback()
def project(
    context: typer.Context,
    once: Annotated[bool, typer.Option("--once", help="End when all that is logged is in the tables.")] = False,
) -> None:
    """Keep the tables of the analysts up to date, until Ctrl-C."""
    from transport.cli.analytics import project as run

    if context.invoked_subcommand is None:
        asyncio.run(run(settings_from_environment(), once=once))


@project_app.command()
def rebuild() -> None:
    """Make the tables of the analysts anew from the whole log, while they are read."""
    from transport.cli.analytics import rebuild as run

    asyncio.run(run(settings_from_environment()))


@analyst_app.command("create")
def create_analyst(name: Annotated[str, typer.Argument(help="The role that is made.")]) -> None:
    """Make a database role that reads the tables of the analysts and nothing else; print its connection string."""
    from transport.cli.analyst_accounts import create_analyst as run

    run(settings_from_environment(), name)


@analyst_app.command("list")
def list_analysts() -> None:
    """List the analysts of this database, each with the number of open sessions."""
    from transport.cli.analyst_accounts import list_analysts as run

    run(settings_from_environment())


@analyst_app.command("password")
def renew_password(name: Annotated[str, typer.Argument(help="An analyst.")]) -> None:
    """Give an analyst a new password, end what is open by the old one, and print the connection string."""
    from transport.cli.analyst_accounts import renew_password as run

    run(settings_from_environment(), name)


@analyst_app.command("drop")
def drop_analyst(name: Annotated[str, typer.Argument(help="An analyst.")]) -> None:
    """Take an analyst's role away, and end what it has open."""
    from transport.cli.analyst_accounts import drop_analyst as run

    run(settings_from_environment(), name)


@analysts_app.command("sql")
def open_sql(
    command: Annotated[
        list[str] | None, typer.Option("--command", "-c", help="Run this and end; several run one after the other.")
    ] = None,
) -> None:
    """Open psql as an analyst on the database of FOGBOUND_DATABASE_URL."""
    from transport.cli.sql_shell import open_shell as run

    run(settings_from_environment(), command or [])


@analysts_app.command()
def export(
    directory: Annotated[Path, typer.Argument(metavar="DIR", help="For the files; made if it is not there.")],
    campaign: Annotated[UUID | None, typer.Option(help="One campaign's id.  [default: all]")] = None,
    since: Annotated[
        datetime | None, typer.Option(formats=MOMENTS, help="Only what happened since then, in UTC.")
    ] = None,
    file_format: Annotated[
        Literal["parquet", "csv", "ndjson"] | None, typer.Option("--format", help="[default: parquet]")
    ] = None,
    since_last: Annotated[bool, typer.Option("--since-last", help="Add what has come since the last time.")] = False,
) -> None:
    """Write the log and the tables of the analysts into files, with a manifest."""
    from transport.analytics.export import Wanted
    from transport.cli.analytics import export as run

    moment = since.replace(tzinfo=UTC) if since is not None else None
    run(settings_from_environment(), directory, Wanted(campaign, moment, file_format), since_last=since_last)


@analysts_app.command()
def report(
    file: Annotated[Path, typer.Option("--output", "-o", help="A page that is not there yet.", dir_okay=False)],
    campaign: Annotated[UUID | None, typer.Argument(metavar="[CAMPAIGN]", help="The campaign's id.")] = None,
    names: Annotated[bool, typer.Option("--names", help="With the names of the people and of the campaign.")] = False,
) -> None:
    """Draw a campaign's evenings, or all campaigns together, into one page that needs no server."""
    from transport.cli.analytics import report as run

    chosen = CampaignId(campaign) if campaign is not None else None
    asyncio.run(run(settings_from_environment(), chosen, file, with_names=names))
