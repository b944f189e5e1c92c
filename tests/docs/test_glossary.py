"""The glossary has one word for each thing, and the code has no other one."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from itertools import chain

from tests.docs.pages import ROOT, page

SECTIONS = ("The log", "What is seen", "The people", "The servers")


def rows() -> list[dict[str, str]]:
    return [row for section in SECTIONS for row in page("docs/glossary.md").section(section).rows()]


def words(name: str) -> list[str]:
    """Of a name in any of the usual cases, in lower case."""
    return re.findall(r"[a-z]+", re.sub(r"([A-Z]+)", r" \1", name).lower())


def names() -> Iterator[tuple[str, str]]:
    """Each module, class and function of the program, and where it is."""
    for folder in ("domain", "projections", "transport", "migrations"):
        for path in ROOT.joinpath(folder).rglob("*.py"):
            yield path.stem, str(path)
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
                if isinstance(node, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
                    yield node.name, f"{path}:{node.lineno}"


def test_each_word_stands_for_one_thing() -> None:
    found = [row["word"] for row in rows()]
    assert len(found) > 25
    assert len(found) == len(set(found))
    assert all(row["what it means"] for row in rows())


def test_nothing_has_a_second_name() -> None:
    """What stands under `not` is in no name."""
    wrong = set(chain.from_iterable(row["not"].split(", ") for row in rows())) - {""}
    assert len(wrong) > 8
    assert [place for name, place in names() if wrong & set(words(name))] == []
