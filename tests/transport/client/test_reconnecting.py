"""The client against a peer that drops, delays and closes."""

from __future__ import annotations

import asyncio
import json

import pytest

from tests.transport.client.peer import Call, Waits, a_peer
from transport.client import Client, Closed, CommandRefused, patience

REVEALED = {
    "type": "hex:revealed",
    "hexKeys": ["1,2"],
    "terrain": [{"key": "1,2", "terrain": "swamp"}],
    "eventId": "e1",
}


async def welcome(call: Call) -> None:
    """Lets the client in and stays."""
    await call.greet()
    await call.stay()


async def obey(call: Call) -> None:
    """Lets the client in and acks whatever it sends."""
    await call.greet()
    while True:
        command = await call.hear()
        await call.answer(command, f"event of {command['type']}")


async def test_a_line_that_never_says_a_word_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    """Something takes the connection, and nothing answers the handshake."""
    monkeypatch.setattr(patience, "SILENCE_SECONDS", 0.1)
    tries = 0
    is_third = asyncio.Event()

    async def say_nothing(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal tries
        tries += 1
        if tries == 3:
            is_third.set()
        await ends.wait()
        writer.close()

    ends = asyncio.Event()
    async with await asyncio.start_server(say_nothing, "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
        async with Client(f"http://127.0.0.1:{port}", sleep=Waits()) as client:
            connecting = asyncio.create_task(client.connect("a-campaign"))
            async with asyncio.timeout(10):
                await is_third.wait()
            connecting.cancel()
        ends.set()


@pytest.mark.parametrize("code", [1000, 1001, 1011, 1013, 4008])
async def test_comes_back_and_sends_again(code: int) -> None:
    """After a close that is not final the unanswered commands are sent again, in order and with their old ids."""
    heard: list[str] = []

    async def close_on_them(call: Call) -> None:
        await call.greet()
        heard.extend([(await call.hear())["id"] for _ in range(2)])
        await call.close(code)

    async def answer_them(call: Call) -> None:
        await call.greet()
        for number in range(2):
            command = await call.hear()
            heard.append(command["id"])
            await call.answer(command, f"e{number}")
        await call.stay()

    async with a_peer(close_on_them, answer_them) as peer, Client(peer.url, sleep=Waits()) as client:
        await client.connect("a-campaign")
        answers = await asyncio.gather(client.send("session:start"), client.send("session:pause"))
    assert list(answers) == ["e0", "e1"]
    assert heard[:2] == heard[2:]
    assert len(set(heard)) == 2


async def test_comes_back_when_the_network_breaks() -> None:
    """A connection that ends without a close frame is made anew."""

    async def break_off(call: Call) -> None:
        await call.greet()
        await call.hear()
        call.break_off()

    async with a_peer(break_off, obey) as peer, Client(peer.url, sleep=Waits()) as client:
        await client.connect("a-campaign")
        assert await client.send("session:start") == "event of session:start"


@pytest.mark.parametrize("code", [4001, 4002, 4003])
async def test_final_codes_end_it(code: int) -> None:
    """A final code is raised by whatever waits and by all that follows, and nothing is tried again."""

    async def turn_away(call: Call) -> None:
        await call.greet()
        await call.hear()
        await call.close(code, "go away")

    async with a_peer(turn_away) as peer, Client(peer.url, sleep=Waits()) as client:
        await client.connect("a-campaign")
        waiting = asyncio.create_task(client.until(lambda _: False))
        with pytest.raises(Closed, match="go away") as closed:
            await client.send("session:start")
        with pytest.raises(Closed):
            await waiting
        with pytest.raises(Closed):
            await client.send("session:start")
        assert closed.value.code == code
        assert len(peer.calls) == 1


async def test_turned_away_at_the_door() -> None:
    """Connecting raises when the server closes for good instead of letting us in."""

    async def no_member(call: Call) -> None:
        await call.say({"type": "error", "code": "not_a_member", "message": "Not a member of this campaign"})
        await call.close(4003, "Not a member of this campaign")

    async with a_peer(no_member) as peer, Client(peer.url) as client:
        with pytest.raises(Closed, match="Not a member") as closed:
            await client.connect("a-campaign")
        assert closed.value.code == 4003


async def test_waits_longer_each_time_until_let_in() -> None:
    """The waits grow while the server turns us away, and begin anew once it let us in."""
    waits = Waits()

    async def not_now(call: Call) -> None:
        await call.say({"type": "error", "code": "unavailable", "message": "Try again later"})
        await call.close(1013, "Try again later")

    async def for_a_moment(call: Call) -> None:
        await call.greet()
        await call.close(1001)

    scenes = (not_now, not_now, not_now, for_a_moment, welcome)
    async with a_peer(*scenes) as peer, Client(peer.url, sleep=waits, random=lambda: 1.0) as client:
        await client.connect("a-campaign")
        await client.until(lambda _: len(peer.calls) == len(scenes) and client.is_live, 5)
    assert waits.seconds == [1, 2, 4, 1]


async def test_waits_for_a_server_that_is_not_there() -> None:
    """Connecting is tried again while nobody listens."""
    async with a_peer(welcome) as peer:
        url = peer.url
    waits = Waits()
    async with Client(url, sleep=waits, random=lambda: 0.0) as client:
        connecting = asyncio.create_task(client.connect("a-campaign"))
        await waits.until(3)
        assert not connecting.done()
        connecting.cancel()
        with pytest.raises(asyncio.CancelledError):
            await connecting


async def test_resumes_where_it_left() -> None:
    """A new connection names the last event, and what was known before stays known."""

    async def tell(call: Call) -> None:
        await call.greet()
        await call.say(REVEALED)
        await call.close(1001)

    async def tell_the_rest(call: Call) -> None:
        await call.greet(resumed=True)
        await call.say({"type": "dm:preparing", "preparing": True, "eventId": "e2"})
        await call.stay()

    async with a_peer(tell, tell_the_rest) as peer, Client(peer.url, sleep=Waits()) as client:
        await client.connect("a-campaign")
        await client.until(lambda state: state.mode == "staged", 5)
        assert [call.last_event_id for call in peer.calls] == [None, "e1"]
        assert client.state.terrain == {"1,2": "swamp"}


async def test_comes_back_to_the_same_campaign_by_hand() -> None:
    """After a disconnect the same campaign is resumed; another one starts over."""

    async def tell(call: Call) -> None:
        await call.greet()
        await call.say(REVEALED)
        await call.stay()

    async def resume(call: Call) -> None:
        await call.greet(resumed=True)
        await call.stay()

    async with a_peer(tell, resume, welcome) as peer, Client(peer.url) as client:
        await client.connect("a-campaign")
        await client.until(lambda state: "1,2" in state.revealed, 5)
        await client.disconnect()
        await client.connect("a-campaign")
        assert client.state.revealed == {"1,2"}
        await client.connect("another")
        assert client.state.revealed == set()
        assert [call.last_event_id for call in peer.calls] == [None, "e1", None]


async def test_too_large_a_frame_is_refused_and_the_rest_goes_on() -> None:
    """After 1009 the largest command is refused and the others are sent again."""

    async def choke(call: Call) -> None:
        await call.greet()
        for _ in range(2):
            await call.hear()
        await call.close(1009)

    async with a_peer(choke, obey) as peer, Client(peer.url, sleep=Waits()) as client:
        await client.connect("a-campaign")
        small = asyncio.create_task(client.send("session:start"))
        await asyncio.sleep(0)
        with pytest.raises(CommandRefused, match="frame_too_large"):
            await client.send("hex:reveal", hexKeys=["0,0"] * 100, targets="all")
        assert await small == "event of session:start"


async def test_sends_again_what_could_not_be_stored() -> None:
    """`unavailable` is no answer: after a pause the same id is sent again, and nothing overtakes it."""
    heard: list[tuple[str, str]] = []
    waits = Waits()

    async def store_is_away(call: Call) -> None:
        await call.greet()
        for attempt in range(3):
            command = await call.hear()
            heard.append((command["type"], command["id"]))
            if attempt == 0:
                await call.refuse(command, "unavailable")
            else:
                await call.answer(command, f"e{attempt}")
        await call.stay()

    async with a_peer(store_is_away) as peer, Client(peer.url, sleep=waits) as client:
        await client.connect("a-campaign")
        first = asyncio.create_task(client.send("session:start"))
        await waits.until(1)
        assert await client.send("session:pause") == "e2"
        assert await first == "e1"
    assert [kind for kind, _ in heard] == ["session:start", "session:start", "session:pause"]
    assert heard[0] == heard[1]


async def test_a_dead_line_is_given_up_however_busy_we_are(monkeypatch: pytest.MonkeyPatch) -> None:
    """The oldest command that has no answer decides: new ones do not prolong it, and all are sent again."""
    monkeypatch.setattr(patience, "ANSWER_SECONDS", 0.2)
    heard: list[str] = []

    async def be_dead(call: Call) -> None:
        await call.greet()
        while True:
            heard.append((await call.hear())["type"])

    async def answer(call: Call) -> None:
        await call.greet()
        async for frame in call.socket:
            command = json.loads(frame.data)
            await call.answer(command, f"event of {command['type']}")

    async with a_peer(be_dead, answer) as peer, Client(peer.url, sleep=Waits()) as client:
        await client.connect("a-campaign")
        asked = []
        while len(peer.calls) < 2:
            asked.append(asyncio.create_task(client.send("session:pause")))
            await asyncio.sleep(0.05)
        assert set(await asyncio.gather(*asked)) == {"event of session:pause"}
    assert heard


async def test_a_line_without_a_word_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody asks for anything, and the server says nothing any more."""
    monkeypatch.setattr(patience, "SILENCE_SECONDS", 0.1)

    async def fall_silent(call: Call) -> None:
        await call.greet()
        await call.stay()

    async def tick(call: Call) -> None:
        await call.greet(status="active")
        while not call.socket.closed:
            await call.say({"type": "tick"})
            await asyncio.sleep(0.01)

    async with a_peer(fall_silent, tick) as peer, Client(peer.url, sleep=Waits()) as client:
        await client.connect("a-campaign")
        await client.until(lambda state: state.status == "active", 5)
        assert len(peer.calls) > 1


async def test_refusals_are_raised() -> None:
    """A refused command raises its code, and the connection goes on."""

    async def refuse(call: Call) -> None:
        await call.greet()
        await call.refuse(await call.hear(), "not_active")
        await call.answer(await call.hear(), "e1")
        await call.stay()

    async with a_peer(refuse) as peer, Client(peer.url) as client:
        await client.connect("a-campaign")
        with pytest.raises(CommandRefused) as refused:
            await client.send("session:pause")
        assert refused.value.code == "not_active"
        assert await client.send("session:start") == "e1"


async def test_an_answer_may_take_its_time() -> None:
    """A wait that is given up frees the client, and the command is not sent again on the next connection."""
    heard: list[str] = []

    async def never_answer(call: Call) -> None:
        await call.greet()
        heard.append((await call.hear())["type"])
        await call.hear()
        await call.close(1001)

    async with a_peer(never_answer, obey) as peer, Client(peer.url, sleep=Waits()) as client:
        await client.connect("a-campaign")
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.05):
                await client.send("session:start")
        assert await client.send("session:pause") == "event of session:pause"
    assert heard == ["session:start"]


async def test_leaving_ends_what_waits() -> None:
    """A disconnect raises in the commands that wait, with 1000, and sending afterwards too."""
    async with a_peer(welcome) as peer, Client(peer.url) as client:
        with pytest.raises(Closed, match="not connected"):
            await client.send("session:start")
        await client.connect("a-campaign")
        waiting = asyncio.create_task(client.send("session:start"))
        await asyncio.sleep(0)
        await client.disconnect()
        with pytest.raises(Closed) as closed:
            await waiting
        assert closed.value.code == 1000
        with pytest.raises(Closed):
            await client.send("session:start")


async def test_until_gives_up_in_time() -> None:
    """Waiting for what does not come ends after the timeout."""
    async with a_peer(welcome) as peer, Client(peer.url) as client:
        await client.connect("a-campaign")
        with pytest.raises(TimeoutError):
            await client.until(lambda state: state.status == "active", 0.05)


async def test_a_message_that_is_not_understood_is_no_silence() -> None:
    """A fault in reading ends the connection, and whoever waits is told which fault it was."""

    async def babble(call: Call) -> None:
        await call.greet()
        await call.hear()
        await call.say({"type": "hex:updated"})
        await call.stay()

    async with a_peer(babble) as peer, Client(peer.url) as client:
        await client.connect("a-campaign")
        with pytest.raises(Closed, match="not understood") as closed:
            await client.send("session:start")
        assert isinstance(closed.value.__cause__, KeyError)
