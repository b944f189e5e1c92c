"""Whether terrains can be told apart, by everybody."""

from __future__ import annotations

from itertools import combinations
from math import dist

import pytest
from playwright.async_api import Page

pytestmark = pytest.mark.asyncio(loop_scope="session")

LOOKS = """async () => {
    const { USUAL_TERRAINS, lookOf } = await import("/static/map/terrains.js");
    return Object.fromEntries([...USUAL_TERRAINS, "unknown", "made up"].map((name) => [name, lookOf(name)]));
}"""
# Machado, Oliveira and Fernandes 2009, severity 1, for linear RGB.
EYES = {
    "usual": ((1, 0, 0), (0, 1, 0), (0, 0, 1)),
    "protanopia": (
        (0.152286, 1.052583, -0.204868),
        (0.114503, 0.786281, 0.099216),
        (-0.003882, -0.048116, 1.051998),
    ),
    "deuteranopia": (
        (0.367322, 0.860646, -0.227968),
        (0.280085, 0.672501, 0.047413),
        (-0.011820, 0.042940, 0.968881),
    ),
    "tritanopia": (
        (1.255528, -0.076749, -0.178779),
        (-0.078411, 0.930809, 0.147602),
        (0.004733, 0.691367, 0.303900),
    ),
}
LEAST_DIFFERENCE = 10.0
"""Of CIE Lab: about 2 is what an eye can just tell apart side by side."""


def linear(colour: str) -> list[float]:
    parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    return [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]


def seen(rgb: list[float], eye: str) -> tuple[float, float, float]:
    """The colour in CIE Lab (D65), as that eye sees it."""
    r, g, b = (min(1, max(0, sum(k * c for k, c in zip(row, rgb, strict=True)))) for row in EYES[eye])
    xyz = (
        (0.4124 * r + 0.3576 * g + 0.1805 * b) / 0.95047,
        0.2126 * r + 0.7152 * g + 0.0722 * b,
        (0.0193 * r + 0.1192 * g + 0.9505 * b) / 1.08883,
    )
    x, y, z = (t ** (1 / 3) if t > 0.008856 else 7.787 * t + 16 / 116 for t in xyz)
    return 116 * y - 16, 500 * (x - y), 200 * (y - z)


@pytest.mark.parametrize("eye", EYES)
async def test_colours_stay_apart_for_every_eye(modules: Page, eye: str) -> None:
    """No two grounds look alike, whichever of the three kinds of cones is missing."""
    looks = await modules.evaluate(LOOKS)
    lab = {name: seen(linear(look["color"]), eye) for name, look in looks.items()}
    close = {
        (one, other): round(dist(lab[one], lab[other]), 1)
        for one, other in combinations(lab, 2)
        if dist(lab[one], lab[other]) < LEAST_DIFFERENCE
    }
    assert close == {}


async def test_every_terrain_has_a_mark_of_its_own(modules: Page) -> None:
    """Without any colour the marks still tell all terrains apart, and each stands out from its ground."""
    looks = await modules.evaluate(LOOKS)
    assert len({look["mark"] for look in looks.values()}) == len(looks)
    for name, look in looks.items():
        ground, ink = (seen(linear(look[part]), "usual")[0] for part in ("color", "ink"))
        assert abs(ground - ink) > 30, name
