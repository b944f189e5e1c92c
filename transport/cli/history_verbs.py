"""The verbs that look back: at a session, at a hex, at a whole log."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Annotated

import typer

from domain.ids import CampaignId
from transport.cli.errors import settings_from_environment
from transport.cli.options import CampaignArgument, Speed

history_app = typer.Typer()


@history_app.command()
def replay(
    campaign: CampaignArgument,
    session: Annotated[int | None, typer.Option(min=1, help="Its number.  [default: the last one]")] = None,
    as_whom: Annotated[str | None, typer.Option("--as", help="A member's id or name.  [default: dm]")] = None,
    speed: Speed = None,
) -> None:
    """Print what happened in a session, and the map as somebody saw it."""
    from transport.cli.looking_back import replay as run

    asyncio.run(run(settings_from_environment(), CampaignId(campaign), session, as_whom, speed))


@history_app.command(context_settings={"ignore_unknown_options": True})  # keys may begin with a minus
def explain(
    campaign: CampaignArgument,
    hex_key: Annotated[str, typer.Argument(metavar="HEX", help="Its key, such as 3,-4.")],
) -> None:
    """Print the whole story of a hex: set, staged, undone, published, for whom, by whom, when."""
    from transport.cli.looking_back import explain as run

    asyncio.run(run(settings_from_environment(), CampaignId(campaign), hex_key))


@history_app.command()
def archive(
    campaign: CampaignArgument,
    file: Annotated[Path, typer.Argument(help="A file that is not there yet.", dir_okay=False)],
    names: Annotated[bool, typer.Option("--names", help="With the names of the people and of the campaign.")] = False,
) -> None:
    """Write a campaign's log into one file."""
    from transport.cli.looking_back import archive as run

    asyncio.run(run(settings_from_environment(), CampaignId(campaign), file, with_names=names))


@history_app.command()
def share(
    campaign: CampaignArgument,
    file: Annotated[Path, typer.Argument(help="A page that is not there yet, such as evening.html.", dir_okay=False)],
    as_whom: Annotated[str, typer.Option("--as", help="A player's id or name.")],
    session: Annotated[int | None, typer.Option(min=1, help="Its number.  [default: the last one]")] = None,
) -> None:
    """Write a session as a player saw it into one page that needs no server."""
    from transport.cli.looking_back import share as run

    asyncio.run(run(settings_from_environment(), CampaignId(campaign), file, session, as_whom))


@history_app.command()
def restore(file: Annotated[Path, typer.Argument(help="An archive.", dir_okay=False)]) -> None:
    """Bring the campaign of an archive into the database, as the same stream."""
    from transport.cli.looking_back import restore as run

    asyncio.run(run(settings_from_environment(), file))
