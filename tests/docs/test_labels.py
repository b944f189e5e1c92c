"""What the guides for people call by name stands on the pages."""

from __future__ import annotations

import re

import pytest

from tests.docs.pages import ROOT, page

GUIDES = (
    "docs/dm.md",
    "docs/players.md",
    "docs/replay.md",
    "docs/analytics.md",
    "docs/performance.md",
    "docs/design.md",
    "README.md",
)
"""Which have pictures."""

WORDS = (ROOT / "transport/web/static/words.js").read_text(encoding="utf-8")


@pytest.mark.parametrize("guide", ["docs/dm.md", "docs/players.md", "docs/replay.md"])
def test_what_is_set_in_bold_is_on_the_page(guide: str) -> None:
    """Buttons and messages are called what the page calls them."""
    prose = " ".join(page(guide).prose.split())
    named = re.findall(r"\*\*([^*]+)\*\*", prose)
    assert len(named) > 5
    assert [label for label in named if label not in WORDS] == []


def test_every_key_is_in_the_guide() -> None:
    """The list behind `?` and the one in the guide for DMs name the same keys."""
    listed = WORDS.partition("  keys: {")[2]
    keys = {key for pair in re.findall(r'\["([^"]+)", "', listed) for key in pair.split()}
    told = {key for row in page("docs/dm.md").section("Keys").rows() for key in row["key"].split()}
    with_shift = {"Shift+arrows", "Shift+click", "Shift+drag"}
    assert keys - with_shift <= told
    assert told <= keys
    for way in ("with Shift they move the map", "Shift and a click", "Shift and a drag"):
        assert way in " ".join(page("docs/dm.md").text.split())


@pytest.mark.parametrize("guide", [*GUIDES, "docs/README.md"])
def test_pictures_are_there_and_small(guide: str) -> None:
    """Each picture of a guide is a photograph or a drawing that a slow line can bear."""
    document = page(guide)
    for place in re.findall(r"!\[[^\]]+\]\(([^)]+)\)", document.text):
        picture = (document.path.parent / place).read_bytes()
        assert picture.startswith((b"\xff\xd8\xff", b"<svg "))
        assert len(picture) < 300_000, place


def test_every_picture_is_used() -> None:
    """Nothing lies in docs/pictures that no document shows."""
    shown = {
        (ROOT / guide).parent.joinpath(place).resolve()
        for guide in GUIDES
        for place in re.findall(r"!\[[^\]]+\]\(([^)]+)\)", page(guide).text)
    }
    assert shown == set((ROOT / "docs/pictures").glob("*"))
