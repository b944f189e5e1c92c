"""What a report says: its sections in order, and the numbers at its head."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import plotly.graph_objects as go

from transport.analytics.report import evening_charts, map_charts, staging_charts
from transport.analytics.report.look import AT_ONCE, PAUSED, Section, day, figure, lasting, many, plain
from transport.analytics.report.readings import AllReadings, CampaignReadings
from transport.wire.answers import Figure, ReportDrawn, ReportNumber, ReportSection

NameOf = Callable[[str], str]


class Report(NamedTuple):
    """`numbers` are pairs of a number and what it counts."""

    title: str
    subtitle: str
    numbers: Sequence[tuple[str, str]]
    sections: Sequence[Section]

    def as_json(self) -> ReportDrawn:
        """As the page draws it, with pictures for plotly.js."""
        sections = [
            ReportSection(name=one.name, heading=one.heading, text=one.text, figure=_plain(one.figure))
            for one in self.sections
        ]
        numbers = [ReportNumber(number=number, words=words) for number, words in self.numbers]
        return ReportDrawn(title=self.title, subtitle=self.subtitle, numbers=numbers, sections=sections)


def of_campaign(title: str, readings: CampaignReadings, name_of: NameOf) -> Report:
    """One campaign; `name_of` gives people's names by their ids."""
    shown = _shown(readings)
    numbers = [str(one.number) for one in readings.evenings]
    made = [
        evening_charts.evenings(readings.evenings) if readings.evenings else None,
        staging_charts.shown(numbers, *shown, "evening", "Evening %{x}") if any(map(any, shown)) else None,
        staging_charts.waits(_waited(readings)),
        staging_charts.outcomes(numbers, evening_charts.by_evening(readings), "staged for evening", "Evening %{x}")
        if readings.evenings
        else None,
        map_charts.terrain(readings),
        evening_charts.known(readings, name_of),
        evening_charts.attendance(readings, name_of),
        map_charts.hex_map(readings),
    ]
    return Report(title, _period(readings), _numbers(readings), [section for section in made if section is not None])


def of_all(readings: AllReadings, name_of: NameOf) -> Report:
    """All campaigns together; `name_of` gives campaigns' names by their ids."""
    months = [one.month for one in readings.months]
    staged_months = sorted({month for month, _ in readings.outcomes})
    shown_months = sorted({month for month, _ in readings.shown})
    outcomes = {
        outcome: [readings.outcomes.get((month, outcome), 0) for month in staged_months]
        for outcome in staging_charts.WORDS
    }
    at_once, staged = (
        [readings.shown.get((month, is_staged), 0) for month in shown_months] for is_staged in (False, True)
    )
    made = [
        _months(readings) if months else None,
        staging_charts.shown(shown_months, at_once, staged, "", "%{x|%b %Y}") if shown_months else None,
        staging_charts.binned_waits(readings.waits, readings.median) if readings.median is not None else None,
        staging_charts.outcomes(staged_months, outcomes, "", "%{x|%b %Y}"),
        _campaigns(readings, name_of) if readings.campaigns else None,
    ]
    played = sum(one.evenings for one in readings.months)
    hours = sum(one.active_hours for one in readings.months)
    numbers = [(f"{played:,}", "evenings"), (f"{hours:,.0f}", "hours of play")]
    return Report("All campaigns", _span(months), numbers, [section for section in made if section is not None])


def _shown(readings: CampaignReadings) -> tuple[list[int], list[int]]:
    """How many hexes were new to somebody in each evening: at once, and staged."""
    places = {one.session_id: place for place, one in enumerate(readings.evenings)}
    at_once, staged = [0] * len(places), [0] * len(places)
    known_to_all: set[str] = set()
    counted: set[tuple[object, str]] = set()
    for one in readings.reveals:
        is_new = one.hex not in known_to_all and (one.session_id, one.hex) not in counted
        if one.audience == "all":
            known_to_all.add(one.hex)
        if is_new and one.session_id in places:
            counted.add((one.session_id, one.hex))
            (staged if one.was_staged else at_once)[places[one.session_id]] += 1
    return at_once, staged


