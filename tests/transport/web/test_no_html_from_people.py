"""What people write is never read as HTML."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from transport.web.modules import FOLDER

STATIC = FOLDER
MARKUP_FROM_TEXT = re.compile(
    r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|createContextualFragment|DOMParser|srcdoc"
    r"|\beval\(|new Function|javascript:|setAttribute\(\s*[\"'`]on"
)
INLINE = re.compile(r"<script(?![^>]*\ssrc=)|\son[a-z]+\s*=|\sstyle\s*=|<style|javascript:", re.IGNORECASE)


@pytest.mark.parametrize("file", sorted(STATIC.rglob("*.js")), ids=lambda file: str(file.name))
def test_no_script_makes_markup_of_text(file: Path) -> None:
    """Names, terrains and errors go into pages as text; there is no other way in the scripts."""
    assert not MARKUP_FROM_TEXT.search(file.read_text())


@pytest.mark.parametrize("file", sorted(STATIC.glob("*.html")), ids=lambda file: str(file.name))
def test_no_page_has_anything_inline(file: Path) -> None:
    """What the policy forbids is not there either."""
    assert not INLINE.search(file.read_text())


def test_the_search_finds_what_it_looks_for() -> None:
    """One of each."""
    for text in ("a.innerHTML = name", "eval(name)", 'a.setAttribute("onclick", name)'):
        assert MARKUP_FROM_TEXT.search(text)
    for text in ("<script>", '<img onerror="x">', '<p style="x">'):
        assert INLINE.search(text)
    assert not INLINE.search('<script type="module" src="/static/home.js"></script>')
