"""The words of refusals, which clients show."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from domain.refusals import InvalidJson, InvalidMessage, NothingStaged, Refused, RestrictedToDm, UnknownPlayer


@pytest.mark.parametrize(
    ("kind", "about", "code", "words"),
    [
        (InvalidJson, [], "invalid_json", "Invalid JSON"),
        (InvalidMessage, ["hexKeys: too many"], "invalid_message", "Invalid message: hexKeys: too many"),
        (RestrictedToDm, ["hex:reveal"], "dm_only", "Action 'hex:reveal' is restricted to the DM"),
        (UnknownPlayer, ["p1"], "unknown_player", "Not a player of this campaign: p1"),
        (NothingStaged, [], "nothing_staged", "No staged changes to publish"),
    ],
)
def test_what_is_said(kind: Callable[..., Refused], about: list[str], code: str, words: str) -> None:
    """As a message, and where it is raised without anybody to take it."""
    refused = kind(*about)
    assert (refused.code, refused.message, str(refused)) == (code, words, words)
