"""What each viewer is shown and told, by example; the laws hold for the rest."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import pytest

from domain.commands import AnyCommand, ImportMap, RecordArrival, RecordDeparture
from domain.events import Event
from domain.hexes import Grid
from domain.ids import UserId
from projections.people import Member, People, Viewer
from projections.room_state import RoomState, fold
from projections.viewer_state import ViewerState
from projections.views import map_for, messages_for, staged_for, state_for, view_key
from tests.domain.scenario import (
    ADA,
    BO,
    CY,
    DM,
    END,
    IMMEDIATE,
    PUBLISH,
    STAGED,
    START,
    given,
    reveal,
    update,
)
from transport.wire.frames import large_message_frame, message_frame
from transport.wire.json import wire_json

PEOPLE = People(
    {
        DM: Member(DM, "Dee", "dm"),
        ADA: Member(ADA, "Ada", "player"),
        BO: Member(BO, "Bo", "player"),
        CY: Member(CY, "Cy", "player"),
    },
    frozenset({DM, ADA}),
)
DEE, ADA_SEES, BO_SEES = Viewer(DM, "dm"), Viewer(ADA, "player"), Viewer(BO, "player")
GRID = Grid(name="The lich's lair", width=30, height=20, hex_size=44, orientation="pointy")
LAIR = ImportMap(changes=(("0,0", "water"), ("3,1", "coast"), ("9,9", "lair")), variants=(("3,1", 2),), grid=GRID)


def played(*commands: AnyCommand) -> tuple[list[Event], list[RoomState]]:
    """The events, and the room before the first and after each."""
    events: list[Event] = []
    scenario = given(max_staged=9, members=PEOPLE.members)
    for command in commands:
        outcome = scenario.when(command).outcome
        assert isinstance(outcome, list)
        events += outcome
    rooms = [RoomState()]
    for event in events:
        rooms.append(fold(rooms[-1], event))
    return events, rooms


def room_after(*commands: AnyCommand) -> RoomState:
    return played(*commands)[1][-1]


def told(viewer: Viewer, *commands: AnyCommand) -> list[dict[str, Any]]:
    """What the last event tells the viewer, without its id, which each message has."""
    events, rooms = played(*commands)
    messages = messages_for(viewer, events[-1], rooms[-2], rooms[-1], PEOPLE)
    assert {message.get("eventId") for message in messages} <= {str(events[-1].event_id)}
    return [{key: value for key, value in message.items() if key != "eventId"} for message in messages]


def test_everybody_hears_of_the_session() -> None:
    """A change of status comes with the session it belongs to."""
    (message,) = told(BO_SEES, START)
    assert (message["type"], message["status"]) == ("session:statusChanged", "active")
    assert message["sessionId"] == state_for(BO_SEES, room_after(START), PEOPLE)["sessionId"]


def test_between_sessions_there_is_none() -> None:
    """The end is told without a session id, and so is the state after it."""
    assert told(BO_SEES, START, END)[0] == {"type": "session:statusChanged", "status": "ended", "sessionId": None}
    assert state_for(BO_SEES, room_after(START, END), PEOPLE)["sessionId"] is None


def test_everybody_hears_that_something_is_prepared() -> None:
    """While the mode is staged, and no more."""
    assert told(BO_SEES, STAGED) == [{"type": "dm:preparing", "preparing": True}]
    assert told(BO_SEES, STAGED, IMMEDIATE) == [{"type": "dm:preparing", "preparing": False}]


def test_a_state_has_all_its_keys() -> None:
    """A player's, word for word; a DM's has the queue besides, in which players have names."""
    room = room_after(reveal("1,1"), STAGED, reveal("2,2", to=[ADA]))
    players = {
        "type": "session:state",
        "status": "waiting",
        "broadcastMode": "staged",
        "connectedPlayers": [
            {"userId": DM, "name": "Dee", "online": True, "role": "dm"},
            {"userId": ADA, "name": "Ada", "online": True, "role": "player"},
            {"userId": BO, "name": "Bo", "online": False, "role": "player"},
            {"userId": CY, "name": "Cy", "online": False, "role": "player"},
        ],
        "revealedHexes": ["1,1"],
        "preparing": True,
        "sessionId": None,
        "terrain": [{"key": "1,1", "terrain": "unknown"}],
    }
    assert state_for(BO_SEES, room, PEOPLE) == players
    dms = state_for(DEE, room, PEOPLE)
    assert {key: value for key, value in dms.items() if key in players} == players
    assert dms.keys() - players.keys() == {"stagedChanges", "reveals"}
    assert [change["description"] for change in dms["stagedChanges"]] == ["Reveal 1 hex to Ada"]
    (listed,) = staged_for(DEE, room, PEOPLE, None)
    assert listed == {"type": "staged:changes", "changes": dms["stagedChanges"]}


def test_eyes_are_the_same_when_the_reveals_were() -> None:
    """DMs see alike; players too, until something is revealed to one of them and not to the other."""
    room = room_after(reveal("1,1"), reveal("2,2", to=[ADA]))
    assert view_key(DEE, room) == view_key(Viewer(CY, "dm"), room) != view_key(BO_SEES, room)
    assert view_key(BO_SEES, room) == view_key(Viewer(CY, "player"), room) != view_key(ADA_SEES, room)


def test_a_reveal_reaches_its_audience() -> None:
    """Those it is for get it with the terrain; the DM is told for whom; others get nothing."""
    script = (update(q1r1="forest"), reveal("1,1", "2,2", to=[ADA]))
    terrain = [{"key": "1,1", "terrain": "forest"}, {"key": "2,2", "terrain": "unknown"}]
    shown = {"type": "hex:revealed", "hexKeys": ["1,1", "2,2"], "terrain": terrain}
    assert told(ADA_SEES, *script) == [shown]
    assert told(BO_SEES, *script) == []
    assert told(DEE, *script) == [{**shown, "to": [ADA]}]
    assert told(DEE, reveal("1,1"))[0]["to"] == "all"


def test_an_update_reaches_those_who_know_the_hex() -> None:
    """Of several hexes a player is told those that the player knows."""
    script = (reveal("1,1", to=[ADA]), reveal("2,2"), update(q1r1="forest", q2r2="swamp", q3r3="lava"))
    assert [c["key"] for c in told(DEE, *script)[0]["changes"]] == ["1,1", "2,2", "3,3"]
    assert [c["key"] for c in told(ADA_SEES, *script)[0]["changes"]] == ["1,1", "2,2"]
    assert [c["key"] for c in told(BO_SEES, *script)[0]["changes"]] == ["2,2"]
    assert told(BO_SEES, reveal("1,1", to=[ADA]), update(q1r1="forest")) == []


def test_a_reveal_to_dms_alone_shows_nobody_anything() -> None:
    """At once or staged: nobody is told, and no hex counts as known."""
    nobody = reveal("1,1", to=[DM])
    assert told(DEE, nobody) == []
    assert told(ADA_SEES, nobody) == []
    assert not room_after(nobody).knowers
    assert [message["type"] for message in told(DEE, STAGED, nobody, PUBLISH)] == ["staged:changes"]
    assert told(ADA_SEES, STAGED, nobody, PUBLISH) == []
    assert not room_after(STAGED, nobody, PUBLISH).knowers


def test_only_dms_hear_of_the_queue() -> None:
    """Staging, undoing and discarding reach no player in any form."""
    script = (STAGED, reveal("1,1"))
    assert told(ADA_SEES, *script) == []
    (message,) = told(DEE, *script)
    assert [change["data"] for change in message["changes"]] == [{"hexKeys": ["1,1"], "targets": "all"}]
    events, rooms = played(*script, IMMEDIATE)
    assert messages_for(ADA_SEES, events[-2], rooms[-3], rooms[-2], PEOPLE) == []
    assert told(ADA_SEES, *script, IMMEDIATE) == [{"type": "dm:preparing", "preparing": False}]


def test_the_queue_can_be_told_without_an_event() -> None:
    """A room that keeps no events to resume from does not know the newest one's id."""
    (listed,) = staged_for(DEE, room_after(STAGED, reveal("1,1")), PEOPLE, None)
    assert listed["type"] == "staged:changes"
    assert len(listed["changes"]) == 1
    assert "eventId" not in listed