def _waited(readings: CampaignReadings) -> list[float]:
    published = (one.seconds for one in readings.staged if one.outcome == "published")
    return [seconds for seconds in published if seconds is not None]


def _numbers(readings: CampaignReadings) -> list[tuple[str, str]]:
    seconds = sum(one.active_hours for one in readings.evenings) * 3600
    counted = (
        (len(readings.evenings), "evening", "evenings"),
        (len({person for _, person in readings.stays}), "person at the table", "people at the table"),
        (len({one.hex for one in readings.reveals}), "hex found", "hexes found"),
        (sum(one.outcome == "published" for one in readings.staged), "surprise published", "surprises published"),
    )
    evenings, *others = [(f"{number:,}", one if number == 1 else more) for number, one, more in counted]
    played, unit = lasting(seconds, in_days=False).split(" ")
    return [evenings, (played, f"{unit} of play"), *others]


def _period(readings: CampaignReadings) -> str:
    if not readings.evenings:
        return "No session has begun yet." + _behind(readings.behind)
    first, last = day(readings.evenings[0].started_at), day(readings.evenings[-1].started_at)
    return (f"{first}." if first == last else f"{first} to {last}.") + _behind(readings.behind)


def _behind(events: int) -> str:
    return f" {many(events, 'event is', 'events are')} not in the tables yet." if events else ""


def _span(months: Sequence[Any]) -> str:
    return f"{months[0]:%B %Y} to {months[-1]:%B %Y}." if months else "No session has begun yet."


def _months(readings: AllReadings) -> Section:
    bars = [
        go.Bar(
            x=[one.month for one in readings.months],
            y=[getattr(one, f"{what}_hours") for one in readings.months],
            customdata=[[one.evenings, one.campaigns] for one in readings.months],
            name=name,
            marker_color=colour,
            hovertemplate="%{x|%b %Y}: %{y:,.0f} h "
            + name
            + " in %{customdata[0]:,} evenings of %{customdata[1]:,} campaigns"
            "<extra></extra>",
        )
        for what, name, colour in (("active", "played", AT_ONCE), ("paused", "paused", PAUSED))
    ]
    made = figure(bars, "", "hours")
    made.update_layout(barmode="stack", bargap=0.15)
    most = max(readings.months, key=lambda one: one.evenings)
    text = "A bar is a month: how long all campaigns were played together, and how long they were paused."
    return Section("evenings", f"Most was played in {most.month:%B %Y}: {many(most.evenings, 'evening')}", text, made)


def _campaigns(readings: AllReadings, name_of: NameOf) -> Section:
    played = sorted(readings.campaigns, key=lambda one: one.hours)
    bars = go.Bar(
        x=[one.hours for one in played],
        y=[plain(name_of(str(one.campaign))) for one in played],
        orientation="h",
        customdata=[[one.evenings, f"{one.first:%b %Y}", f"{one.last:%b %Y}"] for one in played],
        marker_color=AT_ONCE,
        hovertemplate="%{y}: %{customdata[0]} evenings, %{customdata[1]} to %{customdata[2]}<extra></extra>",
    )
    made = figure([bars], "hours of play", "", height=110 + 26 * len(played))
    made.update_layout(margin_l=200)
    made.update_xaxes(showgrid=True)
    made.update_yaxes(showgrid=False, type="category")
    text = f"The {many(len(played), 'campaign')} with the most hours of play."
    return Section("campaigns", f"{name_of(str(played[-1].campaign))} was played longest", text, made)


def _plain(made: go.Figure) -> Figure:
    drawn = made.to_plotly_json()
    return Figure(data=drawn["data"], layout=drawn["layout"])
