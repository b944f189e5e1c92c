"""A real server says what docs/asyncapi.json and docs/openapi.json describe, and nothing more."""

from __future__ import annotations

import json
from typing import Any

from tests.end_to_end.conftest import TableMaker
from tests.end_to_end.peers import Message, Person, Socket, Table
from tests.end_to_end.unfinished_imports import half_an_import
from tests.transport.api_description.committed import committed, examples, payloads, validator
from transport.http.routes import ROUTES

MAP = {
    "version": 1,
    "name": "Coast",
    "gridWidth": 2,
    "gridHeight": 1,
    "hexSize": 30,
    "orientation": "flat",
    "hexes": [{"q": 0, "r": 0, "terrain": "forest"}, {"q": 1, "r": 0, "terrain": "coast", "terrainVariant": 2}],
}


async def test_all_that_is_said_in_an_evening_is_described(set_table: TableMaker) -> None:
    """Every message of every socket fits the schema of its type strictly, and every type occurs."""
    table = await set_table("Ada", "Bo", heartbeat_seconds=5)
    document = committed("asyncapi")
    checks = {name: validator(document, payload) for name, payload in payloads(document, "say").items()}
    seen = await an_evening(table, table.dm, table.players["Ada"])
    quiet = await table.dm.join(table.campaign)
    seen.append(await quiet.until("tick"))
    for message in seen:
        checks[message["type"]].validate(message)
    assert {message["type"] for message in seen} == checks.keys()


async def an_evening(table: Table, dm: Person, ada: Person) -> list[Message]:
    """In which everything happens that can be told; what everybody was sent."""
    to_dm = table.sockets["dm"]
    sockets = [*table.sockets.values()]
    commands: list[tuple[str, Message]] = [
        ("session:start", {}),
        ("session:start", {}),
        ("hex:update", {"changes": [{"key": "0,0", "terrain": "swamp"}]}),
        ("hex:reveal", {"hexKeys": ["0,0", "1,0"], "targets": {"playerIds": [ada.user_id]}}),
        ("hex:update", {"changes": [{"key": "0,0", "terrain": "water"}]}),
        ("broadcast:mode", {"mode": "staged"}),
        ("hex:reveal", {"hexKeys": ["2,0"], "targets": "all"}),
        ("hex:reveal", {"hexKeys": ["3,0"], "targets": {"playerIds": [ada.user_id]}}),
        ("hex:reveal", {"hexKeys": ["9,9"], "targets": {"playerIds": ["nobody"]}}),
    ]
    for number, (type_, fields) in enumerate(commands):
        await answered(to_dm, f"c{number}", type_, **fields)
    sockets += [await dm.join(table.campaign), await ada.join(table.campaign)]
    await answered(to_dm, "publish", "broadcast:publish")
    await answered(sockets[1], "not-yours", "session:end")
    last = next(one["eventId"] for one in reversed(to_dm.seen) if "eventId" in one)
    await sockets[2].socket.close()
    await to_dm.until("player:left")
    sockets.append(await table.players["Bo"].join(table.campaign, last))
    await to_dm.until("player:joined")
    await half_an_import(table)
    await to_dm.until("map:imports")
    await answered(to_dm, "end", "session:end")
    for socket in sockets:
        if socket is not to_dm and not socket.socket.closed:
            await socket.until("session:statusChanged", when=lambda message: message["status"] == "ended")
    stranger = await table.new_person().sign_up("Eve")
    for person, campaign in ((table.new_person(), table.campaign), (stranger, table.campaign), (dm, "nonsense")):
        sockets.append(await person.open(campaign))
        await sockets[-1].close_code()
    return [message for socket in sockets for message in socket.seen]


async def answered(socket: Socket, command_id: str, type_: str, **fields: Any) -> Message:
    """Sends a command and reads up to the answer."""
    await socket.send(type_, id=command_id, **fields)
    return await socket.until("ack", "error", when=lambda message: message.get("id") == command_id)


async def test_the_examples_are_carried_out(set_table: TableMaker) -> None:
    """Sent one after the other, in an order that makes sense, each is acknowledged."""
    table = await set_table("Ada")
    shown = examples(committed("asyncapi"))
    order = ["session:start", "session:pause", "session:resume", "hex:update", "broadcast:mode"]
    order += ["hex:reveal", "staged:undo", "hex:reveal", "broadcast:publish", "session:end"]
    assert set(order) == payloads(committed("asyncapi"), "hear").keys()
    for number, name in enumerate(order):
        for example in shown[name]:
            if name == "staged:undo":
                await list_was_sent(table.sockets["dm"])
            answer = await answered(table.sockets["dm"], f"c{number}", **{**without_id(example), "type_": name})
            assert answer["type"] == "ack", (example, answer)


