"""What people and campaigns may be called."""

from __future__ import annotations

import unicodedata
from types import SimpleNamespace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from transport.accounts import names
from transport.accounts.names import clean_name


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("Ada", "Ada"),
        ("  Ada  Lovelace ", "Ada Lovelace"),
        ("Ada\t\r\n\u00a0\u3000Lovelace", "Ada Lovelace"),
        ("Zoe\u0308", "Zo\u00eb"),
        ("\u212bngstr\u00f6m", "\u00c5ngstr\u00f6m"),
        ("李雷", "李雷"),
        ("עדה", "עדה"),
        ("O'Brien <b>&amp;", "O'Brien <b>&amp;"),
        ("❤\ufe0f", "❤\ufe0f"),
        ("\U0001f9d9", "\U0001f9d9"),
        ("x" * 64, "x" * 64),
        ("e\u0301" * 64, "\u00e9" * 64),
    ],
)
def test_good_names_are_normalised(text: str, name: str) -> None:
    """NFC, trimmed, white space folded; every script and plain punctuation is welcome."""
    assert clean_name(text, 64) == name


@pytest.mark.parametrize(
    "text",
    [
        "",
        "   ",
        "\u00a0\u2003\u3000",
        "x" * 65,
        "\u0958" * 33,  # NFC makes two characters of each
        "Ada\x00",
        "Ada\x07",
        "Ada\x1b[31m",
        "Ada\x7f",
        "\ud800",
        "Ada\udfff",
        "Ada\u202etxt.exe",
        "\u2066Ada\u2069",
        "\u200eAda",
        "Ad\u200ba",
        "Ad\u200da",
        "Ada\ufeff",
        "Ad\u00ada",
        "A\u2060da",
        "\U000e0041da",
        "Ada\ue000",
        "\u3164",
        "\u115fAda",
        "\u2800",
        "Ad\u034fa",
        "\u0301",
        "\ufe0f\u20e3",
    ],
)
def test_bad_names_are_refused(text: str) -> None:
    """Nothing to see, too long, or characters that are there to deceive."""
    with pytest.raises(ValueError, match="a name has"):
        clean_name(text, 64)


@given(st.text(alphabet=st.characters(), max_size=80))
def test_what_passes_is_clean(text: str) -> None:
    """A name that passes stays as it is when cleaned again, is in NFC, and fits the table."""
    try:
        name = clean_name(text, 64)
    except ValueError:
        return
    assert clean_name(name, 64) == name
    assert unicodedata.is_normalized("NFC", name)
    assert 1 <= len(name) <= 64
    assert name == name.strip()
    assert not {unicodedata.category(char) for char in name} & {"Cc", "Cf", "Cs", "Zl", "Zp"}
    assert name.encode("utf-8")


def test_a_flood_of_accents_is_not_looked_at(monkeypatch: pytest.MonkeyPatch) -> None:
    """To put very many in order takes Python seconds, in which nobody is served."""
    looked_at = list[int]()

    def normalize(_form: str, text: str) -> str:
        looked_at.append(len(text))
        return unicodedata.normalize("NFC", text)

    monkeypatch.setattr(names, "unicodedata", SimpleNamespace(normalize=normalize, category=unicodedata.category))
    for count in (40, 320, 3_200, 16_000):
        with pytest.raises(ValueError, match="at most 64 characters"):
            clean_name("a" + "\u0300" * count + "\u0316" * count, 64)
    assert clean_name("Ada", 64) == "Ada"
    assert looked_at == [81, 3]
