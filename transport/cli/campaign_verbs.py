"""The verbs for campaigns, their invites and maps, and the people in them."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Annotated, Literal
from uuid import UUID

import typer

from domain.ids import CampaignId, UserId
from transport.cli.errors import settings_from_environment
from transport.cli.options import CampaignArgument
from transport.settings import LONGEST_HOURS

MapFile = Annotated[Path, typer.Argument(help="A map file, as hex-map editors export it.", dir_okay=False)]

people_app = typer.Typer()
campaign_app = typer.Typer(help="Campaigns and their invites.", no_args_is_help=True)
map_app = typer.Typer(help="Maps.", no_args_is_help=True)
people_app.add_typer(campaign_app, name="campaign")
people_app.add_typer(map_app, name="map")


def _hours_ahead(value: float | None) -> float | None:
    """As HTTP has it. The bounds of an option would let 0 pass, and what is no number."""
    if value is not None and not 0 < value <= LONGEST_HOURS:
        raise typer.BadParameter(f"{value} is not above 0 and at most {LONGEST_HOURS}.")
    return value


@people_app.command()
def forget(user: Annotated[UUID, typer.Argument(metavar="USER", help="The person's id.")]) -> None:
    """Erase a person's name, sign-ins and memberships. What happened stays, under an id that says nothing."""
    from transport.cli.operations import forget as run

    asyncio.run(run(settings_from_environment(), UserId(str(user))))


@campaign_app.command("create")
def create_campaign(
    name: Annotated[str, typer.Argument(help="What the campaign is called.")],
    dm: Annotated[str, typer.Option(help="The name of its DM, who is signed in by a link.")] = "The DM",
) -> None:
    """Make a campaign and print the sign-in link of its DM."""
    from transport.cli.operations import create_campaign as run

    asyncio.run(run(settings_from_environment(), name, dm))


@campaign_app.command("list")
def list_campaigns(
    closed: Annotated[bool, typer.Option("--closed", help="Those that are closed, and since when.")] = False,
) -> None:
    """List all campaigns that are open."""
    from transport.cli.operations import list_campaigns, list_closed_campaigns

    asyncio.run((list_closed_campaigns if closed else list_campaigns)(settings_from_environment()))


@campaign_app.command("close")
def close_campaign(campaign: CampaignArgument) -> None:
    """Close a campaign for ever: nobody reaches it, its name goes, its log stays."""
    from transport.cli.operations import close_campaign as run

    asyncio.run(run(settings_from_environment(), CampaignId(campaign)))


@campaign_app.command("purge")
def purge_campaign(
    campaign: CampaignArgument,
    is_sure: Annotated[bool, typer.Option("--yes", help="Do it; without it nothing is deleted.")] = False,
) -> None:
    """Delete a closed campaign with its log, as the owner of the database. Nothing brings it back."""
    from transport.cli.purging import purge as run

    asyncio.run(run(settings_from_environment(), CampaignId(campaign), is_sure=is_sure))


@campaign_app.command("invite")
def invite(
    campaign: CampaignArgument,
    role: Annotated[Literal["dm", "player"], typer.Option(help="What the link makes of who opens it.")] = "player",
    uses: Annotated[
        int | None, typer.Option(min=1, max=10_000, help="How many people may come.  [default: FOGBOUND_INVITE_USES]")
    ] = None,
    hours: Annotated[
        float | None,
        typer.Option(callback=_hours_ahead, help="Hours until it expires.  [default: FOGBOUND_INVITE_HOURS]"),
    ] = None,
) -> None:
    """Print an invite link."""
    from transport.cli.operations import invite as run

    asyncio.run(run(settings_from_environment(), CampaignId(campaign), role, uses, hours))


@map_app.command("import")
def import_map(campaign: CampaignArgument, file: MapFile) -> None:
    """Import a map file. Players see nothing of it until it is revealed."""
    from transport.cli.operations import import_map as run

    asyncio.run(run(settings_from_environment(), CampaignId(campaign), file))
