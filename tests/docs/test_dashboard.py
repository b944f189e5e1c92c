"""The dashboard, the alarms and the page for operators speak of the metrics that exist."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

from tests.docs.pages import ROOT, page, ticked

ALERTS = (ROOT / "deploy/prometheus/alerts.yml").read_text(encoding="utf-8")
DASHBOARD = json.loads((ROOT / "deploy/grafana/fogbound.json").read_text(encoding="utf-8"))
OPERATIONS = page("docs/operations.md")


def metrics() -> dict[str, set[str]]:
    """Their labels, by name; that they are those of the program is another test's."""
    rows = OPERATIONS.section("What a server tells").rows()
    return {row["metric"].strip("`"): set(ticked(row["labels"])) for row in rows}


def questions() -> Iterator[str]:
    """What the panels ask of Prometheus."""
    for panel in DASHBOARD["panels"]:
        for target in panel.get("targets", ()):
            yield target["expr"]


def named(expression: str) -> set[str]:
    """The metrics in it, without what a histogram's series have at the end."""
    return {re.sub(r"_(bucket|sum|count)$", "", name) for name in re.findall(r"\bfogbound_\w+", expression)}


def labels(expression: str) -> set[str]:
    """By which it selects or sums up."""
    grouped = [name for group in re.findall(r"by \(([^)]*)\)", expression) for name in group.split(",")]
    return {name.strip() for name in grouped} | set(re.findall(r'(\w+)=~?"', expression))


def test_the_dashboard_shows_every_metric_and_no_other() -> None:
    """By labels that it has."""
    asked = list(questions())
    assert set().union(*map(named, asked)) == set(metrics())
    for expression in asked:
        known = {"le", "job", "instance"}.union(*(metrics()[name] for name in named(expression)))
        assert labels(expression) <= known, expression


def test_the_panels_do_not_overlap() -> None:
    """Each has a title and a place of its own."""
    taken: dict[tuple[int, int], str] = {}
    for panel in DASHBOARD["panels"]:
        place: dict[str, Any] = panel["gridPos"]
        assert panel["title"]
        for x in range(place["x"], place["x"] + place["w"]):
            assert x < 24
            for y in range(place["y"], place["y"] + place["h"]):
                assert taken.setdefault((x, y), panel["title"]) == panel["title"]


def test_every_alarm_is_explained() -> None:
    """And asks for metrics that exist, by labels that they have."""
    explained = [row["alarm"].strip("`") for row in OPERATIONS.section("What to wake somebody for").rows()]
    assert re.findall(r"- alert: (\w+)", ALERTS) == explained
    expressions = re.findall(r"expr: (.+)", ALERTS)
    assert len(expressions) == len(explained)
    for expression in expressions:
        assert named(expression) <= set(metrics())
        known = {"le", "job", "instance"}.union(*(metrics()[name] for name in named(expression)))
        assert labels(expression) <= known, expression
