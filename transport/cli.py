"""The command `fogbound`: what each verb takes; the work is done elsewhere."""

from __future__ import annotations

import asyncio
import math
import sys
from collections.abc import Sequence
from importlib.metadata import version
from pathlib import Path
from typing import Annotated, Literal, NoReturn
from uuid import UUID

import typer

from domain.ids import CampaignId, UserId
from transport.cli_analysts import analysts_app
from transport.cli_errors import plain_errors, settings_from_environment
from transport.directory.bounds import LONGEST_HOURS
from transport.logs import set_up_logs

AsJson = Annotated[bool, typer.Option("--json", help="Print one line of JSON when ready.")]
MapFile = Annotated[Path, typer.Argument(help="A map file, as hex-map editors export it.", dir_okay=False)]
CampaignArgument = Annotated[UUID, typer.Argument(metavar="CAMPAIGN", help="The campaign's id.")]

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
campaign_app = typer.Typer(help="Campaigns and their invites.", no_args_is_help=True)
map_app = typer.Typer(help="Maps.", no_args_is_help=True)
app.add_typer(campaign_app, name="campaign")
app.add_typer(map_app, name="map")
app.add_typer(analysts_app)


def _finite(value: float | None) -> float | None:
    if value is not None and not math.isfinite(value):
        raise typer.BadParameter(f"{value} is no number to count with.")
    return value


def _hours_ahead(value: float | None) -> float | None:
    """As HTTP has it. The bounds of an option would let 0 pass, and what is no number."""
    if value is not None and not 0 < value <= LONGEST_HOURS:
        raise typer.BadParameter(f"{value} is not above 0 and at most {LONGEST_HOURS}.")
    return value


def _print_version(is_wanted: bool) -> None:
    if is_wanted:
        print(f"fogbound {version('fogbound')}")
        raise typer.Exit


def main() -> None:
    """The console script."""
    set_up_logs()
    carry_out(sys.argv[1:])


def carry_out(words: Sequence[str]) -> NoReturn:
    """Carries out what was typed after `fogbound`. Raises SystemExit."""
    with plain_errors():
        sys.exit(app(list(words), prog_name="fogbound", standalone_mode=False))


Speed = Annotated[
    float | None,
    typer.Option(min=0.01, callback=_finite, help="1: real time.  [default: as fast as it goes]"),
]


@app.callback()
def fogbound(
    show_version: Annotated[
        bool, typer.Option("--version", help="Print the version and end.", is_eager=True, callback=_print_version)
    ] = False,
) -> None:
    """A session engine for hex-crawl tabletop play."""


