"""Pictures of the land: when each hex was found, and how much of each terrain."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from math import cos, pi, sin
from typing import Literal

import plotly.graph_objects as go
from plotly.colors import sample_colorscale

from projections.hex_geometry import Hex, Point, center_of
from projections.layout import axial
from transport.analytics.report.look import AT_ONCE, FOG, SOFT, TIME, Section, figure, many, percent, plain
from transport.analytics.report.readings import CampaignReadings

MOST_HEXES = 20_000
"""On the picture: for so many a browser takes three seconds on a slow machine."""
_STEPS = 12
"""Colours on the map at most: as many as one can tell apart beside each other."""
_NARROW = 0.96


def hex_map(readings: CampaignReadings) -> Section | None:
    """Each hex in the colour of the evening in which somebody saw it first, and the others unless there are too many.

    None where there are no hexes, or still too many.
    """
    first = found_in(readings)
    everything = list(dict.fromkeys([*readings.terrain, *first]))
    hexes = everything if len(everything) <= MOST_HEXES else list(first)
    if not 0 < len(hexes) <= MOST_HEXES:
        return None
    last = max([1, *first.values()])
    steps = min(_STEPS, last)
    colours = sample_colorscale(list(map(list, TIME)), [n / max(1, steps - 1) for n in range(steps)])
    groups: dict[int, list[str]] = {}
    for key, evening in first.items():
        groups.setdefault(min(steps - 1, max(0, evening - 1) * steps // last), []).append(key)
    traces = [_outlines([key for key in hexes if key not in first], readings.orientation, FOG, "not found")]
    for step, keys in sorted(groups.items()):
        begin, end = -(-step * last // steps) + 1, -(-(step + 1) * last // steps)
        name = f"evening {begin}" if begin == end else f"evenings {begin} to {end}"
        traces.append(_outlines(keys, readings.orientation, colours[step], name))
    traces.append(_words(hexes, first, readings))
    made = figure(traces, "", "", height=640)
    made.update_layout(
        margin={"l": 10, "r": 10, "t": 30, "b": 10}, legend={"orientation": "v", "x": 1.01, "y": 1, "yanchor": "top"}
    )
    middles = list(_middles(hexes, readings.orientation))
    xs, ys = [middle.x for middle in middles], [middle.y for middle in middles]
    made.update_xaxes(visible=False, range=[min(xs) - 1, max(xs) + 1], constrain="domain")
    made.update_yaxes(visible=False, range=[max(ys) + 1, min(ys) - 1], scaleanchor="x")
    text = "Each hex in the colour of the evening in which somebody saw it first; pale is what nobody has seen."
    return Section("map", f"{len(first):,} of {many(len(everything), 'hex', 'hexes')} have been found", text, made)


def terrain(readings: CampaignReadings) -> Section | None:
    """How much of each has been seen by somebody. None without a map."""
    if not readings.terrain:
        return None
    found = {one.hex for one in readings.reveals}
    all_of = Counter(readings.terrain.values())
    known = Counter(kind for key, kind in readings.terrain.items() if key in found)
    kinds = sorted(all_of, key=lambda kind: (known[kind] / all_of[kind], kind))
    bars = go.Bar(
        x=[known[kind] / all_of[kind] for kind in kinds],
        y=[plain(kind) for kind in kinds],
        orientation="h",
        marker_color=AT_ONCE,
        text=[f"{known[kind]:,} of {all_of[kind]:,}" for kind in kinds],
        textposition="outside",
        textfont={"color": SOFT},
        cliponaxis=False,
        hovertemplate="%{y}: %{x:.0%}<extra></extra>",
    )
    made = figure([bars], "share found", "", height=90 + 26 * len(kinds))
    made.update_layout(margin={"l": 110, "r": 80, "t": 10, "b": 50})
    made.update_xaxes(tickformat=".0%", range=[0, 1.02], showgrid=True)
    made.update_yaxes(showgrid=False, type="category")
    all_, seen = sum(all_of.values()), sum(known.values())
    text = "How many hexes of each terrain somebody has seen, of those that are on the map; terrain as it is now."
    return Section("terrain", f"{percent(seen, all_)} of the land has been explored", text, made)


def found_in(readings: CampaignReadings) -> dict[str, int]:
    """The number of the evening in which each hex was first shown to somebody; between two of them, the coming one."""
    numbers = {one.session_id: one.number for one in readings.evenings}
    starts = [(one.started_at, one.number) for one in readings.evenings]
    first: dict[str, int] = {}
    for one in readings.reveals:
        if one.hex not in first:
            coming = next((number for start, number in starts if start > one.at), len(starts) or 1)
            first[one.hex] = numbers.get(one.session_id, coming) if one.session_id is not None else coming
    return first


def _outlines(keys: Sequence[str], orientation: Literal["flat", "pointy"], colour: str, name: str) -> go.Scatter:
    """One trace for all of them: its line leaves off between one hex and the next."""
    turn = 0 if orientation == "flat" else pi / 6
    corners = [(cos(turn + n * pi / 3) * _NARROW, sin(turn + n * pi / 3) * _NARROW) for n in range(7)]
    xs: list[float | None] = []
    ys: list[float | None] = []
    for middle in _middles(keys, orientation):
        xs += [*(round(middle.x + x, 3) for x, _ in corners), None]
        ys += [*(round(middle.y + y, 3) for _, y in corners), None]
    return go.Scatter(
        x=xs, y=ys, fill="toself", fillcolor=colour, mode="lines", line={"width": 0}, name=name, hoverinfo="skip"
    )


def _words(keys: Sequence[str], first: Mapping[str, int], readings: CampaignReadings) -> go.Scatter:
    """What is said of the hex under the pointer."""
    middles = list(_middles(keys, readings.orientation))
    said = [
        f"{key} {plain(readings.terrain.get(key, ''))}: " + (f"evening {first[key]}" if key in first else "not found")
        for key in keys
    ]
    return go.Scatter(
        x=[round(middle.x, 3) for middle in middles],
        y=[round(middle.y, 3) for middle in middles],
        text=said,
        mode="markers",
        marker={"opacity": 0, "size": 10},
        hovertemplate="%{text}<extra></extra>",
        showlegend=False,
    )


def _middles(keys: Iterable[str], orientation: Literal["flat", "pointy"]) -> Iterable[Point]:
    return (center_of(Hex(*axial(key)), orientation) for key in keys)