def test_a_publish_is_told_by_its_net_effect() -> None:
    """At most one update and one reveal for each viewer, with the last terrain and the targets of each reveal."""
    script = (
        reveal("1,1"),
        STAGED,
        update(q1r1="forest", q4r4="lava"),
        reveal("4,4", to=[ADA]),
        update(q1r1="swamp"),
        reveal("2,2"),
    )
    published = (*script, PUBLISH)
    assert told(BO_SEES, *published) == [
        {"type": "hex:updated", "changes": [{"key": "1,1", "terrain": "swamp"}]},
        {"type": "hex:revealed", "hexKeys": ["2,2"], "terrain": [{"key": "2,2", "terrain": "unknown"}]},
    ]
    assert [m["type"] for m in told(ADA_SEES, *published)] == ["hex:updated", "hex:revealed"]
    assert told(ADA_SEES, *published)[1]["hexKeys"] == ["2,2", "4,4"]
    updated, revealed, staged = told(DEE, *published)
    assert [c["key"] for c in updated["changes"]] == ["1,1", "4,4"]
    assert revealed["to"] == "all"
    assert revealed["reveals"] == [{"key": "2,2", "to": "all"}, {"key": "4,4", "to": [ADA]}]
    assert staged == {"type": "staged:changes", "changes": []}


