"""Map files in, the known map out."""

from __future__ import annotations

import asyncio
import gc
import gzip
import json
import zlib
from collections.abc import AsyncIterator, Callable, Coroutine, Iterator
from functools import partial
from time import thread_time
from typing import Any
from uuid import UUID

import pytest

from domain.ids import CampaignId
from domain.store import EventRejected, StoreUnavailable
from projections.people import Viewer
from tests.transport.http.site import Answer, Browser, Site, a_site
from tests.transport.maps.map_files import a_map_file, as_bytes
from transport.http.map_places import PLACES, MapPlaces
from transport.maps.file import read_map

Send = Callable[..., Coroutine[Any, Any, Answer]]


async def a_dm(site: Site) -> tuple[Browser, str]:
    """A DM and the path of the campaign's map."""
    ada = await site.person("Ada")
    return ada, f"{await site.campaign(ada)}/map"


async def test_a_map_file_becomes_commands(site: Site) -> None:
    """POST map hands the whole file to the tables as the DM's import, and answers how many hexes it had."""
    ada, path = await a_dm(site)
    answer = await ada.call("POST", path, a_map_file(12_000))
    assert (answer.status, answer.content) == (200, {"hexes": 12_000})
    ((campaign, actor, parts),) = site.tables.imported
    assert (campaign, actor) == (UUID(path.split("/")[3]), ada.user_id)
    assert [len(part.changes) for part in parts] == [5_000, 5_000, 2_000]
    assert parts[0].grid is not None


async def test_one_bad_hex_among_100_000_is_named(site: Site) -> None:
    """A file with one bad hex is refused whole, with the place of the fault, and nothing is imported."""
    ada, path = await a_dm(site)
    content = a_map_file(100_000)
    content["hexes"][99_999]["terrain"] = "fo\nrest"
    answer = await ada.call("POST", path, content)
    assert (answer.status, answer.code) == (400, "invalid_map")
    assert answer.message.startswith("hexes[99999].terrain: ")
    assert site.tables.imported == []


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"nonsense",
        b"\x89PNG\r\n\x1a\n\x00\xff",
        b"[" * 200_000,
        b'{"a":' * 100_000,
        as_bytes(a_map_file()).replace(b"30.5", b"NaN"),
        as_bytes(a_map_file()).replace(b'"version"', b'"name": "again", "version"'),
        as_bytes(a_map_file())[:-1],
        b"null",
        b"[]",
        b"{}",
    ],
)
async def test_what_is_no_map_is_refused(site: Site, body: bytes) -> None:
    """Broken JSON, other files, NaN, doubled keys and deep nesting are all invalid_map."""
    ada, path = await a_dm(site)
    answer = await ada.call("POST", path, data=body)
    assert (answer.status, answer.code) == (400, "invalid_map")
    assert site.tables.imported == []


async def test_a_map_file_has_at_most_16_mib(site: Site) -> None:
    """One byte more is 413, whether its length was announced, streamed, or hidden by compression."""
    ada, path = await a_dm(site)
    limit = 16 * 1024 * 1024
    largest = as_bytes(a_map_file(10)).ljust(limit)
    assert (await ada.call("POST", path, data=largest)).status == 200

    async def in_chunks() -> Any:
        for start in range(0, limit + 1, 65_536):
            yield (largest + b" ")[start : start + 65_536]

    packed = gzip.compress(largest + b" ")
    answers = [
        await ada.call("POST", path, data=largest + b" "),
        await ada.call("POST", path, data=in_chunks()),
        await ada.call("POST", path, data=packed, headers={"Content-Encoding": "gzip"}),
    ]
    assert [(answer.status, answer.code) for answer in answers] == [(413, "too_large")] * 3
    assert len(site.tables.imported) == 1


@pytest.mark.parametrize(("encoding", "pack"), [("gzip", gzip.compress), ("deflate", zlib.compress)])
async def test_a_map_may_come_packed(site: Site, encoding: str, pack: Callable[[bytes], bytes]) -> None:
    """It is the same map."""
    ada, path = await a_dm(site)
    answer = await ada.call("POST", path, data=pack(as_bytes(a_map_file(7))), headers={"Content-Encoding": encoding})
    assert (answer.status, answer.content) == (200, {"hexes": 7})


async def dms(site: Site) -> AsyncIterator[Send]:
    """One after the other, each of whom can send a file to a campaign of their own."""
    while True:
        dm, path = await a_dm(site)
        yield partial(dm.call, "POST", path)


async def test_only_so_many_maps_are_held_at_once(site: Site) -> None:
    """While so many wait to be stored no body of another one is read: it waits, and is served then."""
    site.tables.may_store.clear()
    everybody = dms(site)
    held = [asyncio.create_task((await anext(everybody))(a_map_file())) for _ in range(PLACES)]
    one_more = await anext(everybody)
    done, _ = await asyncio.wait(held, timeout=0.3)
    assert not done
    waiting = asyncio.create_task(one_more(data=b"no map"))
    done, _ = await asyncio.wait([waiting], timeout=0.3)
    assert not done
    site.tables.may_store.set()
    assert [answer.status for answer in await asyncio.gather(*held)] == [200] * PLACES
    assert (await waiting).code == "invalid_map"


