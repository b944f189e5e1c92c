"""What `/metrics` counts is what happened."""

from __future__ import annotations

from typing import get_args

from prometheus_client.parser import text_string_to_metric_families

from domain.commands import ClientMessage
from tests.end_to_end.conftest import TableMaker
from tests.end_to_end.peers import Person, Table

Figures = dict[tuple[str, ...], float]


async def figures(person: Person) -> Figures:
    """Value by name and labels."""
    async with person.http.get(f"{person.url}/metrics") as answer:
        text = await answer.text()
    return {
        (sample.name, *(sample.labels[name] for name in sorted(sample.labels, reverse=True))): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
        if sample.name.startswith("fogbound_") and not sample.name.endswith(("_created", "_sum"))
    }


async def change(table: Table, before: Figures) -> Figures:
    """What has grown, or shrunk, since then."""
    after = await figures(table.dm)
    return {key: after[key] - before.get(key, 0.0) for key in after if after[key] != before.get(key, 0.0)}


async def test_commands_are_counted_by_what_became_of_them(set_table: TableMaker) -> None:
    """Done, refused by the rules, and not even taken for a command; each commit and each fan-out too."""
    table = await set_table("Ada", metrics=True, analytics=False)
    dm, ada = table.sockets["dm"], table.sockets["Ada"]
    before = await figures(table.dm)
    for number in range(3):
        await dm.send("hex:reveal", id=str(number), hexKeys=["1,1"], targets="all")
        await dm.until("ack")
    await dm.send("hex:reveal", id="2", hexKeys=["1,1"], targets="all")
    await dm.until("ack")
    await dm.send("session:pause")
    await dm.until("error")
    await dm.send("dance")
    await dm.until("error")
    await ada.send("session:start")
    await ada.until("error")
    grown = await change(table, before)
    assert {key[1:]: value for key, value in grown.items() if key[0] == "fogbound_commands_total"} == {
        ("hex:reveal", "done"): 4,  # one that was sent again is answered as done
        ("session:pause", "refused"): 1,
        ("none", "refused"): 2,
    }
    assert grown["fogbound_commit_seconds_count",] == grown["fogbound_append_seconds_count",] == 3
    assert grown["fogbound_commit_events_count",] == grown["fogbound_commit_events_bucket", "1.0"] == 3
    assert grown["fogbound_fan_out_seconds_count",] == 5


async def test_who_is_here_and_who_came_back(set_table: TableMaker) -> None:
    """Sockets and rooms as they are, resumes as they went."""
    table = await set_table("Ada", metrics=True, analytics=False)
    ada, dm = table.players["Ada"], table.sockets["dm"]
    before = await figures(table.dm)
    await dm.send("hex:reveal", id="1", hexKeys=["1,1"], targets="all")
    last = (await table.sockets["Ada"].until("hex:revealed"))["eventId"]
    tabs = [await ada.join(table.campaign, known) for known in (last, last, "unknown")]
    grown = await change(table, before)
    assert grown["fogbound_connections",] == len(tabs) == 3
    assert ("fogbound_rooms",) not in grown
    assert grown["fogbound_resumes_total", "resumed"] == 2
    assert grown["fogbound_resumes_total", "afresh"] == 1


async def test_every_kind_of_failure_is_there_before_the_first(set_table: TableMaker) -> None:
    """Prometheus sees no increase in a series that begins with it."""
    table = await set_table(metrics=True, analytics=False)
    known = {key[1:] for key in await figures(table.dm) if key[0] == "fogbound_commands_total"}
    heard = {get_args(message.model_fields["type"].annotation)[0] for message in get_args(ClientMessage)}
    assert len(heard) == 9
    assert {(type_, "failed") for type_ in heard} <= known
