"""`fogbound rehearse`: a script from beginning to end."""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable

from rich.console import Console

from transport.client import ClientError
from transport.client.links import server_of
from transport.rehearsal.company import gathered
from transport.rehearsal.failure import RehearsalFailed
from transport.rehearsal.lines import Step
from transport.rehearsal.performance import Performance
from transport.rehearsal.progress import shown_on, unseen
from transport.rehearsal.report import Report
from transport.rehearsal.script import Script
from transport.rehearsal.stage import Stage, stage
from transport.rehearsal.verdict import judge


async def run(
    play: Script,
    url: str | None = None,
    *,
    link: str | None = None,
    database: str | None = None,
    speed: float | None = None,
    as_json: bool = False,
) -> int:
    """Returns 0 if everything went as written and everybody knows what they should, else 1 after saying why.

    Plays on the server at `url`, on that of `link` (a DM's sign-in link), or else on one that it starts.
    `database` is that server's, for the check against the log. `speed` 1 is
    real time, None as fast as the answers come.
    Raises RehearsalFailed when `url` is none, DatabaseSetupError, EngineError, OSError.
    """
    audience = Console(stderr=True)
    async with stage(url or (server_of(link) if link else None), database) as place:
        try:
            with unseen() if as_json else shown_on(audience, play) as on_step:
                report = await _perform(play, place, link, speed, on_step)
        except (ClientError, RehearsalFailed) as problem:
            print(f"fogbound: {problem}", file=sys.stderr)
            return 1
    if as_json:
        print(json.dumps(report.as_json()), flush=True)
    else:
        report.print_to(Console())
    return 1 if report.verdict.mismatches else 0


async def _perform(
    script: Script, place: Stage, link: str | None, speed: float | None, on_step: Callable[[Step], None]
) -> Report:
    async with gathered(script.title, script.cast, place.url, link) as company:
        start = time.monotonic()
        await Performance(company, script.folder, speed=speed).play(script.steps, on_step)
        seconds = time.monotonic() - start
        verdict = await judge(company, place.database)
        layout = await company.dm.client.map(company.campaign)
    return Report(script, company, verdict, layout, seconds)
