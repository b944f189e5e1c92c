"""What the documents say about settings."""

from __future__ import annotations

import re

from tests.docs.pages import Page, all_pages, page, ticked
from transport.settings import Settings

DEFAULTS = {f"FOGBOUND_{name.upper()}": field.default for name, field in Settings.model_fields.items()}
_UNITS = {"KiB": 1024, "MiB": 1024 * 1024, "MB": 1, "s": 1, "a second": 1, "": 1}


def documented(document: Page) -> list[tuple[str, str]]:
    """Every setting that a table gives a default for; a row may give several, separated by commas."""
    pairs: list[tuple[str, str]] = []
    for row in document.rows():
        if "setting" in row and "default" in row:
            names = ticked(row["setting"])
            values = row["default"].split(", ") if len(names) > 1 else [row["default"]]
            pairs += zip(names, values, strict=True)
    return pairs


def is_said_by(default: object, words: str) -> bool:
    """Whether a table's words mean this default."""
    words = words.strip("`")
    if default is None or default == ():
        return words == "none"
    number = re.fullmatch(r"([\d,.]+) ?(\D*)", words)
    if isinstance(default, int | float) and not isinstance(default, bool):
        return number is not None and float(number[1].replace(",", "")) * _UNITS[number[2]] == default
    return words == str(default).lower()


def test_every_setting_is_documented_once() -> None:
    """configuration.md has a row with a meaning for each setting, and none for one that doesn't exist."""
    configuration = page("docs/configuration.md")
    assert sorted(name for name, _ in documented(configuration)) == sorted(DEFAULTS)
    assert all(len(row["meaning"]) > 10 for row in configuration.section("Settings").rows())


def test_documented_defaults_are_the_programs() -> None:
    """Wherever a table gives a default, a server without this setting does just that."""
    said = [(document.name, name, words) for document in all_pages() for name, words in documented(document)]
    wrong = [(place, name, words) for place, name, words in said if not is_said_by(DEFAULTS.get(name), words)]
    assert not wrong
    assert {place for place, _, _ in said} >= {"docs/configuration.md", "docs/protocol.md"}


def test_no_page_names_a_setting_that_does_not_exist() -> None:
    """Every FOGBOUND_ name in any document is a setting."""
    for document in all_pages():
        assert set(re.findall(r"FOGBOUND_[A-Z_]*[A-Z]", document.text)) <= DEFAULTS.keys(), document.name
