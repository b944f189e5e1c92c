"""The line of JSON that a program reads when it starts the server."""

from __future__ import annotations

import asyncio
import json
import os
import sys
from asyncio import subprocess
from typing import Any

import pytest

from tests.docs.pages import ROOT, page


async def first_line(database: str, verb: str, **settings: str) -> Any:
    """What the program says when it is ready; then it is ended."""
    process = await subprocess.create_subprocess_exec(
        sys.executable,
        *("-m", "transport.cli", verb, "--json"),
        cwd=ROOT,
        env={**os.environ, "FOGBOUND_DATABASE_URL": database, "FOGBOUND_PORT": "0", **settings},
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    )
    assert process.stdout is not None
    try:
        async with asyncio.timeout(60):
            return json.loads(await process.stdout.readline())
    finally:
        process.kill()
        await process.communicate()


@pytest.mark.parametrize("verb", ["play", "serve"])
async def test_the_line_is_as_documented(database: str, verb: str) -> None:
    """It holds the keys that docs/protocol.md shows, and each link ends with its token."""
    shown = dict(zip(["play", "serve"], page("docs/protocol.md").section("Coming in").json_examples(), strict=True))
    said = await first_line(
        database, verb, **({"FOGBOUND_PUBLIC_URL": "http://fog.example"} if verb == "serve" else {})
    )
    assert said.keys() == shown[verb].keys()
    for line in (said, shown[verb]):
        for whose in ("dm", "player") if verb == "play" else ():
            assert line[f"{whose}Link"] == f"{line['url']}/join#{line[f'{whose}Token']}"
