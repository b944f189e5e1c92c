"""Every metric is documented, and no other."""

from __future__ import annotations

from prometheus_client import REGISTRY, Metric
from prometheus_client.metrics import MetricWrapperBase

import transport.analytics.projector
import transport.metrics
from tests.docs.pages import page


def test_the_metrics_are_those_in_the_table() -> None:
    """With the labels that they have."""
    documented = {
        row["metric"].strip("`"): row["labels"].replace("`", "")
        for row in page("docs/operations.md").section("What a server tells").rows()
    }
    modules = (transport.metrics, transport.analytics.projector)
    made = [metric for module in modules for metric in vars(module).values() if isinstance(metric, MetricWrapperBase)]
    existing = {_name(metric): ", ".join(metric._labelnames) for metric in made}
    assert set(existing) == {_name(metric) for metric in REGISTRY.collect() if metric.name.startswith("fogbound_")}
    assert documented == existing


def _name(metric: Metric | MetricWrapperBase) -> str:
    """As it stands in the answer."""
    (told,) = metric.describe() if isinstance(metric, MetricWrapperBase) else (metric,)
    return f"{told.name}_total" if told.type == "counter" else told.name
