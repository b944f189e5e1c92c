"""The command `fogbound`: what each verb takes; the work is done elsewhere."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Sequence
from importlib.metadata import version
from pathlib import Path
from typing import Annotated, Literal, NoReturn

import typer

from transport.cli.analyst_verbs import analysts_app
from transport.cli.campaign_verbs import people_app
from transport.cli.errors import plain_errors, settings_from_environment
from transport.cli.history_verbs import history_app
from transport.cli.options import Speed
from transport.observability.logs import set_up_logs

AsJson = Annotated[bool, typer.Option("--json", help="Print one line of JSON when ready.")]

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
app.add_typer(history_app)
app.add_typer(people_app)
app.add_typer(analysts_app)


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
    from transport.cli.play import play as run

    settings = settings_from_environment(port=port)
    asyncio.run(run(settings, data_dir.expanduser(), open_browser=open_browser, as_json=as_json))


@app.command()
def serve(as_json: AsJson = False) -> None:
    """Serve the database of FOGBOUND_DATABASE_URL. All settings come from the environment."""
    from transport.cli.play import serve as run

    asyncio.run(run(settings_from_environment(), as_json=as_json))


@app.command()
def migrate() -> None:
    """Bring the database of FOGBOUND_DATABASE_URL up to date."""
    from transport.cli.operations import migrate as run

    run(settings_from_environment())


@app.command()
def doctor() -> None:
    """Look whether the database of FOGBOUND_DATABASE_URL can keep what we promise. Fails if it can't."""
    from transport.cli.doctor.verb import doctor as run

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
    from transport.cli.rehearse import rehearse as run

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
        from transport.cli.analytics import describe as run

        run(settings_from_environment())
    else:
        from transport.api_description.printed import printed

        print(printed(what), end="")
