from __future__ import annotations

import json
from typing import Any

from tests.transport.client.peer import STATE
from transport.client.dialogue import Answer, Dialogue
from transport.client.errors import CommandRefused


def greeted(*, resumed: bool = False, dialogue: Dialogue | None = None) -> Dialogue:
    """A dialogue that the server has let in."""
    dialogue = dialogue or Dialogue()
    dialogue.begin()
    hear(dialogue, type="connected", userId="u", role="dm", name="Wren", resumed=resumed)
    if not resumed:
        hear(dialogue, **STATE)
    return dialogue


def hear(dialogue: Dialogue, **message: Any) -> Answer | None:
    return dialogue.hear(json.dumps(message))


def due(dialogue: Dialogue) -> list[str]:
    """The ids of the commands that are due now."""
    ids: list[str] = []
    while (frame := dialogue.next_due()) is not None:
        ids.append(json.loads(frame)["id"])
    return ids


def asked(*command_ids: str) -> Dialogue:
    """A dialogue that was let in and asked these."""
    dialogue = greeted()
    for command_id in command_ids:
        dialogue.ask(command_id, "session:start", {})
    return dialogue


def test_frame_holds_type_id_and_fields() -> None:
    """A command goes out as the protocol has it."""
    dialogue = greeted()
    dialogue.ask("c1", "broadcast:mode", {"mode": "staged"})
    assert json.loads(dialogue.next_due() or "") == {"type": "broadcast:mode", "id": "c1", "mode": "staged"}


def test_an_undo_by_place_names_the_list_that_is_known() -> None:
    """Whoever asks has looked at that one; who names another list means that, and who names a change means no list."""
    dialogue = greeted()
    dialogue.ask("c1", "staged:undo", {"index": 0})
    hear(dialogue, type="staged:changes", changes=[], eventId="e1")
    dialogue.ask("c2", "staged:undo", {"index": 0})
    hear(dialogue, type="staged:changes", changes=[], eventId="e2")
    dialogue.ask("c3", "staged:undo", {"index": 0, "listId": "e1"})
    dialogue.ask("c4", "staged:undo", {"changeId": "c"})
    hear(dialogue, **STATE)
    dialogue.ask("c5", "staged:undo", {"index": 0})
    assert [json.loads(dialogue.next_due() or "").get("listId") for _ in range(5)] == [None, "e1", "e1", None, None]


def test_nothing_goes_out_before_we_are_let_in() -> None:
    """Commands wait for the snapshot, and for `connected` alone when the connection was resumed."""
    dialogue = Dialogue()
    dialogue.ask("c1", "session:start", {})
    dialogue.begin()
    assert due(dialogue) == []
    hear(dialogue, type="connected", userId="u", role="dm", name="Wren", resumed=False)
    assert due(dialogue) == []
    hear(dialogue, **STATE)
    assert due(dialogue) == ["c1"]
    assert due(greeted(resumed=True, dialogue=dialogue)) == ["c1"]


def test_each_command_goes_out_once_a_connection() -> None:
    """What was given out is not due again on the same connection."""
    dialogue = asked("c1", "c2")
    assert due(dialogue) == ["c1", "c2"]
    assert due(dialogue) == []


def test_unanswered_ones_go_out_again_in_order() -> None:
    """On the next connection the unanswered commands come first and in their old order, new ones after them."""
    dialogue = asked("c1", "c2", "c3")
    due(dialogue)
    hear(dialogue, type="ack", id="c2", eventId="e2")
    dialogue.ask("c4", "session:end", {})
    assert due(greeted(dialogue=dialogue)) == ["c1", "c3", "c4"]


def test_ack_answers_its_command() -> None:
    """An ack gives the id of the event, once."""
    dialogue = asked("c1")
    due(dialogue)
    assert hear(dialogue, type="ack", id="c1", eventId="e1") == Answer("c1", "e1")
    assert hear(dialogue, type="ack", id="c1", eventId="e1") is None