def test_a_publish_for_different_players_names_them_all() -> None:
    """For the DM `to` is everybody who got something, and `audiences` who got what; `reveals` the same hex by hex."""
    revealed = told(DEE, STAGED, reveal("1,1", to=[ADA]), reveal("2,2", to=[BO]), PUBLISH)[0]
    assert revealed["to"] == [ADA, BO]
    assert revealed["audiences"] == [{"hexKeys": ["1,1"], "to": [ADA]}, {"hexKeys": ["2,2"], "to": [BO]}]
    assert revealed["reveals"] == [{"key": "1,1", "to": [ADA]}, {"key": "2,2", "to": [BO]}]
    alone = told(DEE, STAGED, reveal("1,1", to=[ADA]), reveal("2,2", to=[ADA]), PUBLISH)[0]
    assert alone["to"] == [ADA]
    assert not {"reveals", "audiences"} & alone.keys()


def test_the_same_hexes_for_everybody_need_no_account_hex_by_hex() -> None:
    """Who was named by two reveals is among all who know."""
    revealed = told(DEE, STAGED, reveal("1,1", to=[ADA]), reveal("1,1", to=[BO]), PUBLISH)[0]
    assert revealed["to"] == [ADA, BO]
    assert not {"reveals", "audiences"} & revealed.keys()


def test_very_many_hexes_for_very_many_people_are_told_once_each() -> None:
    """Not all people for all hexes: the message grows with both, and not with their product."""
    many = [UserId(str(UUID(int=number))) for number in range(1_000, 1_200)]
    members = {DM: PEOPLE.members[DM], **{user: Member(user, "Somebody", "player") for user in many}}
    people = People(members, frozenset())
    first, second = [f"{q},0" for q in range(5_000)], [f"{q},0" for q in range(2_500, 7_500)]
    scenario, rooms = given(max_staged=9, members=members, players=set(many)), [RoomState()]
    script = (
        STAGED,
        reveal(*first, to=many[:100]),
        reveal(*second, to=many[100:]),
        reveal(*first, to=many[99:101]),
        PUBLISH,
    )
    for command in script:
        outcome = scenario.when(command).outcome
        assert isinstance(outcome, list)
        (event,) = outcome
        rooms.append(fold(rooms[-1], event))
    revealed = messages_for(DEE, event, rooms[-2], rooms[-1], people)[0]
    assert revealed["type"] == "hex:revealed"
    assert "reveals" not in revealed
    assert sum(len(shown["to"]) for shown in revealed["audiences"]) == len(many) + 2
    assert len(wire_json(revealed)) < 1_000_000
    assert large_message_frame(revealed) == message_frame(revealed)
    state = ViewerState.of(state_for(DEE, rooms[-2], people))
    state.apply(revealed)
    assert state.reveals == ViewerState.of(state_for(DEE, rooms[-1], people)).reveals


