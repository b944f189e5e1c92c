from __future__ import annotations

import pytest
from rich.style import Style
from rich.text import Text

from transport.rehearsal.picture import LOOKS, OTHER, look_of, picture

FOUR_FLAT = ("0,0", "1,0", "0,1", "1,1")
"""Two columns, the right one half a hex lower, two hexes each."""


def lines(drawn: Text) -> list[str]:
    return drawn.plain.rstrip("\n").split("\n")


def colours_at(drawn: Text, line: int, character: int) -> tuple[str | None, str | None]:
    """(upper, lower) as drawn there: foreground and background of the half block."""
    place = sum(len(one) + 1 for one in drawn.plain.split("\n")[:line]) + character
    style = next(span.style for span in drawn.spans if span.start <= place < span.end)
    assert isinstance(style, Style)
    front = style.color.name if style.color else None
    back = style.bgcolor.name if style.bgcolor else None
    return {"▀": (front, back), "▄": (back, front), " ": (back, back)}[drawn.plain[place]]


def test_letters_stand_like_flat_hexes() -> None:
    """Without colours every column is two lines a hex, and every second one begins a line lower."""
    known = dict(zip(FOUR_FLAT, ("forest", "water", "desert", "urban"), strict=True))
    assert lines(picture(known, FOUR_FLAT, "flat", colours=False)) == [
        "F",
        "  ~",
        "D",
        "  #",
    ]


def test_letters_stand_like_pointy_hexes() -> None:
    """Every second row begins one character further right."""
    known = dict.fromkeys(("0,0", "1,0", "0,1", "1,1"), "forest")
    assert lines(picture(known, known, "pointy", colours=False)) == ["F F", " F F"]


def test_fog_is_dots() -> None:
    """A hex that is not known is a dot, with colours and without."""
    assert lines(picture({"0,0": "forest"}, FOUR_FLAT, "flat", colours=False)) == ["F", "  ·", "·", "  ·"]
    drawn = picture({}, FOUR_FLAT, "flat", colours=True)
    assert lines(drawn) == ["· . ", "· . ", "    "]


def test_the_picture_begins_at_the_westernmost_and_northernmost_hex() -> None:
    """Where the map lies on the grid of coordinates makes no difference."""
    moved = [f"{int(q) - 700},{int(r) + 900}" for q, r in (key.split(",") for key in FOUR_FLAT)]
    here = picture(dict.fromkeys(FOUR_FLAT, "forest"), FOUR_FLAT, "flat", colours=False)
    assert picture(dict.fromkeys(moved, "forest"), moved, "flat", colours=False).plain == here.plain


def test_flat_hexes_are_half_a_hex_lower_in_every_second_column() -> None:
    """With colours a character shows the lower half of one hex over the upper half of the next."""
    known = dict(zip(FOUR_FLAT, ("forest", "water", "desert", "urban"), strict=True))
    drawn = picture(known, FOUR_FLAT, "flat", colours=True)
    forest, water, desert, urban = (LOOKS[known[key]].colour for key in FOUR_FLAT)
    assert [colours_at(drawn, line, 0) for line in (0, 1)] == [(forest, forest), (desert, desert)]
    assert [colours_at(drawn, line, 2) for line in (0, 1, 2)] == [(None, water), (water, urban), (urban, None)]
    assert colours_at(drawn, 1, 3) == (water, urban)


def test_pointy_hexes_are_two_characters_of_colour() -> None:
    """With colours a pointy hex is two blanks on its terrain's colour; fog is a dot in the first of them."""
    drawn = picture({"1,0": "swamp"}, ("0,0", "1,0", "0,1"), "pointy", colours=True)
    swamp = LOOKS["swamp"].colour
    assert lines(drawn) == ["·   ", " ·  "]
    assert colours_at(drawn, 0, 2) == colours_at(drawn, 0, 3) == (swamp, swamp)


@pytest.mark.parametrize("colours", [True, False])
def test_no_map(colours: bool) -> None:
    """A map without hexes is an empty picture."""
    assert picture({}, (), "flat", colours=colours).plain.strip() == ""


def test_own_terrains_have_a_look() -> None:
    """A terrain that is not among the usual ones is drawn too."""
    assert look_of("floating castle") == OTHER
    assert look_of("forest") == LOOKS["forest"]


def test_looks_can_be_told_apart() -> None:
    """No two terrains share a colour or a letter."""
    looks = [*LOOKS.values(), OTHER]
    assert len({look.colour for look in looks}) == len({look.letter for look in looks}) == len(looks)