def test_error_answers_its_command() -> None:
    """An error with an id refuses that command; one without, or of another tab, answers none of ours."""
    dialogue = asked("c1")
    due(dialogue)
    assert hear(dialogue, type="error", code="invalid_json", message="Invalid JSON") is None
    assert hear(dialogue, type="error", code="x", message="y", id="other") is None
    answer = hear(dialogue, type="error", code="not_active", message="No active session to pause", id="c1")
    assert answer is not None
    assert isinstance(answer.outcome, CommandRefused)
    assert (answer.outcome.code, answer.outcome.message) == ("not_active", "No active session to pause")


def test_unavailable_is_no_answer() -> None:
    """A command that could not be stored is due again after the pause, before all that were asked later."""
    dialogue = asked("c1", "c2")
    due(dialogue)
    assert hear(dialogue, type="error", code="unavailable", message="later", id="c1") is None
    assert dialogue.pausing
    dialogue.ask("c3", "session:end", {})
    assert due(dialogue) == []
    dialogue.end_pause()
    assert due(dialogue) == ["c1", "c3"]


def test_a_forgotten_command_is_not_sent_again() -> None:
    """When nobody waits for the answer any more the command is dropped, and its late answer is ignored."""
    dialogue = asked("c1", "c2")
    due(dialogue)
    dialogue.forget("c1")
    assert hear(dialogue, type="ack", id="c1", eventId="e1") is None
    assert due(greeted(dialogue=dialogue)) == ["c2"]


def test_frame_over_the_limit_is_given_up() -> None:
    """After a close with 1009 the largest frame that was sent is refused; the others go out again."""
    dialogue = asked("c1")
    dialogue.ask("large", "hex:reveal", {"hexKeys": ["0,0"] * 100})
    dialogue.ask("c2", "session:end", {})
    due(dialogue)
    dialogue.ask("larger, but not sent", "hex:reveal", {"hexKeys": ["0,0"] * 200})
    answer = dialogue.give_up_largest()
    assert answer is not None
    assert answer.command_id == "large"
    assert isinstance(answer.outcome, CommandRefused)
    assert answer.outcome.code == "frame_too_large"
    assert due(greeted(dialogue=dialogue)) == ["c1", "c2", "larger, but not sent"]


def test_nothing_to_give_up() -> None:
    """A close with 1009 while nothing is unanswered blames no command."""
    assert greeted().give_up_largest() is None


def test_messages_are_folded() -> None:
    """The state follows the messages."""
    dialogue = greeted()
    hear(dialogue, type="hex:revealed", hexKeys=["1,2"], terrain=[{"key": "1,2", "terrain": "swamp"}], eventId="e1")
    assert dialogue.state.terrain == {"1,2": "swamp"}
    assert dialogue.messages[-1]["type"] == "hex:revealed"


def test_unknown_messages_and_keys_are_ignored() -> None:
    """A newer server may say more than we know."""
    dialogue = greeted()
    before = len(dialogue.messages)
    assert hear(dialogue, type="weather:changed", eventId="e9") is None
    assert (len(dialogue.messages), dialogue.last_event_id) == (before, None)
    hear(dialogue, type="session:statusChanged", status="active", sessionId="s", eventId="e1", weather="rain")
    assert dialogue.state.status == "active"


def test_resumes_at_the_last_event_seen() -> None:
    """The place to resume at is that of the last push; an ack is none, for it can be an old one."""
    dialogue = asked("c1")
    due(dialogue)
    assert dialogue.last_event_id is None
    hear(dialogue, type="session:statusChanged", status="active", sessionId="s", eventId="e2")
    hear(dialogue, type="ack", id="c1", eventId="e1")
    hear(dialogue, type="player:presence", players=[])
    assert dialogue.last_event_id == "e2"


