"""Pictures of the evenings of a campaign, and of the people who came."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from itertools import pairwise

import plotly.graph_objects as go

from transport.analytics.report.look import (
    AT_ONCE,
    OUTCOMES,
    PAUSED,
    PEOPLE,
    Section,
    day,
    figure,
    lasting,
    many,
    plain,
)
from transport.analytics.report.readings import CampaignReadings, Evening, Outcome, Reveal

NameOf = Callable[[str], str]

_HOUR = 3_600_000
_BAR_DAYS = 4
_MARGIN = timedelta(days=7)


def evenings(played: Sequence[Evening]) -> Section:
    """When they were, and how long."""
    starts = [one.started_at for one in played]
    width = _bar_width(starts)
    texts = [f"Evening {one.number}, {day(one.started_at)}" for one in played]
    longest = max(one.active_hours + one.paused_hours for one in played)
    unit, factor = ("hours", 1) if longest >= 1 else ("minutes", 60)
    bars = [
        go.Bar(
            x=starts,
            y=[getattr(one, f"{what}_hours") * factor for one in played],
            customdata=texts,
            name=name,
            marker_color=colour,
            width=width,
            hovertemplate=f"%{{customdata}}: %{{y:.1f}} {unit} {name}<extra></extra>",
        )
        for what, name, colour in (("active", "played", AT_ONCE), ("paused", "paused", PAUSED))
    ]
    made = figure(bars, "", unit)
    made.update_layout(barmode="stack")
    made.update_xaxes(range=[starts[0] - _MARGIN, starts[-1] + _MARGIN])
    seconds = sum(one.active_hours for one in played) * 3600
    text = "A bar is an evening: how long it was played, and how long it was paused. Gaps are weeks without one."
    return Section("evenings", f"{many(len(played), 'evening')}, {lasting(seconds, in_days=False)} of play", text, made)


def attendance(readings: CampaignReadings, name_of: NameOf) -> Section | None:
    """Who was there for which part of each evening. None when nobody was."""
    played = [one for one in readings.evenings if one.ended_at > one.started_at]
    people = sorted({person for _, person in readings.stays}, key=lambda one: (one in readings.dms, name_of(one)))
    if not played or not people:
        return None

    def share(one: Evening, person: str) -> float:
        whole = (one.ended_at - one.started_at).total_seconds()
        return min(1.0, readings.stays.get((one.session_id, person), 0) / whole)

    shares = [[share(one, person) for one in played] for person in people]
    names = [plain(name_of(person)) + (" (DM)" if person in readings.dms else "") for person in people]
    heat = go.Heatmap(
        x=[one.number for one in played],
        y=names,
        z=shares,
        zmin=0,
        zmax=1,
        colorscale=[[0, "#f4f1e8"], [1, AT_ONCE]],
        xgap=1,
        ygap=3,
        colorbar={"tickformat": ".0%", "thickness": 12, "outlinewidth": 0},
        hovertemplate="Evening %{x}: %{y} was there for %{z:.0%}<extra></extra>",
    )
    made = figure([heat], "evening", "", height=110 + 34 * len(people))
    made.update_layout(margin_l=110)
    made.update_yaxes(autorange="reversed", showgrid=False, type="category")
    average = sum(map(sum, shares)) / len(played)
    text = "A row is a person, a column an evening: the darker, the longer they stayed. White is an evening missed."
    return Section("attendance", f"{average:.1f} people are at the table on average", text, made)


def known(readings: CampaignReadings, name_of: NameOf) -> Section | None:
    """How many hexes each player knows, over time. None without players."""
    players = _players(readings)
    if not players or not readings.reveals:
        return None
    last = max(readings.reveals[-1].at, *(one.ended_at for one in readings.evenings)) if readings.evenings else None
    lines, counts = [], dict[str, int]()
    for place, player in enumerate(sorted(players, key=name_of)):
        times = _known_since(readings.reveals, player)
        counts[player] = len(times)
        end = [last] if last is not None and times else []
        lines.append(
            go.Scatter(
                x=[*times, *end],
                y=[*range(1, len(times) + 1), *([len(times)] if end else [])],
                name=plain(name_of(player)),
                mode="lines",
                line={"color": PEOPLE[place % len(PEOPLE)], "width": 2, "shape": "hv"},
                hovertemplate=f"{plain(name_of(player))}: %{{y}} hexes, %{{x|%d %b %Y}}<extra></extra>",
            )
        )
    made = figure(lines, "", "hexes known", height=380)
    made.update_layout(showlegend=True)
    most = max(counts, key=lambda one: counts[one])
    text = "A line is a player: how many hexes that player has been shown by then. Where lines part, the party did."
    return Section("known", f"{name_of(most)} has seen most: {many(counts[most], 'hex', 'hexes')}", text, made)


def _players(readings: CampaignReadings) -> set[str]:
    """Who was shown something or was there, but for those who have acted as a DM."""
    shown = {one.audience for one in readings.reveals} - {"all"}
    return (shown | {person for _, person in readings.stays}) - readings.dms


def _known_since(reveals: Sequence[Reveal], player: str) -> list[datetime]:
    """The moment of each hex that the player knows, in order."""
    since: dict[str, datetime] = {}
    for one in reveals:
        if one.audience in ("all", player):
            since.setdefault(one.hex, one.at)
    return sorted(since.values())


def _bar_width(starts: Sequence[datetime]) -> float:
    """Milliseconds: some days, but no more than what lies between the nearest two evenings."""
    between = [(later - before).total_seconds() * 1000 for before, later in pairwise(starts)]
    return max(_HOUR / 12, min([_BAR_DAYS * 24 * _HOUR, *(0.8 * one for one in between)]))


def by_evening(readings: CampaignReadings) -> Mapping[Outcome, Sequence[int]]:
    """What became of changes, by outcome: those staged up to the end of an evening and after the one before."""
    numbers = {outcome: [0] * len(readings.evenings) for outcome in OUTCOMES}
    place = 0
    for one in readings.staged:
        while place < len(readings.evenings) - 1 and one.at > readings.evenings[place].ended_at:
            place += 1
        numbers[one.outcome][place] += 1
    return numbers
