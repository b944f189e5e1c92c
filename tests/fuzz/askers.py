"""Who asks when calls are made of a description: a DM, a player, strangers; and the ids that make sense to them."""

from __future__ import annotations

from collections.abc import Callable
from copy import deepcopy
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

import requests

from tests.end_to_end.peers import Table
from tests.transport.spec.committed import Document
from transport.http.cookies import SESSION_COOKIE

NOBODY = "nobody"
PATIENCE = 30.0


@dataclass(frozen=True)
class Askers:
    """`cookies` gives the session cookie of each by name; "" for nobody's."""

    url: str
    cookies: dict[str, Callable[[], str]]
    ids: dict[str, list[str]]
    tokens: list[str]

    @classmethod
    def of(cls, table: Table, ids: dict[str, list[str]], tokens: list[str]) -> Askers:
        """The DM, Ada, and somebody new for each call, who can sign out without being missed."""

        def cookie(of: Any) -> Callable[[], str]:
            kept = {one.key: one.value for one in of.http.cookie_jar}[SESSION_COOKIE]
            return lambda: str(kept)

        def somebody_new() -> str:
            made = requests.post(f"{table.url}/api/people", json={"name": "New"}, timeout=PATIENCE)
            return made.cookies[SESSION_COOKIE]

        cookies = {"dm": cookie(table.dm), "player": cookie(table.players["Ada"]), "new": somebody_new}
        return cls(table.url, {**cookies, NOBODY: lambda: ""}, ids, tokens)

    def may(self, label: str) -> list[str]:
        """Who asks for this call. The DM and the player are still needed, and don't sign out."""
        return ["new", NOBODY] if label == "DELETE /api/session" else list(self.cookies)

    def with_ids(self, document: Document) -> Document:
        """The description, with ids and tokens that lead somewhere among those that may come."""
        known = deepcopy(document)
        for path in known["paths"].values():
            for call in path.values():
                for parameter in call.get("parameters", ()):
                    parameter["schema"] = {"enum": [*self.ids[parameter["name"]], str(uuid4())]}
        redemption = known["components"]["schemas"]["Redemption"]["properties"]
        redemption["token"] = {"anyOf": [{"enum": self.tokens}, redemption["token"]]}
        return known
