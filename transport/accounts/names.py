"""What people and campaigns may be called."""

from __future__ import annotations

import unicodedata
from typing import Annotated

from pydantic import AfterValidator, Field
from pydantic.config import JsonDict

MAX_PERSON_NAME = 64
MAX_CAMPAIGN_NAME = 100

# Control, format (bidi overrides, zero-width characters), surrogates and private use: none of them can be
# seen, and with some of them one name passes for another.
_UNSEEN = frozenset({"Cc", "Cf", "Cs", "Co"})
# Blank by look, though Unicode counts them as letters, marks or symbols: Hangul fillers, the combining
# grapheme joiner, two Khmer vowels and the empty Braille cell.
_BLANKS = frozenset("\u115f\u1160\u3164\uffa0\u034f\u17b4\u17b5\u2800")


_MOST_TYPED = 640
"""Characters before they are put together. Longer texts are not looked at: to order very many accents takes seconds."""


def clean_name(text: str, longest: int) -> str:
    """The name in NFC, trimmed, with every run of white space as one space.

    Raises ValueError when nothing can be seen of it, when it is longer than `longest` characters, or when it
    holds characters that serve to deceive.
    """
    if len(text) > _MOST_TYPED:
        raise ValueError(f"a name has at most {longest} characters")
    name = " ".join(unicodedata.normalize("NFC", text).split())
    if any(unicodedata.category(char) in _UNSEEN or char in _BLANKS for char in name):
        raise ValueError("a name has no control, invisible or direction-changing characters")
    if all(unicodedata.category(char)[0] in "MZ" for char in name):
        raise ValueError("a name has at least one visible character")
    if len(name) > longest:
        raise ValueError(f"a name has at most {longest} characters")
    return name


def _person_name(text: str) -> str:
    return clean_name(text, MAX_PERSON_NAME)


def _campaign_name(text: str) -> str:
    return clean_name(text, MAX_CAMPAIGN_NAME)


def _described(longest: int) -> JsonDict:
    return {"minLength": 1, "description": f"At most {longest} characters, of which at least one can be seen."}


PersonName = Annotated[str, AfterValidator(_person_name), Field(json_schema_extra=_described(MAX_PERSON_NAME))]
CampaignName = Annotated[str, AfterValidator(_campaign_name), Field(json_schema_extra=_described(MAX_CAMPAIGN_NAME))]