def without_id(example: Message) -> Message:
    return {key: value for key, value in example.items() if key not in ("id", "type")}


async def list_was_sent(socket: Socket) -> None:
    """The list may come after the answer: an index means what was last sent."""
    if not any(one["type"] == "staged:changes" and one["changes"] for one in socket.seen):
        await socket.until("staged:changes", when=lambda one: bool(one["changes"]))


async def test_every_call_answers_as_described(set_table: TableMaker) -> None:  # noqa: PLR0915 - one line a route
    """Each route once with success: the status, the type and strictly the shape of the answer."""
    table = await set_table("Ada", "Bo", metrics=True)
    dm, newcomer = table.dm, table.new_person()
    document = committed("openapi")
    done: set[tuple[str, str]] = set()

    async def call(
        who: Person, method: str, path: str, body: Any = None, params: dict[str, str] | None = None, **ids: str
    ) -> Any:
        described = document["paths"][path][method.lower()]["responses"]
        url = f"{table.url}{path.format(campaign=table.campaign, **ids)}"
        async with who.http.request(method, url, json=body, params=params) as answer:
            assert answer.status < 300, await answer.text()
            told = described[str(answer.status)]
            done.add((method, path))
            if "content" not in told:
                assert await answer.read() == b""
                return None
            schema = told["content"][answer.content_type]["schema"]
            if answer.content_type == "application/x-ndjson":
                lines = [json.loads(line) async for line in answer.content]
                for line in lines:
                    validator(document, schema).validate(line)
                return lines
            content = await (answer.json() if answer.content_type == "application/json" else answer.text())
            validator(document, schema).validate(content)
            return content

    at = "/api/campaigns/{campaign}"
    await call(newcomer, "POST", "/api/people", {"name": "Cy"})
    newcomer.user_id = (await call(newcomer, "GET", "/api/me"))["userId"]
    await call(newcomer, "POST", "/api/campaigns", {"name": "Another"})
    await call(newcomer, "GET", "/api/campaigns")
    await call(dm, "GET", f"{at}/members")
    await call(dm, "PATCH", f"{at}/members/{{user}}", {"role": "dm"}, user=table.players["Bo"].user_id)
    revoking = {"revokeInvite": "true"}
    await call(dm, "DELETE", f"{at}/members/{{user}}", params=revoking, user=table.players["Bo"].user_id)
    await table.sockets["dm"].until("player:left")
    made = await call(dm, "POST", f"{at}/invites", {"role": "player", "uses": 3, "expiresInHours": 1})
    await call(dm, "POST", f"{at}/invites", {"role": "dm"})
    await call(newcomer, "POST", "/api/invites/redeem", {"token": made["token"]})
    await call(dm, "POST", f"{at}/members/remove", {"userIds": [newcomer.user_id], "revokeInvites": False})
    await call(newcomer, "POST", "/api/invites/redeem", {"token": made["token"]})
    assert len((await call(dm, "GET", f"{at}/invites"))["invites"]) >= 2
    await call(dm, "DELETE", f"{at}/invites/{{invite}}", invite=made["inviteId"])
    await call(dm, "POST", f"{at}/map", MAP)
    assert len((await call(dm, "GET", f"{at}/map"))["hexes"]) == 2
    await half_an_import(table)
    (unfinished,) = (await call(dm, "GET", f"{at}/map"))["imports"]
    at_import = {"import": unfinished["importId"]}
    assert await call(dm, "DELETE", f"{at}/map/imports/{{import}}", **at_import) == {"hexes": 5_000}
    await table.sockets["dm"].send("session:start", id="1")
    await table.sockets["dm"].until("ack")
    assert len((await call(dm, "GET", f"{at}/sessions"))["sessions"]) == 1
    assert len(await call(dm, "GET", f"{at}/sessions/{{number}}/timeline", number="1")) == 6
    await call(newcomer, "GET", f"{at}/sessions/{{number}}/timeline", number="1")
    await call(dm, "GET", f"{at}/state", params={"at": "2100-01-01T00:00:00Z"})
    assert (await call(dm, "GET", f"{at}/report"))["title"] == "Fog"
    for path in ("/healthz", "/readyz", "/metrics"):
        await call(newcomer, "GET", path)
    await call(dm, "DELETE", at)
    await call(newcomer, "DELETE", "/api/session")
    await call(dm, "DELETE", "/api/me/sign-ins")
    mine = (await call(dm, "GET", "/api/me/sign-ins"))["signIns"][0]["signInId"]
    await call(dm, "DELETE", "/api/me/sign-ins/{signin}", signin=mine)
    assert done == {(route.method, route.path) for route in ROUTES}
