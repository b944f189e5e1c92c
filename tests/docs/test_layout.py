"""The picture of the layout is that of the imports."""

from __future__ import annotations

from tests.docs.layout import PICTURE, folders, picture
from tests.docs.pages import ROOT


def test_the_picture_is_up_to_date() -> None:
    """Else: python -m tests.docs.layout."""
    assert PICTURE.read_text(encoding="utf-8") == picture()


def test_nothing_lies_beside_the_folders() -> None:
    """Whatever is in transport has its place in the layers."""
    there = {path.stem for path in ROOT.joinpath("transport").iterdir() if not path.name.startswith("__")}
    assert {name.removeprefix("transport.") for name in folders() if name.startswith("transport.")} == there


def test_no_file_is_long() -> None:
    """A reader sees a file as a whole."""
    sources = [
        path
        for folder in ("domain", "projections", "transport", "migrations")
        for path in ROOT.joinpath(folder).rglob("*.py")
    ]
    assert [path for path in sources if len(path.read_text(encoding="utf-8").splitlines()) > 250] == []
