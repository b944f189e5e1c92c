"""Pages that need no server: styles, modules and what they show, all in one file."""

from __future__ import annotations

import base64
import re
from collections.abc import Iterable
from pathlib import Path

from transport.web.modules import FOLDER, IMPORT, modules_of
from transport.wire.json import wire_json

POLICY = "default-src 'none'; script-src 'unsafe-inline' data:; style-src 'unsafe-inline'; img-src data:"
"""Nothing may be loaded from anywhere, and nothing sent."""

_PREFIX = "fogbound/"


def head(entry: str, styles: Iterable[str], *, root: str = "", scheme: str = "light dark") -> bytes:
    """All up to what the page shows: the beginning of its <head>. `root` are attributes of <html>."""
    css = "".join((FOLDER / f"style/{name}.css").read_text(encoding="utf-8") for name in styles)
    imports = {_PREFIX + _name(module): _as_address(module) for module in modules_of(FOLDER / entry)}
    parts = [
        f'<!doctype html>\n<html lang="en"{root}>\n<head>\n<meta charset="utf-8">\n'.encode(),
        b'<meta name="viewport" content="width=device-width, initial-scale=1">\n',
        f'<meta http-equiv="Content-Security-Policy" content="{POLICY}">\n'.encode(),
        f'<meta name="color-scheme" content="{scheme}">\n<title>Fogbound</title>\n'.encode(),
        f"<style>\n{css}</style>\n".encode(),
        b'<script type="importmap">' + harmless(wire_json({"imports": imports})) + b"</script>\n",
    ]
    return b"".join(parts)


def tail(entry: str, body: str) -> bytes:
    """All after it: `body` are the classes of <body>, in which the module runs."""
    start = f'<script type="module">import "{_PREFIX}{entry}";</script>\n'
    return f'</head>\n<body class="{body}">\n{start}</body>\n</html>\n'.encode()


def block(name: str, content: object) -> bytes:
    """JSON that a module finds under that id."""
    return f'<script type="application/json" id="{name}">'.encode() + harmless(wire_json(content)) + b"</script>\n"


def harmless(json: bytes) -> bytes:
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
