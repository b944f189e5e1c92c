"""The modules of the pages, and which of them import which."""

from __future__ import annotations

import re
from pathlib import Path

FOLDER = Path(__file__).resolve().parent / "static"
IMPORT = re.compile(r'^import .* from "(\.[^"]+)";$', re.MULTILINE)
"""Each import stands on a line of its own."""


def modules_of(entry: Path) -> list[Path]:
    """The entry and all modules that it needs, each once, those first that are found first."""
    found, seen = [entry], {entry}
    for module in found:
        for imported in IMPORT.findall(module.read_text(encoding="utf-8")):
            path = (module.parent / imported).resolve()
            if path not in seen:
                seen.add(path)
                found.append(path)
    return found