def test_a_publish_tells_nothing_of_the_order_of_staging() -> None:
    """The hexes come sorted: changes that were replaced before the publish would show in their order."""
    known = reveal("1,1", "2,2")
    late_first = (known, STAGED, update(q2r2="swamp"), update(q1r1="lava"), reveal("4,4"), reveal("3,3"), PUBLISH)
    updated, revealed = told(BO_SEES, *late_first)
    assert [change["key"] for change in updated["changes"]] == ["1,1", "2,2"]
    assert revealed["hexKeys"] == ["3,3", "4,4"]


def test_a_publish_tells_a_new_hex_once() -> None:
    """A hex that the same publish sets and reveals comes with the reveal alone."""
    (revealed,) = told(BO_SEES, STAGED, update(q5r5="lava"), reveal("5,5"), PUBLISH)
    assert revealed["terrain"] == [{"key": "5,5", "terrain": "lava"}]


def test_a_publish_adds_up_reveals_of_one_hex() -> None:
    """Staged for one player and then for another, it reaches both."""
    twice = (STAGED, reveal("1,1", to=[ADA]), reveal("1,1", to=[BO]), PUBLISH)
    assert told(ADA_SEES, *twice)[0]["hexKeys"] == told(BO_SEES, *twice)[0]["hexKeys"] == ["1,1"]
    assert told(DEE, *twice)[0]["to"] == [ADA, BO]


def test_a_publish_for_others_is_silent() -> None:
    """Who gets nothing hears nothing."""
    assert told(BO_SEES, STAGED, reveal("1,1", to=[ADA]), update(q9r9="lava"), PUBLISH) == []


def test_arrivals_are_told_to_the_others() -> None:
    """Nobody is told of the own arrival; somebody who is no member any more has no name."""
    assert told(BO_SEES, START, RecordArrival(ADA)) == [
        {"type": "player:joined", "userId": ADA, "name": "Ada", "role": "player"}
    ]
    assert told(ADA_SEES, START, RecordArrival(ADA)) == []
    assert told(BO_SEES, START, RecordArrival(ADA), RecordDeparture(ADA)) == [{"type": "player:left", "userId": ADA}]
    assert told(ADA_SEES, START, RecordArrival(ADA), RecordDeparture(ADA)) == []
    events, rooms = played(START, RecordArrival(ADA))
    nobody = People({}, frozenset())
    assert messages_for(DEE, events[-1], rooms[-2], rooms[-1], nobody)[0]["name"] == ""  # type: ignore[typeddict-item]


def test_a_player_is_shown_what_was_revealed() -> None:
    """The DM sees the whole map and who knows what; a player the own part of it."""
    room = room_after(update(q1r1="forest", q9r9="lair"), reveal("1,1", "2,2", to=[ADA]), STAGED, reveal("9,9"))
    dm = state_for(DEE, room, PEOPLE)
    assert dm["revealedHexes"] == ["1,1", "2,2"]
    assert [hex_["key"] for hex_ in dm["terrain"]] == ["1,1", "2,2", "9,9"]
    assert dm["reveals"] == [{"key": "1,1", "to": [ADA]}, {"key": "2,2", "to": [ADA]}]
    assert len(dm["stagedChanges"]) == 1
    ada = state_for(ADA_SEES, room, PEOPLE)
    assert ada["terrain"] == [{"key": "1,1", "terrain": "forest"}, {"key": "2,2", "terrain": "unknown"}]
    assert ada["preparing"] is True
    assert "stagedChanges" not in ada
    assert state_for(BO_SEES, room, PEOPLE)["revealedHexes"] == []
    assert dm["connectedPlayers"] == ada["connectedPlayers"]
    assert {p["name"]: p["online"] for p in ada["connectedPlayers"]} == {
        "Dee": True,
        "Ada": True,
        "Bo": False,
        "Cy": False,
    }