async def test_one_persons_maps_take_one_place(site: Site) -> None:
    """However many this person sends at once: the others of them wait."""
    site.tables.may_store.clear()
    everybody = dms(site)
    one = await anext(everybody)
    many = [asyncio.create_task(one(a_map_file())) for _ in range(PLACES)]
    other = await anext(everybody)
    assert (await other(data=b"no map")).code == "invalid_map"
    site.tables.may_store.set()
    assert [answer.status for answer in await asyncio.gather(*many)] == [200] * PLACES


async def test_places_go_round_the_addresses(database: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """However many people one address has: who comes from another one is among the next."""
    made: list[MapPlaces] = []
    make = MapPlaces.__init__

    def noted(places: MapPlaces) -> None:
        make(places)
        made.append(places)

    async def so_many_wait(many: int) -> None:
        while made[0]._turns.waiting < many:  # noqa: ASYNC110 - they come over sockets
            await asyncio.sleep(0.01)

    monkeypatch.setattr(MapPlaces, "__init__", noted)
    async with a_site(database, proxies=1) as site:
        site.tables.may_store.clear()
        dms = [await a_dm(site) for _ in range(4 * PLACES + 1)]
        done: list[str] = []

        async def send(address: str) -> None:
            dm, path = dms.pop()
            answer = await dm.call("POST", path, a_map_file(), headers={"X-Forwarded-For": address})
            assert answer.status == 200
            done.append(address)

        async with asyncio.timeout(60), asyncio.TaskGroup() as group:
            for _ in range(4 * PLACES):
                group.create_task(send("10.0.0.1"))
            await so_many_wait(3 * PLACES)
            group.create_task(send("10.0.0.2"))
            await so_many_wait(3 * PLACES + 1)
            site.tables.may_store.set()
        assert done.index("10.0.0.2") < 2 * PLACES


async def test_who_sends_slowly_loses_the_place_to_who_waits(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    """The one who sends for longest; alone everybody may take their time."""
    monkeypatch.setattr("transport.http.map_places.PATIENCE_SECONDS", 0.1)

    async def slowly() -> AsyncIterator[bytes]:
        yield b"{"
        await go_on.wait()
        yield b"}"

    go_on = asyncio.Event()
    everybody = dms(site)
    slow = [asyncio.create_task((await anext(everybody))(data=slowly())) for _ in range(PLACES)]
    await asyncio.wait(slow, timeout=0.5)
    assert not any(one.done() for one in slow)
    # As many again wait before the one whose file is quick.
    more = [asyncio.create_task((await anext(everybody))(data=slowly())) for _ in range(PLACES)]
    await asyncio.wait(more, timeout=0.2)
    assert (await (await anext(everybody))(a_map_file())).status == 200
    go_on.set()
    answers = await asyncio.gather(*slow, *more)
    assert {answer.code for answer in answers} == {"bad_request", "invalid_map"}


async def test_who_sends_fast_keeps_the_place(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    """However many wait, and though all the others who send have gone: some hold up everybody by taking turns."""
    monkeypatch.setattr("transport.http.map_places.PATIENCE_SECONDS", 0.1)
    monkeypatch.setattr("transport.http.map_places.LOOK_SECONDS", 0.1)

    async def steadily() -> AsyncIterator[bytes]:
        for _ in range(25):
            yield b" " * 20_000
            await asyncio.sleep(0.1)

    everybody = dms(site)
    sending = [asyncio.create_task((await anext(everybody))(data=steadily())) for _ in range(PLACES + 3)]
    assert {answer.code for answer in await asyncio.gather(*sending)} == {"invalid_map"}


async def test_of_whom_nothing_more_comes_goes_first(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    """Though much came before: on the whole it is faster than the others."""
    monkeypatch.setattr("transport.http.map_places.PATIENCE_SECONDS", 0.2)
    monkeypatch.setattr("transport.http.map_places.LOOK_SECONDS", 0.1)
    monkeypatch.setattr("transport.http.map_places.STUCK_SECONDS", 1.5)
    may_end = asyncio.Event()

    async def stuck() -> AsyncIterator[bytes]:
        yield b" " * 5_000_000
        await may_end.wait()

    async def slowly() -> AsyncIterator[bytes]:
        while not may_end.is_set():
            yield b" "
            await asyncio.sleep(0.1)

    everybody = dms(site)
    slow = [asyncio.create_task((await anext(everybody))(data=slowly())) for _ in range(PLACES - 1)]
    one = asyncio.create_task((await anext(everybody))(data=stuck()))
    await asyncio.wait([one], timeout=2)
    assert (await (await anext(everybody))(a_map_file())).status == 200
    assert (await one).code == "bad_request"
    may_end.set()
    assert {answer.code for answer in await asyncio.gather(*slow)} == {"invalid_map"}


@pytest.fixture
def hardly_any_wait(monkeypatch: pytest.MonkeyPatch) -> None:
    """For a place; to be asked for before the site, which is told of it once."""
    monkeypatch.setattr("transport.http.map_places.WAIT_SECONDS", 0.3)


async def test_who_waits_too_long_for_a_place_may_come_again(hardly_any_wait: None, site: Site) -> None:
    """All files have arrived, and are being stored for long."""
    site.tables.may_store.clear()
    everybody = dms(site)
    held = [asyncio.create_task((await anext(everybody))(a_map_file())) for _ in range(PLACES)]
    one_more = await anext(everybody)
    await asyncio.wait(held, timeout=0.3)
    assert (await one_more(a_map_file())).code == "unavailable"
    site.tables.may_store.set()
    assert [answer.status for answer in await asyncio.gather(*held)] == [200] * PLACES


@pytest.fixture
def no_collector() -> Iterator[None]:
    """A server has its own times for it; here it would go over all that the tests have made."""
    gc.disable()
    yield
    gc.enable()


@pytest.mark.usefixtures("no_collector")
async def test_others_are_served_while_a_map_is_read(site: Site) -> None:
    """Reading the largest map takes none of the loop's turns: by the processor's time, whatever else runs there."""
    ada, path = await a_dm(site)
    body = as_bytes(a_map_file(100_000))
    before = thread_time()
    read_map(body)
    reading = thread_time() - before
    upload, longest = asyncio.create_task(ada.call("POST", path, data=body)), 0.0
    while not upload.done():
        before = thread_time()
        await asyncio.sleep(0)
        longest = max(longest, thread_time() - before)
    assert (await upload).status == 200
    assert longest < reading / 4


@pytest.mark.parametrize(
    ("failure", "status", "code"),
    [(StoreUnavailable("down"), 503, "unavailable"), (EventRejected("secret detail"), 500, "failed")],
)
async def test_a_failed_import_is_told(site: Site, failure: Exception, status: int, code: str) -> None:
    """When the events can't be stored the answer says so, without the inner reason."""
    ada, path = await a_dm(site)
    site.tables.failure = failure
    answer = await ada.call("POST", path, a_map_file())
    assert (answer.status, answer.code) == (status, code)
    assert b"secret" not in answer.raw


async def test_somebody_who_is_no_dm_any_more_imports_nothing(site: Site) -> None:
    """The right is looked at again when the body is there: it may have taken minutes to arrive."""
    ada, path = await a_dm(site)
    campaign = path.removesuffix("/map")
    bo = await site.member(ada, campaign, "Bo", "dm")
    arrived = asyncio.Event()

    async def slowly() -> Any:
        yield as_bytes(a_map_file())[:20]
        await arrived.wait()
        yield as_bytes(a_map_file())[20:]

    upload = asyncio.create_task(bo.call("POST", path, data=slowly()))
    await asyncio.sleep(0.2)
    assert (await ada.call("DELETE", f"{campaign}/members/{bo.user_id}")).status == 204
    arrived.set()
    assert (await upload).status == 404
    assert site.tables.imported == []


@pytest.mark.parametrize("hexes", [0, 1, 2_000, 30_001])
async def test_the_map_is_handed_out_as_the_asking_member_sees_it(site: Site, hexes: int) -> None:
    """GET map asks the tables for the caller's own view and answers exactly that."""
    ada, path = await a_dm(site)
    bo = await site.member(ada, path.removesuffix("/map"), "Bo")
    site.tables.hexes = hexes
    for one, role in ((ada, "dm"), (bo, "player")):
        answer = await one.call("GET", path)
        assert (answer.status, answer.headers["Content-Type"]) == (200, "application/json")
        name = f"{path.split('/')[3]} as {role} {one.user_id}"
        assert {**answer.content, "hexes": len(answer.content["hexes"])} == {
            "name": name,
            "gridWidth": 3,
            "gridHeight": 2,
            "hexSize": 30.5,
            "orientation": "flat",
            "hexes": hexes,
        }
        assert [one["q"] for one in answer.content["hexes"]] == list(range(hexes))
        assert json.loads(answer.raw) == answer.content


@pytest.mark.parametrize("ending", ["demoted", "removed"])
async def test_a_map_is_handed_out_in_the_role_of_the_moment(
    site: Site, monkeypatch: pytest.MonkeyPatch, ending: str
) -> None:
    """Who is no DM any more when the map has been made gets a player's, and who is no member any more gets none."""
    dm = await site.person("Dee")
    campaign = await site.campaign(dm)
    co = await site.member(dm, campaign, "Co", "dm")
    make = site.tables.map

    async def meanwhile(campaign_id: CampaignId, viewer: Viewer) -> bytes:
        if ending == "removed":
            await dm.call("DELETE", f"{campaign}/members/{co.user_id}")
        elif viewer.role == "dm":
            await dm.call("PATCH", f"{campaign}/members/{co.user_id}", {"role": "player"})
        return await make(campaign_id, viewer)

    monkeypatch.setattr(site.tables, "map", meanwhile)
    answer = await co.call("GET", f"{campaign}/map")
    if ending == "removed":
        assert answer.status == 404
    else:
        assert f"as player {co.user_id}" in answer.content["name"]