@app.command()
def play(
    port: Annotated[int | None, typer.Option(help="0 picks a free one.  [default: FOGBOUND_PORT]")] = None,
    data_dir: Annotated[
        Path, typer.Option(help="Where the database lives, unless FOGBOUND_DATABASE_URL names one.")
    ] = Path("~/.local/share/fogbound"),
    open_browser: Annotated[
        bool, typer.Option("--open", help="Open the oldest campaign's DM link in a browser.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Serve with a database of its own until Ctrl-C, and print links to each campaign; makes one if there is none."""
    from transport.play import play as run

    settings = settings_from_environment(port=port)
    asyncio.run(run(settings, data_dir.expanduser(), open_browser=open_browser, as_json=as_json))


@app.command()
def serve(as_json: AsJson = False) -> None:
    """Serve the database of FOGBOUND_DATABASE_URL. All settings come from the environment."""
    from transport.play import serve as run

    asyncio.run(run(settings_from_environment(), as_json=as_json))


@app.command()
def migrate() -> None:
    """Bring the database of FOGBOUND_DATABASE_URL up to date."""
    from transport.operations import migrate as run

    run(settings_from_environment())


@app.command()
def doctor() -> None:
    """Look whether the database of FOGBOUND_DATABASE_URL can keep what we promise. Fails if it can't."""
    from transport.doctor.verb import doctor as run

    raise typer.Exit(0 if asyncio.run(run(settings_from_environment())) else 1)


@app.command()
def rehearse(  # noqa: PLR0917 - typer turns each into an option
    script: Annotated[Path, typer.Argument(help="Who does what after how long, as JSON lines.", dir_okay=False)],
    url: Annotated[str | None, typer.Option(help="A running server; without it one is started.")] = None,
    link: Annotated[
        str | None, typer.Option(help="A sign-in link: its person is the DM of the campaign that is made.")
    ] = None,
    database: Annotated[
        str | None,
        typer.Option(help="The server's database, to compare with its log.  [default: FOGBOUND_DATABASE_URL]"),
    ] = None,
    speed: Speed = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print the report as one line of JSON.")] = False,
) -> None:
    """Play a script with real clients and check that everybody knows what they should."""
    from transport.rehearsal import rehearse as run

    playing = run(script, url, link=link, database=database, speed=speed, as_json=as_json)
    raise typer.Exit(asyncio.run(playing))


@app.command()
def spec(
    what: Annotated[
        Literal["asyncapi", "openapi", "analytics"],
        typer.Argument(
            metavar="WHAT",
            help="asyncapi: the WebSocket; openapi: the HTTP calls; analytics: the relations in the database.",
        ),
    ],
) -> None:
    """Print a description: of the protocol for machines, as JSON; of the relations for analysts, as Markdown."""
    if what == "analytics":
        from transport.analytics.verbs import describe as run

        run(settings_from_environment())
    else:
        from transport.spec.printed import printed

        print(printed(what), end="")


@app.command()
def replay(
    campaign: CampaignArgument,
    session: Annotated[int | None, typer.Option(min=1, help="Its number.  [default: the last one]")] = None,
    eyes: Annotated[str | None, typer.Option("--as", help="A member's id or name.  [default: dm]")] = None,
    speed: Speed = None,
) -> None:
    """Print what happened in a session, and the map as somebody saw it."""
    from transport.history.verbs import replay as run

    asyncio.run(run(settings_from_environment(), CampaignId(campaign), session, eyes, speed))


@app.command(context_settings={"ignore_unknown_options": True})  # keys may begin with a minus
def explain(
    campaign: CampaignArgument,
    hex_key: Annotated[str, typer.Argument(metavar="HEX", help="Its key, such as 3,-4.")],
) -> None:
    """Print the whole story of a hex: set, staged, undone, published, for whom, by whom, when."""
    from transport.history.verbs import explain as run

    asyncio.run(run(settings_from_environment(), CampaignId(campaign), hex_key))


@app.command()
def archive(
    campaign: CampaignArgument,
    file: Annotated[Path, typer.Argument(help="A file that is not there yet.", dir_okay=False)],
    names: Annotated[bool, typer.Option("--names", help="With the names of the people and of the campaign.")] = False,
) -> None:
    """Write a campaign's log into one file."""
    from transport.history.verbs import archive as run

    asyncio.run(run(settings_from_environment(), CampaignId(campaign), file, with_names=names))


@app.command()
def share(
    campaign: CampaignArgument,
    file: Annotated[Path, typer.Argument(help="A page that is not there yet, such as evening.html.", dir_okay=False)],
    eyes: Annotated[str, typer.Option("--as", help="A player's id or name.")],
    session: Annotated[int | None, typer.Option(min=1, help="Its number.  [default: the last one]")] = None,
) -> None:
    """Write a session as a player saw it into one page that needs no server."""
    from transport.history.verbs import share as run

    asyncio.run(run(settings_from_environment(), CampaignId(campaign), file, session, eyes))


@app.command()
def restore(file: Annotated[Path, typer.Argument(help="An archive.", dir_okay=False)]) -> None:
    """Bring the campaign of an archive into the database, as the same stream."""
    from transport.history.verbs import restore as run

    asyncio.run(run(settings_from_environment(), file))


@app.command()
def forget(user: Annotated[UUID, typer.Argument(metavar="USER", help="The person's id.")]) -> None:
    """Erase a person's name, sign-ins and memberships. What happened stays, under an id that says nothing."""
    from transport.operations import forget as run

    asyncio.run(run(settings_from_environment(), UserId(str(user))))


@campaign_app.command("create")
def create_campaign(
    name: Annotated[str, typer.Argument(help="What the campaign is called.")],
    dm: Annotated[str, typer.Option(help="The name of its DM, who is signed in by a link.")] = "The DM",
) -> None:
    """Make a campaign and print the sign-in link of its DM."""
    from transport.operations import create_campaign as run

    asyncio.run(run(settings_from_environment(), name, dm))


@campaign_app.command("list")
def list_campaigns(
    closed: Annotated[bool, typer.Option("--closed", help="Those that are closed, and since when.")] = False,
) -> None:
    """List all campaigns that are open."""
    from transport.operations import list_campaigns, list_closed_campaigns

    asyncio.run((list_closed_campaigns if closed else list_campaigns)(settings_from_environment()))


@campaign_app.command("close")
def close_campaign(campaign: CampaignArgument) -> None:
    """Close a campaign for ever: nobody reaches it, its name goes, its log stays."""
    from transport.operations import close_campaign as run

    asyncio.run(run(settings_from_environment(), CampaignId(campaign)))


@campaign_app.command("purge")
def purge_campaign(
    campaign: CampaignArgument,
    is_sure: Annotated[bool, typer.Option("--yes", help="Do it; without it nothing is deleted.")] = False,
) -> None:
    """Delete a closed campaign with its log, as the owner of the database. Nothing brings it back."""
    from transport.purging import purge as run

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
    from transport.operations import invite as run

    asyncio.run(run(settings_from_environment(), CampaignId(campaign), role, uses, hours))


@map_app.command("import")
def import_map(campaign: CampaignArgument, file: MapFile) -> None:
    """Import a map file. Players see nothing of it until it is revealed."""
    from transport.operations import import_map as run

    asyncio.run(run(settings_from_environment(), CampaignId(campaign), file))


if __name__ == "__main__":
    main()