def test_the_dm_gets_the_map_back() -> None:
    """Name, layout, terrain and variants are those of the imported file."""
    view = map_for(DEE, room_after(LAIR), "Fog")
    assert {key: view[key] for key in ("name", "gridWidth", "gridHeight", "hexSize", "orientation")} == {
        "name": "The lich's lair",
        "gridWidth": 30,
        "gridHeight": 20,
        "hexSize": 44,
        "orientation": "pointy",
    }
    assert view["hexes"][1] == {"key": "3,1", "q": 3, "r": 1, "terrain": "coast", "terrainVariant": 2}


def test_a_players_map_tells_nothing_of_the_hidden_one() -> None:
    """Before the first reveal an imported map leaves no trace; later its name and sizes stay with the DM."""
    assert map_for(ADA_SEES, room_after(LAIR), "Fog") == map_for(ADA_SEES, RoomState(), "Fog")
    view = map_for(ADA_SEES, room_after(LAIR, reveal("0,0", "3,1")), "Fog")
    assert (view["name"], view["gridWidth"], view["gridHeight"]) == ("Fog", 4, 2)
    assert view["hexSize"] == map_for(ADA_SEES, RoomState(), "Fog")["hexSize"]
    assert [hex_["key"] for hex_ in view["hexes"]] == ["0,0", "3,1"]


def test_how_hexes_stand_is_told_by_those_that_are_known() -> None:
    """Else whoever knows a hex would see when a map of others is imported."""

    def orientation(*commands: AnyCommand) -> str:
        return map_for(ADA_SEES, room_after(*commands), "Fog")["orientation"]

    drawn = (update(q5r5="forest"), reveal("5,5"))
    assert orientation(*drawn, LAIR) == "flat"
    assert orientation(*drawn, LAIR, reveal("0,0", to=[BO])) == "flat"
    assert orientation(*drawn, LAIR, reveal("0,0", to=[ADA])) == "pointy"
    # Drawn over it still stands where the file put it, until another file does.
    assert orientation(LAIR, update(q0r0="lava"), reveal("0,0")) == "pointy"
    again = ImportMap(LAIR.changes, (), GRID.model_copy(update={"orientation": "flat"}))
    assert orientation(LAIR, reveal("0,0"), again) == "flat"


def test_of_old_maps_only_the_first_part_has_the_grid() -> None:
    """The others are known by their variants."""
    second = ImportMap((("5,5", "forest"),), (("5,5", 1),))
    room = room_after(LAIR, second, reveal("5,5"))
    assert map_for(ADA_SEES, room, "Fog")["orientation"] == "pointy"
    # A map that was all of one part, and so never had a grid, stands as without one.
    assert map_for(ADA_SEES, room_after(second, reveal("5,5")), "Fog")["orientation"] == "flat"


def test_a_campaign_without_a_map_has_a_plain_one() -> None:
    """Hexes can be used without any import."""
    view = map_for(DEE, room_after(update(q1r1="forest")), "Fog")
    assert (view["name"], view["orientation"]) == ("Fog", "flat")
    assert view["hexes"][0]["terrainVariant"] is None
    assert map_for(DEE, room_after(reveal("1,1")), "Fog")["hexes"][0]["terrain"] == "unknown"


def test_a_variant_goes_with_its_terrain() -> None:
    """A hex whose terrain is set anew has no variant any more."""
    room = room_after(LAIR, update(q3r1="forest"))
    assert [hex_["terrainVariant"] for hex_ in map_for(DEE, room, "Fog")["hexes"]] == [None, None, None]


@pytest.mark.parametrize("order", [(0, 1), (1, 0)])
def test_knowledge_is_never_taken_back(order: tuple[int, int]) -> None:
    """Whatever the order, a hex shown to all and to one is known to all."""
    reveals = (reveal("1,1"), reveal("1,1", to=[ADA]))
    room = room_after(*(reveals[n] for n in order))
    assert state_for(BO_SEES, room, PEOPLE)["revealedHexes"] == ["1,1"]
    assert state_for(DEE, room, PEOPLE)["reveals"] == [{"key": "1,1", "to": "all"}]
