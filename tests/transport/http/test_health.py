"""For those who keep the server running."""

from __future__ import annotations

from prometheus_client.parser import text_string_to_metric_families

from domain.store import StoreUnavailable
from tests.transport.http.site import Site, a_site


async def test_alive(site: Site) -> None:
    """GET /healthz answers without asking anything else."""
    answer = await (await site.browser()).call("GET", "/healthz")
    assert (answer.status, answer.content) == (200, {"status": "ok"})


async def test_ready_is_what_was_wired(database: str) -> None:
    """GET /readyz is 200 while the node can commit and 503 when it says no or cannot tell."""
    answers: list[bool | None] = [None, False, True]

    async def ready() -> bool:
        if (can_commit := answers.pop()) is None:
            raise StoreUnavailable("gone")
        return can_commit

    async with a_site(database, ready=ready) as site:
        browser = await site.browser()
        answer = await browser.call("GET", "/readyz")
        assert (answer.status, answer.content) == (200, {"status": "ok"})
        for _ in range(2):
            answer = await browser.call("GET", "/readyz")
            assert (answer.status, answer.code) == (503, "unavailable")


async def test_ready_by_default_asks_the_directory(site: Site) -> None:
    """Without a check of its own the node is ready when its database takes changes."""
    assert (await (await site.browser()).call("GET", "/readyz")).status == 200


async def test_metrics_are_off_by_default(site: Site) -> None:
    """GET /metrics is then a 404 like any unknown address."""
    browser = await site.browser()
    metrics, unknown = await browser.call("GET", "/metrics"), await browser.call("GET", "/nothing")
    assert (metrics.status, metrics.raw) == (404, unknown.raw)


async def test_metrics_can_be_read(database: str) -> None:
    """When they are on, Prometheus understands them."""
    async with a_site(database, metrics=True) as site:
        answer = await (await site.browser()).call("GET", "/metrics")
        assert answer.status == 200
        assert answer.headers["Content-Type"].startswith("text/plain; version=")
        assert list(text_string_to_metric_families(answer.raw.decode()))
