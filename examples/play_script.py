"""Plays a script by its own clock, without a server, and writes the campaign as an archive.

    .venv/bin/python examples/play_script.py examples/first-evening.jsonl first-evening.archive
    fogbound restore first-evening.archive

The pauses are those of the script, so that every number that comes out of the log can be worked out from it.
"""

from __future__ import annotations

import argparse
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from played import PlayedCampaign

from transport.rehearsal.lines import Cast, Drop, Import, Join, Promote, Return, Say, Send, Step
from transport.rehearsal.script import Script, read_script

BEGIN = datetime(2026, 3, 6, 18, 0, tzinfo=UTC)
"""When everybody who is not late has come: a Friday."""
SEED = 1


def play(script: Script) -> PlayedCampaign:
    """Everybody does what the script says, but for what is refused: that has no effect."""
    campaign = PlayedCampaign(script.title, BEGIN, SEED)
    late = {part.cast: part for part in script.cast if part.late}
    for part in script.cast:
        if not part.late:
            _sit_down(campaign, part)
    staged: dict[str, str] = {}
    for step in script.steps:
        _follow(campaign, step, late, staged, script.folder)
    return campaign


def _sit_down(campaign: PlayedCampaign, part: Cast) -> None:
    campaign.enrol(part.cast, part.name, "dm" if part.role == "dm" else "player")
    campaign.come(part.cast)


def _follow(campaign: PlayedCampaign, step: Step, late: dict[str, Cast], staged: dict[str, str], folder: Path) -> None:
    if isinstance(step, Say):
        return
    campaign.wait(step.after)
    match step:
        case Join():
            _sit_down(campaign, late[step.who])
        case Drop():
            campaign.go(step.who)
        case Return():
            campaign.come(step.who)
        case Promote():
            campaign.promote(step.promote)
        case Import():
            campaign.import_map(step.who, (folder / step.imports).read_bytes())
        case Send(refused=None):
            change = campaign.send(step.who, **_message(campaign, step.send, staged))
            if step.label is not None:
                staged[step.label] = str(change)


def _message(campaign: PlayedCampaign, sent: dict[str, Any], staged: dict[str, str]) -> dict[str, Any]:
    """With ids in the place of the script's names."""
    fields = {key: value for key, value in sent.items() if key != "type"}
    if isinstance(fields.get("targets"), dict):
        fields["targets"] = {"playerIds": [campaign.id_of(who) for who in fields["targets"]["playerIds"]]}
    if "changeId" in fields:
        fields["changeId"] = staged[fields["changeId"]]
    return {"kind": sent["type"], **fields}


if __name__ == "__main__":
    arguments = argparse.ArgumentParser(description="Plays a script without a server and writes it as an archive.")
    arguments.add_argument("script", type=Path)
    arguments.add_argument("file", type=Path)
    chosen = arguments.parse_args()
    played = play(read_script(chosen.script))
    chosen.file.write_bytes(played.archive())
    print(f"{chosen.file}: campaign {played.campaign}, {len(played.events)} events")
