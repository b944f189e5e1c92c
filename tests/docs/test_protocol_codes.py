"""docs/protocol.md lists the error codes and the close codes that exist."""

from __future__ import annotations

import ast
import importlib
from collections.abc import Iterator
from pathlib import Path

from domain.refusals import (
    InvalidMessage,
    KnownRefusal,
    ModeChanged,
    NoSuchChange,
    Refused,
    RestrictedToDm,
    UnknownPlayer,
)
from domain.store import StoreUnavailable
from tests.docs.pages import ROOT, page, ticked
from transport.client.close_codes import reconnects
from transport.wire.conversation import failure

PROTOCOL = page("docs/protocol.md")
_WITH_WORDS: dict[type[Refused], list[Refused]] = {
    NoSuchChange: [NoSuchChange.at_index(), NoSuchChange.with_id()],
    ModeChanged: [ModeChanged("MODE")],
    UnknownPlayer: [UnknownPlayer("ID")],
    RestrictedToDm: [RestrictedToDm("TYPE")],
    InvalidMessage: [InvalidMessage("WHAT")],
}
_OF_THE_FRAMEWORK = {1000, 1009}
"""Close codes that aiohttp sends for us: the answer to a goodbye, and a frame over the limit."""


def refusals() -> Iterator[Refused]:
    """One of each, with the words that the table uses."""
    for kind in Refused.__subclasses__():
        if kind is KnownRefusal:
            continue  # one of the others, as it was recorded
        if kind in _WITH_WORDS:
            yield from _WITH_WORDS[kind]
        elif kind.__module__ == Refused.__module__:
            yield kind()  # type: ignore[call-arg]  # those that are not above bring their own words


def trees(folder: str) -> Iterator[tuple[Path, ast.Module]]:
    """The sources of a folder."""
    for path in sorted(ROOT.joinpath(folder).rglob("*.py")):
        yield path, ast.parse(path.read_text(encoding="utf-8"))


def turned_away() -> Iterator[tuple[str, int]]:
    """Error and close code of every TurnedAway that the server makes."""
    for path, tree in trees("transport/websocket"):
        module = importlib.import_module(f"transport.websocket.{path.stem}")
        for node in ast.walk(tree):
            match node:
                case ast.Call(ast.Name("TurnedAway" | "cls"), [ast.Name(close_code), ast.Constant(str(code)), _]):
                    yield code, getattr(module, close_code)


def close_codes() -> set[int]:
    """Every constant of the server that can only be a close code."""
    codes = {*range(1001, 1016), *range(4000, 5000)}
    return {
        number
        for folder in ("transport/rooms", "transport/websocket", "transport/cluster")
        for _, tree in trees(folder)
        for node in tree.body
        if isinstance(node, ast.Assign) and isinstance(node.value, ast.Constant)
        if isinstance(number := node.value.value, int) and number in codes
    }


def test_every_error_is_documented() -> None:
    """Each refusal stands in the table with its code and its exact message, and nothing else does."""
    unavailable = failure(StoreUnavailable())
    wanted = [(refused.code, refused.message) for refused in refusals()]
    wanted.append((unavailable["code"], unavailable["message"]))
    said = [(ticked(row["code"])[0], row["message"]) for row in PROTOCOL.section("Errors").rows()]
    assert sorted(said) == sorted(wanted)


def test_every_reason_to_turn_somebody_away_is_documented() -> None:
    """Who may not come in gets one of the errors of the table, and then the close code beside it."""
    rows = PROTOCOL.section("Who is let in").rows()
    said = {(ticked(row["error before the close"])[0], int(row["code"])) for row in rows}
    assert said == set(turned_away())


def test_every_close_code_is_documented() -> None:
    """The table has the codes with which the server closes."""
    said = [int(row["code"]) for row in PROTOCOL.section("How a connection ends").rows()]
    assert sorted(said) == sorted(close_codes() | _OF_THE_FRAMEWORK)


def test_the_client_does_what_the_table_says() -> None:
    """Our own client reconnects after just the codes after which it should."""
    for row in PROTOCOL.section("How a connection ends").rows():
        does = row["what the client does"]
        assert reconnects(int(row["code"])) == ("reconnects" in does), row
        assert ("stops" in does) != ("reconnects" in does), row
