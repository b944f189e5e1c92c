"""Who asks when calls are made of a description: a DM, a player, strangers; and the ids that make sense to them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from copy import deepcopy
from dataclasses import dataclass

import requests
from hypothesis.strategies import SearchStrategy, fixed_dictionaries, sampled_from

from tests.end_to_end.peers import NOT_THERE, Person, Table
from tests.transport.api_description.committed import Document
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

        def cookie(of: Person) -> Callable[[], str]:
            kept: str = next(one.value for one in of.http.cookie_jar if one.key == SESSION_COOKIE)
            return lambda: kept

        def somebody_new() -> str:
            made = requests.post(f"{table.url}/api/people", json={"name": "New"}, timeout=PATIENCE)
            return str(made.cookies[SESSION_COOKIE])

        cookies = {"dm": cookie(table.dm), "player": cookie(table.players["Ada"]), "new": somebody_new}
        return cls(table.url, {**cookies, NOBODY: lambda: ""}, ids, tokens)

    def may(self, label: str) -> list[str]:
        """Who asks for this call. The DM and the player are still needed, and don't sign out; so is the campaign."""
        if label == "DELETE /api/campaigns/{campaign}":
            return ["player", "new", NOBODY]
        return ["new", NOBODY] if label == "DELETE /api/session" else list(self.cookies)

    def ids_of(self, parameters: Sequence[str]) -> SearchStrategy[dict[str, str]]:
        """Values for the parameters of an address: mostly such as lead somewhere."""
        kinds = {name: sampled_from([*self.ids[name], NOT_THERE, NOT_THERE.upper(), "nonsense"]) for name in parameters}
        return fixed_dictionaries(kinds)

    def described(self, document: Document) -> Document:
        """The description without the cookie, which the askers bring, and with values that are good for something."""
        known = deepcopy(document)
        for path in known["paths"].values():
            for call in path.values():
                del call["security"]
                for parameter in call.get("parameters", ()):
                    if parameter["in"] == "query" and parameter["name"] in self.ids:
                        parameter["schema"]["enum"] = [*self.ids[parameter["name"]], NOT_THERE]
        token = known["components"]["schemas"]["Redemption"]["properties"]["token"]
        token["enum"] = [*self.tokens, "", "nonsense", "\u0000", "\U0001f4a7" * 200]
        return known
