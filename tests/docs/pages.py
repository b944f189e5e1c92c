"""The project's documents as tests read them: headings, tables, examples and what stands in backticks."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]

_FENCED = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_HEADING = re.compile(r"^(#+) (.+)$", re.MULTILINE)


def ticked(text: str) -> list[str]:
    """What stands in backticks."""
    return re.findall(r"`([^`\n]+)`", text)


@dataclass(frozen=True)
class Page:
    """A document, or one section of it."""

    path: Path
    text: str

    @property
    def name(self) -> str:
        """Where it lies in the repository."""
        return self.path.relative_to(ROOT).as_posix()

    @cached_property
    def prose(self) -> str:
        """The text without fenced examples."""
        return _FENCED.sub("", self.text)

    def headings(self) -> list[str]:
        """All headings, in order."""
        return [title for _, title in _HEADING.findall(self.prose)]

    def section(self, title: str) -> Page:
        """From a heading to the next one of the same or a higher level."""
        found = next((match for match in _HEADING.finditer(self.text) if match[2] == title), None)
        assert found is not None, f"{self.name} has no section {title!r}"
        level, rest = len(found[1]), self.text[found.end() :]
        end = re.search(rf"^#{{1,{level}}} ", rest, re.MULTILINE)
        return Page(self.path, rest[: end.start()] if end else rest)

    def rows(self) -> list[dict[str, str]]:
        """The rows of all tables, each by the headers of its columns."""
        rows: list[dict[str, str]] = []
        headers: list[str] = []
        for line in self.prose.splitlines():
            if not line.startswith("|"):
                headers = []
                continue
            cells = [cell.strip() for cell in line.strip().strip("|").split("|")]
            if not headers:
                headers = cells
            elif any(cell.strip("-") for cell in cells):
                rows.append(dict(zip(headers, cells, strict=True)))
        return rows

    def examples(self, language: str) -> list[str]:
        """The fenced blocks of a language."""
        return [body for marked, body in _FENCED.findall(self.text) if marked == language]

    def json_examples(self) -> list[Any]:
        """The values of all JSON blocks, of which one may hold several."""
        return [value for block in self.examples("json") for value in _values(block)]


def page(name: str) -> Page:
    """One document, by its place in the repository."""
    path = ROOT / name
    return Page(path, path.read_text(encoding="utf-8"))


def all_pages() -> list[Page]:
    """Every document that is written for people."""
    files = [*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md"), *ROOT.glob("examples/*.md")]
    return [page(file.relative_to(ROOT).as_posix()) for file in sorted(files)]


def anchors(document: Page) -> set[str]:
    """The names under which its headings can be linked to, as code hosts make them."""
    seen: dict[str, int] = {}
    for heading in document.headings():
        name = re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-")
        seen[name] = seen.get(name, -1) + 1
    return {f"{name}-{n}" if n else name for name, last in seen.items() for n in range(last + 1)}


def _values(block: str) -> Iterator[Any]:
    decoder, at = json.JSONDecoder(), 0
    while at < len(block):
        value, at = decoder.raw_decode(block, at)
        yield value
        at += len(block[at:]) - len(block[at:].lstrip())