def test_a_change_of_hexes_names_the_mode_that_is_known() -> None:
    """As it is when the command is given; whoever names one means that. Before the first state nobody has seen any."""
    dialogue, reveal = Dialogue(), {"hexKeys": ["0,0"], "targets": "all"}
    dialogue.ask("c1", "hex:reveal", reveal)
    greeted(dialogue=dialogue)
    dialogue.ask("c2", "hex:reveal", reveal)
    hear(dialogue, type="dm:preparing", preparing=True, eventId="e1")
    dialogue.ask("c3", "hex:update", {"changes": []})
    dialogue.ask("c4", "hex:reveal", {**reveal, "mode": "immediate"})
    dialogue.ask("c5", "session:start", {})
    modes = [json.loads(dialogue.next_due() or "").get("mode") for _ in range(5)]
    assert modes == [None, "immediate", "staged", "immediate", None]


def test_the_mode_that_we_asked_for_counts_at_once() -> None:
    """Who changes the mode and goes on without waiting for the answer means the new one."""
    dialogue, reveal = greeted(), {"hexKeys": ["0,0"], "targets": "all"}
    dialogue.ask("c1", "broadcast:mode", {"mode": "staged"})
    dialogue.ask("c2", "hex:reveal", reveal)
    assert [json.loads(dialogue.next_due() or "")["mode"] for _ in range(2)] == ["staged", "staged"]
    hear(dialogue, type="error", code="quota_exceeded", message="too much", id="c1")
    dialogue.ask("c3", "hex:reveal", reveal)
    assert json.loads(dialogue.next_due() or "")["mode"] == "immediate"


def test_a_tick_means_nothing() -> None:
    """It is no message that a program wants to see."""
    dialogue = greeted()
    before = len(dialogue.messages)
    assert hear(dialogue, type="tick") is None
    assert len(dialogue.messages) == before


def test_the_oldest_that_was_sent_is_awaited() -> None:
    """Not what waits to be sent, nor what the server could not store."""
    dialogue = asked("c1", "c2")
    assert dialogue.oldest_sent == (None, 0)
    due(dialogue)
    command_id, size = dialogue.oldest_sent
    assert command_id == "c1"
    assert size > 20
    hear(dialogue, type="error", code="unavailable", message="later", id="c1")
    assert dialogue.oldest_sent[0] == "c2"
    hear(dialogue, type="ack", id="c2", eventId="e2")
    assert dialogue.oldest_sent == (None, 0)


def test_a_new_role_starts_over_on_the_same_connection() -> None:
    """Between its `connected` and its state nothing is sent, and nothing is sent twice."""
    dialogue = asked("c1")
    due(dialogue)
    hear(dialogue, type="connected", userId="u", role="player", name="Wren", resumed=False)
    dialogue.ask("c2", "session:end", {})
    assert (due(dialogue), dialogue.state_is_due) == ([], True)
    hear(dialogue, **STATE)
    assert (due(dialogue), dialogue.state_is_due) == (["c2"], False)


def test_a_snapshot_starts_over() -> None:
    """What a connection that was not resumed is told replaces all that was known, and older events are done with."""
    dialogue = greeted()
    hear(dialogue, type="hex:revealed", hexKeys=["1,2"], terrain=[{"key": "1,2", "terrain": "swamp"}], eventId="e1")
    greeted(dialogue=dialogue)
    assert dialogue.state.terrain == {}
    assert dialogue.last_event_id is None


def test_a_snapshot_says_where_to_resume() -> None:
    """At a quiet table nothing else does: until the next message comes its `eventId` is the place."""
    dialogue = greeted()
    hear(dialogue, **{**STATE, "eventId": "e7"})
    assert dialogue.last_event_id == "e7"
    hear(dialogue, type="session:statusChanged", status="active", sessionId="s", eventId="e8")
    assert dialogue.last_event_id == "e8"


def test_a_resumed_connection_goes_on() -> None:
    """What was known stays known."""
    dialogue = greeted()
    hear(dialogue, type="hex:revealed", hexKeys=["1,2"], terrain=[{"key": "1,2", "terrain": "swamp"}], eventId="e1")
    greeted(resumed=True, dialogue=dialogue)
    assert dialogue.state.terrain == {"1,2": "swamp"}
    assert dialogue.last_event_id == "e1"
