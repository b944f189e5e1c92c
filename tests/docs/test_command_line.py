"""What the documents say about commands."""

from __future__ import annotations

import re
import subprocess
import sys
from typing import Any

import pytest
from typer.core import TyperGroup
from typer.main import get_command

from tests.docs.pages import ROOT, Page, all_pages, page, ticked
from transport.cli.app import app


def verbs(group: Any, words: tuple[str, ...] = ()) -> dict[tuple[str, ...], Any]:
    """Every verb of the program by its words."""
    if not isinstance(group, TyperGroup):
        return {words: group}
    found: dict[tuple[str, ...], Any] = {words: group} if group.invoke_without_command and words else {}
    for name, command in group.commands.items():
        found |= verbs(command, (*words, name))
    return found


VERBS = verbs(get_command(app))


def arguments(command: Any) -> list[str]:
    """Its arguments as a usage line shows them."""
    return [one.metavar or one.name.upper() for one in command.params if one.param_type_name == "argument"]


def options(command: Any) -> dict[str, object]:
    """Its options, each with its default; None for what has none."""
    found = {one.opts[0]: one.default for one in command.params if one.param_type_name == "option"}
    return {name: None if default is False else default for name, default in found.items()}


def usage(words: tuple[str, ...]) -> str:
    """The heading under which a verb is documented."""
    return "`" + " ".join(["fogbound", *words, *arguments(VERBS[words])]) + "`"


def is_said_by(default: object, words: str) -> bool:
    """Whether a table's words mean this default. What has none may fall back to a setting."""
    if default is None:
        return words == "" or words.startswith("FOGBOUND_")
    if isinstance(default, float):
        return float(words) == default
    return words == str(default)


def shown_commands(document: Page) -> list[list[str]]:
    """The words of every `fogbound ...` in the text and in the examples."""
    shell = "\n".join(document.examples("sh"))
    lines = [*ticked(document.prose), *(line.partition(" #")[0] for line in shell.splitlines())]
    return [line.split()[1:] for line in lines if re.match(r"(\S*/)?fogbound ", line)]


def test_every_verb_is_documented() -> None:
    """configuration.md has a section for each verb, with its arguments, and none for one that doesn't exist."""
    headings = [one for one in page("docs/configuration.md").headings() if one.startswith("`fogbound")]
    assert sorted(headings) == sorted(usage(words) for words in VERBS)


@pytest.mark.parametrize("words", VERBS, ids=" ".join)
def test_every_option_is_documented(words: tuple[str, ...]) -> None:
    """The section's table has just the options of the verb, with their defaults."""
    rows = page("docs/configuration.md").section(usage(words)).rows()
    said = {row["option"].strip("`"): row["default"].strip("`") for row in rows}
    wanted = options(VERBS[words])
    assert said.keys() == wanted.keys()
    assert not [name for name, default in wanted.items() if not is_said_by(default, said[name])]


@pytest.mark.parametrize("document", all_pages(), ids=lambda document: document.name)
def test_shown_commands_exist(document: Page) -> None:
    """Every `fogbound ...` in any document is a verb, or the beginning of some, with options that it has."""
    for shown in shown_commands(document):
        words = tuple(word for word in shown if re.fullmatch(r"[a-z]+", word))
        fitting = [VERBS[verb] for verb in VERBS if verb == words[: len(verb)] or verb[: len(words)] == words]
        assert fitting, shown
        known = {name for command in fitting for name in options(command)}
        assert {word for word in shown if word.startswith("--")} <= known, shown


def test_shown_verbs_of_dev_exist() -> None:
    """Every `python3 dev.py VERB` in any document is one."""
    told = subprocess.run(
        [sys.executable, ROOT / "dev.py", "help"], capture_output=True, text=True, check=True, timeout=30
    )
    exist = set(re.findall(r"^  ([a-z]+) ", told.stdout, re.MULTILINE))
    shown = {verb for document in all_pages() for verb in re.findall(r"dev\.py ([a-z]+)", document.text)}
    assert {"play", "test"} <= shown <= exist
