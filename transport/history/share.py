"""A session as one player saw it, as a single page that replays it without a server and holds nothing else."""

from __future__ import annotations

import base64
import re
from pathlib import Path

from projections.people import Member
from projections.session_list import WireSession
from transport.history.telling import Lines
from transport.pages.modules import FOLDER, IMPORT, modules_of
from transport.wire_json import wire_json

STYLES = ("page", "map", "table", "replay")
POLICY = "default-src 'none'; script-src 'unsafe-inline' data:; style-src 'unsafe-inline'; img-src data:"
"""Nothing may be loaded from anywhere, and nothing sent."""

_PREFIX = "fogbound/"


class Share:
    """Made in three parts, so that no more than a batch of lines has to be in memory."""

    def __init__(self, name: str, orientation: str, session: WireSession, player: Member) -> None:
        """`name` is the campaign's; `session` its figures for the player."""
        viewer = {"userId": player.user_id, "name": player.name}
        self._about = {"name": name, "orientation": orientation, "session": session, "viewer": viewer}

    def head(self) -> bytes:
        """All up to the first line."""
        styles = "".join((FOLDER / f"style/{name}.css").read_text(encoding="utf-8") for name in STYLES)
        modules = modules_of(FOLDER / "replay.js")
        imports = {_PREFIX + _name(module): _as_address(module) for module in modules}
        parts = [
            b'<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n',
            b'<meta name="viewport" content="width=device-width, initial-scale=1">\n',
            f'<meta http-equiv="Content-Security-Policy" content="{POLICY}">\n'.encode(),
            b'<meta name="color-scheme" content="light dark">\n<title>Fogbound</title>\n',
            f"<style>\n{styles}</style>\n".encode(),
            b'<script type="importmap">' + _harmless(wire_json({"imports": imports})) + b"</script>\n",
            b'<script type="application/json" id="share">' + _harmless(wire_json(self._about)) + b"</script>\n",
            b'<script type="application/x-ndjson" id="timeline">\n',
        ]
        return b"".join(parts)

    def lines(self, lines: Lines) -> bytes:
        """The next lines of the timeline."""
        return b"".join([_harmless(wire_json(line)) + b"\n" for line in lines])

    def tail(self) -> bytes:
        """All after the last line."""
        start = f'<script type="module">import "{_PREFIX}replay.js";</script>\n'
        return f'</script>\n</head>\n<body class="table replay">\n{start}</body>\n</html>\n'.encode()


def _harmless(json: bytes) -> bytes:
    """The same JSON, in which nothing ends the script around it."""
    return json.replace(b"<", b"\\u003c")


def _name(module: Path) -> str:
    return module.relative_to(FOLDER).as_posix()


def _as_address(module: Path) -> str:
    """The module as an address of its own. It has no folder, so what it imports goes by names, not by ways."""

    def named(found: re.Match[str]) -> str:
        path = (module.parent / found[1]).resolve()
        return found[0].replace(f'"{found[1]}"', f'"{_PREFIX}{_name(path)}"')

    code = IMPORT.sub(named, module.read_text(encoding="utf-8"))
    return f"data:text/javascript;base64,{base64.b64encode(code.encode()).decode()}"
