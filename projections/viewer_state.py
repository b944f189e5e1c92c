"""A viewer's knowledge, folded from the messages that the viewer got: what every client does, and the laws check."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal, assert_never

from domain.hexes import HexKey, Terrain
from domain.table import Mode, Status
from projections.messages import (
    HexRevealed,
    HexTerrain,
    MapImport,
    PersonHere,
    PersonJoined,
    ServerMessage,
    SessionState,
    WireAudience,
    WireChange,
)


@dataclass(slots=True)
class ViewerState:
    """Equal states know the same. `reveals`, `staged` and `imports` stay empty for a player."""

    status: Status = "waiting"
    mode: Mode = "immediate"
    session_id: str | None = None
    people: dict[str, PersonHere] = field(default_factory=dict)
    terrain: dict[HexKey, Terrain] = field(default_factory=dict)
    revealed: set[HexKey] = field(default_factory=set)
    staged: list[WireChange] = field(default_factory=list)
    reveals: dict[HexKey, Literal["all"] | frozenset[str]] = field(default_factory=dict)
    imports: list[MapImport] = field(default_factory=list)

    @classmethod
    def of(cls, state: SessionState) -> ViewerState:
        """From a snapshot."""
        viewer = cls()
        viewer.apply(state)
        return viewer

    def apply(self, message: ServerMessage) -> None:
        """Takes in one message, in the order of arrival."""
        match message["type"]:
            case "session:state":
                self._start_over(message)
            case "session:statusChanged":
                self.status = message["status"]
                self.session_id = message["sessionId"]
            case "hex:revealed":
                self._reveal(message)
            case "hex:updated":
                self._set_terrain(message["changes"])
                for key in message.get("gone", []):
                    self.terrain.pop(key, None)
            case "map:imports":
                self.imports = message["imports"]
            case "dm:preparing":
                self.mode = "staged" if message["preparing"] else "immediate"
            case "staged:changes":
                self.staged = message["changes"]
            case "player:presence":
                self.people = {person["userId"]: person for person in message["players"]}
            case "player:joined":
                self._come(message)
            case "player:left":
                self._go(message["userId"])
            case "connected" | "tick" | "error" | "ack":
                pass
            case _:
                assert_never(message["type"])

    def _start_over(self, state: SessionState) -> None:
        self.status = state["status"]
        self.mode = state["broadcastMode"]
        self.session_id = state["sessionId"]
        self.people = {person["userId"]: person for person in state["connectedPlayers"]}
        self.revealed = set(state["revealedHexes"])
        self.terrain = {}
        self._set_terrain(state["terrain"])
        self.staged = state.get("stagedChanges", [])
        self.imports = state.get("mapImports", [])
        self.reveals = {}
        for known in state.get("reveals", []):
            self._widen([known["key"]], known["to"])

    def _reveal(self, message: HexRevealed) -> None:
        self.revealed.update(message["hexKeys"])
        self._set_terrain(message["terrain"])
        if "audiences" in message:
            for shown in message["audiences"]:
                self._widen(shown["hexKeys"], shown["to"])
        elif "to" in message:
            self._widen(message["hexKeys"], message["to"])

    def _widen(self, keys: list[HexKey], to: WireAudience) -> None:
        more: Literal["all"] | frozenset[str] = "all" if to == "all" else frozenset(to)
        for key in keys:
            known = self.reveals.get(key, frozenset[str]())
            self.reveals[key] = "all" if known == "all" or more == "all" else known | more

    def _set_terrain(self, changes: list[HexTerrain]) -> None:
        self.terrain.update((change["key"], change["terrain"]) for change in changes)

    def _come(self, joined: PersonJoined) -> None:
        user = joined["userId"]
        if user in self.people:
            self.people[user] = {**self.people[user], "online": True}
        elif "role" in joined:
            # A new member: the list that has them too may take its time.
            self.people[user] = {"userId": user, "name": joined["name"], "online": True, "role": joined["role"]}

    def _go(self, user: str) -> None:
        if user in self.people:
            self.people[user] = {**self.people[user], "online": False}
