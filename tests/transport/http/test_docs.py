"""docs/http.md is complete."""

from __future__ import annotations

import json
import re
import shlex
from pathlib import Path

import pytest
from aiohttp import web

from transport.http.routes import ROUTES

TEXT = Path(__file__).parents[3].joinpath("docs", "http.md").read_text(encoding="utf-8")


def documented_calls() -> list[tuple[str, str]]:
    """Method and path of every heading that describes a call."""
    return re.findall(r"^### `([A-Z]+) (\S+)`$", TEXT, re.MULTILINE)


def test_every_call_is_documented() -> None:
    """There is a section for each call, and none for a call that doesn't exist."""
    names = {
        "campaign": "CAMPAIGN",
        "user": "USER",
        "invite": "INVITE",
        "signin": "SIGNIN",
        "number": "N",
        "import": "IMPORT",
    }
    assert set(documented_calls()) == {(route.method, route.path.format(**names)) for route in ROUTES}
    assert len(documented_calls()) == len(ROUTES)


@pytest.mark.parametrize(("method", "path"), documented_calls())
def test_every_call_has_an_example(method: str, path: str) -> None:
    """The section of each call shows it with curl, with this method and this address."""
    section = TEXT.split(f"### `{method} {path}`\n", 1)[1].split("\n### ", 1)[0]
    (example,) = re.findall(r"```sh\n(curl .*?)```", section, re.DOTALL)
    words = shlex.split(example.replace("\\\n", " "))
    shown = words[words.index("-X") + 1] if "-X" in words else "GET"
    assert shown == method
    assert "$SERVER" + re.sub("(CAMPAIGN|USER|INVITE|SIGNIN|IMPORT|\\bN\\b)", r"$\1", path) in words


def test_examples_with_a_body_send_json() -> None:
    """What an example sends with -d is JSON."""
    for body in re.findall(r" -d '([^']*)'", TEXT):
        assert isinstance(json.loads(body), dict)


def test_there_is_an_app() -> None:
    """The routes can be added to an application: no two of them are in each other's way."""
    app = web.Application()
    app.add_routes(ROUTES)
