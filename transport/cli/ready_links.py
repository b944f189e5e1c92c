"""What `fogbound play` prints when it is ready: links into each campaign, for people or for programs."""

from __future__ import annotations

from typing import Any

from transport.accounts.tokens import join_link
from transport.cli.starter import ReadyTable, ReadyTables

_PLAYING = "Invite players:"


def for_programs(url: str, ready: ReadyTables) -> dict[str, Any]:
    """The oldest campaign stands for itself, for who wants just one; then come all of them."""
    return {"url": url, **_ids_and_links(url, ready.tables[0]), "campaigns": [_named(url, one) for one in ready.tables]}


def _named(url: str, table: ReadyTable) -> dict[str, object]:
    return {"name": table.name, "dm": table.dm, **_ids_and_links(url, table)}


def _ids_and_links(url: str, table: ReadyTable) -> dict[str, object]:
    return {
        "campaignId": str(table.campaign),
        "dmToken": table.dm_token,
        "playerToken": table.player_token,
        "dmLink": join_link(url, table.dm_token),
        "playerLink": join_link(url, table.player_token),
    }


def for_people(url: str, ready: ReadyTables) -> str:
    lines = [line for table in ready.tables for line in _of_table(url, table)]
    if ready.others:
        lines += [f"  {ready.others} newer campaigns are not listed.", ""]
    return "\n".join(["", *lines, "  Ctrl-C ends it; everything is kept for the next time.", ""])


def _of_table(url: str, table: ReadyTable) -> list[str]:
    leading = f"Sign in as {table.dm}, the DM:" if table.dm is not None else "It has no DM. Become its DM:"
    width = max(len(leading), len(_PLAYING)) + 1
    return [
        f"  {table.name}",
        f"    {leading:{width}} {join_link(url, table.dm_token)}",
        f"    {_PLAYING:{width}} {join_link(url, table.player_token)}",
        "",
    ]
