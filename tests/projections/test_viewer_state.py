"""What a client makes of messages; that it adds up is a law, here is the rest."""

from __future__ import annotations

from projections.messages import SessionState
from projections.viewer_state import ViewerState
from tests.domain.scenario import ADA, BO

FRESH: SessionState = {
    "type": "session:state",
    "status": "active",
    "broadcastMode": "immediate",
    "connectedPlayers": [{"userId": ADA, "name": "Ada", "online": True, "role": "player"}],
    "revealedHexes": ["1,1"],
    "preparing": False,
    "sessionId": "s",
    "terrain": [{"key": "1,1", "terrain": "forest"}],
}


def test_a_new_state_replaces_all() -> None:
    """After a reconnect nothing of before is left."""
    state = ViewerState.of({**FRESH, "revealedHexes": ["9,9"], "terrain": [{"key": "9,9", "terrain": "lava"}]})
    state.apply(FRESH)
    assert state == ViewerState.of(FRESH)
    assert state.revealed == {"1,1"}


def test_presence() -> None:
    """A whole list replaces the people; who comes or goes is marked; a new member is added, a former one is not."""
    state = ViewerState.of(FRESH)
    state.apply({"type": "player:left", "userId": ADA})
    assert state.people[ADA]["online"] is False
    state.apply({"type": "player:joined", "userId": ADA, "name": "Ada"})
    assert state.people[ADA]["online"] is True
    state.apply({"type": "player:joined", "userId": BO, "name": ""})
    state.apply({"type": "player:left", "userId": BO})
    assert BO not in state.people
    state.apply({"type": "player:joined", "userId": BO, "name": "Bo", "role": "dm"})
    assert state.people[BO] == {"userId": BO, "name": "Bo", "online": True, "role": "dm"}
    state.apply({"type": "player:presence", "players": []})
    assert state.people == {}


def test_answers_change_nothing() -> None:
    """Greetings, errors and acks are for the client's program."""
    state = ViewerState.of(FRESH)
    state.apply({"type": "connected", "userId": ADA, "role": "player", "name": "Ada", "resumed": True})
    state.apply({"type": "error", "message": "no", "code": "dm_only"})
    state.apply({"type": "ack", "id": "x", "eventId": "e"})
    assert state == ViewerState.of(FRESH)
