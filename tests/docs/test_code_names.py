"""Files and functions that the documents name."""

from __future__ import annotations

import ast
import re

import pytest

from tests.docs.pages import ROOT, Page, all_pages, ticked

OURS = re.compile(r"(?:domain|projections|transport|migrations|tests|docs|examples)/")


def code_names(document: Page) -> list[str]:
    """What stands in backticks and begins with a folder of ours."""
    return [word for word in ticked(document.prose) if OURS.match(word) and " " not in word]


def exists(name: str) -> bool:
    """Whether `folder/`, `path/file` or `path/file.py:Class.function` is there."""
    path, _, inside = name.partition(":")
    file = ROOT / path
    if not inside:
        return file.is_dir() if path.endswith("/") else file.is_file()
    return file.is_file() and _defines(ast.parse(file.read_text(encoding="utf-8")).body, inside.split("."))


def _defines(body: list[ast.stmt], names: list[str]) -> bool:
    for statement in body:
        match statement:
            case ast.ClassDef(name=name, body=inner) if name == names[0]:
                return not names[1:] or _defines(inner, names[1:])
            case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name) if [name] == names:
                return True
            case ast.Assign(targets=[ast.Name(name)]) | ast.AnnAssign(target=ast.Name(name)) if [name] == names:
                return True
    return False


@pytest.mark.parametrize("document", all_pages(), ids=lambda document: document.name)
def test_what_is_named_exists(document: Page) -> None:
    """Each file, class and function that a document names is where it says."""
    assert [name for name in code_names(document) if not exists(name)] == []


@pytest.mark.parametrize(
    "name",
    [
        "transport/nowhere.py",
        "transport/rooms/room.py:Room.nothing",
        "transport/rooms/room.py:nothing",
        "domain/nothing/",
    ],
)
def test_what_is_not_there_is_found_out(name: str) -> None:
    """The test above looks inside files and classes."""
    assert not exists(name)
