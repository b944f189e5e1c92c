from __future__ import annotations

import json

from tests.recorded.record import FILES, FOLDER, recordings


def test_the_files_hold_what_the_views_say_today() -> None:
    """Whoever folds the recorded files tests a client against the messages of this version."""
    recorded = {f"{name}.json": (FOLDER / f"{name}.json").read_text(encoding="utf-8") for name in FILES}
    assert recorded == recordings(), "run `python -m tests.recorded.record`, and look at what changed"


def test_every_kind_of_message_is_recorded() -> None:
    """No message type can be folded wrongly without a recorded file showing it."""
    kinds = {message["type"] for content in recordings().values() for message in json.loads(content)}
    assert kinds == {
        "connected",
        "session:state",
        "session:statusChanged",
        "hex:revealed",
        "hex:updated",
        "map:imports",
        "dm:preparing",
        "staged:changes",
        "player:joined",
        "player:left",
        "player:presence",
        "tick",
        "error",
        "ack",
    }
