"""Draws which folder imports which, from the imports themselves: `python -m tests.docs.layout`.

A row imports the columns in which it has a dot. Imports point down where no dot is left of the diagonal.
"""

from __future__ import annotations

import ast
import tomllib
from html import escape

import grimp

from tests.docs.pages import ROOT

PICTURE = ROOT / "docs" / "pictures" / "layout.svg"

ROW, CELL, TOP, NAMES, WORDS, RIGHT = 30, 24, 140, 150, 640, 70

_STYLE = """
  text { font: 14px system-ui, sans-serif; fill: #1f2328 }
  .name { font-weight: 600 } .words { fill: #57606a; font-size: 13px }
  .dot { fill: #0969da } .self { fill: #d0d7de } .grid { stroke: #d0d7de } .back { fill: #ffffff }
  @media (prefers-color-scheme: dark) {
    text { fill: #e6edf3 } .words { fill: #9198a1 }
    .dot { fill: #4493f8 } .self { fill: #3d444d } .grid { stroke: #3d444d } .back { fill: #0d1117 }
  }
"""


def folders() -> list[str]:
    """From the top down: those inside transport as the contract in pyproject.toml orders them, then the packages."""
    contracts = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["importlinter"][
        "contracts"
    ]
    [inside] = [one for one in contracts if one.get("containers") == ["transport"]]
    layers = [name.strip() for layer in inside["layers"] for name in layer.split("|")]
    return [*(f"transport.{name}" for name in layers), "projections", "domain", "migrations"]


def what_it_holds(folder: str) -> str:
    """The first sentence of its docstring."""
    path = ROOT.joinpath(*folder.split("."))
    file = path / "__init__.py" if path.is_dir() else path.with_suffix(".py")
    text = ast.get_docstring(ast.parse(file.read_text(encoding="utf-8"))) or ""
    return text.split("\n\n")[0].replace("\n", " ").split(". ")[0].split("; ")[0].rstrip(".").replace("`", "")


def picture() -> str:
    """As SVG, which follows the reader's light or dark."""
    rows = folders()
    graph = grimp.build_graph("domain", "projections", "transport", "migrations")
    width, height = NAMES + WORDS + CELL * len(rows) + RIGHT, TOP + ROW * len(rows) + 10
    lines = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" role="img"',
        '  aria-label="Folders from the top down, and which of them import which: each imports only those below.">',
        f"<style>{_STYLE}</style>",
        f'<rect class="back" width="{width}" height="{height}"/>',
    ]
    for n, row in enumerate(rows):
        y = TOP + ROW * n
        middle = y + ROW / 2
        name = row.removeprefix("transport.")
        x = NAMES + WORDS + CELL * (n + 0.5)
        lines += [
            f'<text x="{x + 5}" y="{TOP - 8}" transform="rotate(-60 {x + 5} {TOP - 8})">{name}</text>',
            f'<line class="grid" x1="10" x2="{width - RIGHT}" y1="{y + ROW}" y2="{y + ROW}"/>',
            f'<text class="name" x="10" y="{middle + 5}">{name}</text>',
            f'<text class="words" x="{NAMES}" y="{middle + 5}">{escape(what_it_holds(row))}</text>',
            f'<rect class="self" x="{x - 5}" y="{middle - 5}" width="10" height="10"/>',
        ]
        for m, column in enumerate(rows):
            if m != n and _imports(graph, row, column):
                lines.append(f'<circle class="dot" cx="{NAMES + WORDS + CELL * (m + 0.5)}" cy="{middle}" r="5"/>')
    return "\n".join([*lines, "</svg>", ""])


def _imports(graph: grimp.ImportGraph, row: str, column: str) -> bool:
    inside = {row, *graph.find_descendants(row)}
    imported = {module for one in inside for module in graph.find_modules_directly_imported_by(one)}
    return bool(imported & {column, *graph.find_descendants(column)})


if __name__ == "__main__":
    PICTURE.write_text(picture(), encoding="utf-8")
