"""What the pages say."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from playwright.async_api import Page

# Of these the server says which part is wrong, or who is meant.
TOLD_BY_THE_SERVER = {"invalid_json", "invalid_message", "unknown_player"}


@pytest.mark.asyncio(loop_scope="session")
async def test_every_refusal_has_words(modules: Page) -> None:
    """For each error code of the protocol the page has a sentence, or a reason to repeat the server's."""
    told = await modules.evaluate('import("/static/words.js").then(({ WORDS }) => Object.keys(WORDS.refused))')
    codes = set(re.findall(r"^\| `([a-z_]+)` \|", _error_table(), re.MULTILINE))
    assert len(codes) == 15
    assert set(told) == codes - TOLD_BY_THE_SERVER


def _error_table() -> str:
    text = (Path(__file__).parents[3] / "docs" / "protocol.md").read_text(encoding="utf-8")
    return text.partition("## Errors")[2].partition("\n## ")[0]


def test_no_words_stand_elsewhere(static: Path) -> None:
    """Whoever translates the pages needs one file: no other module has a sentence in it."""
    sentence = re.compile(r"[\"'`][A-Z][a-z]+ [a-z]+ [a-z]+")
    for module in static.rglob("*.js"):
        if module.name != "words.js":
            code = re.sub(r"/\*.*?\*/|//[^\n]*", "", module.read_text(encoding="utf-8"), flags=re.DOTALL)
            assert sentence.search(code) is None, module
