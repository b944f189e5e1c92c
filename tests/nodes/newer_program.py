"""The command line of a Fogbound to come: it knows a fourteenth event, and has it happen where hexes are revealed."""

from __future__ import annotations

from dataclasses import replace

import domain.decide
import domain.event_codec
import projections.analytics
import transport.history.worker_process
from domain.events import HexesRevealed

KIND = "hexes_unveiled.v1"


class HexesUnveiled(HexesRevealed):
    TOPIC = "hexes_unveiled"

    reason: str = "a comet struck"


def know_the_fourteenth_event() -> None:
    """Before anything is imported that looks at the kinds of events while it is imported."""
    domain.event_codec.EVENT_CLASSES[HexesUnveiled.TOPIC] = HexesUnveiled
    domain.event_codec.KINDS |= {KIND}
    domain.decide.HexesRevealed = HexesUnveiled  # type: ignore[attr-defined]  # that is the point
    projections.analytics.PROJECTIONS = tuple(
        replace(one, topics=one.topics | {HexesUnveiled.TOPIC}) if one.name == "reveal" else one
        for one in projections.analytics.PROJECTIONS
    )
    # The past is looked up by a process of its own, which has to know the event too.
    transport.history.worker_process.BOOTSTRAP = transport.history.worker_process.BOOTSTRAP.replace(
        "from transport.history.worker", "import tests.nodes.newer_program; from transport.history.worker"
    )


know_the_fourteenth_event()

if __name__ == "__main__":
    from transport.cli.app import main

    main()
