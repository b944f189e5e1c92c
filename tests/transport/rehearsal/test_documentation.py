"""The page on rehearsals keeps its word."""

from __future__ import annotations

import re
from pathlib import Path

from tests.docs.pages import page
from transport.cli.rehearse import rehearse
from transport.rehearsal.lines import KINDS
from transport.rehearsal.stage import Stage

PAGE = page("docs/rehearsals.md")


async def test_the_example_can_be_played(place: Stage, tmp_path: Path) -> None:
    """The lines of the page, put together, are a script that ends well."""
    script = tmp_path / "example.jsonl"
    script.write_text("\n".join(PAGE.examples("jsonl")))
    assert await rehearse(script, place.url, database=place.database) == 0


def test_every_kind_of_line_is_described() -> None:
    """No kind of line is left out, and none is described that does not exist."""
    described = set(re.findall(r'"(\w+)": ', PAGE.section("The script").text))
    assert set(KINDS) <= described
    assert described - set(KINDS) <= {
        *("name", "role", "late", "after", "who", "as", "refused"),
        *("type", "changeId", "mode", "hexKeys", "targets", "playerIds", "changes", "key", "terrain"),
    }


def test_every_option_is_described() -> None:
    """The options of the command are those of the page."""
    assert set(re.findall(r"`--(\w+)", PAGE.text)) == {"url", "link", "database", "speed", "json"}
