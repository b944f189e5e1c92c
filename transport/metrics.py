"""What a server counts for those who keep it running; `/metrics` tells it to Prometheus.

Sums over all campaigns. Where only one table plays they tell when its DM does something in secret: not for players.
"""

from __future__ import annotations

from typing import Literal, get_args

from prometheus_client import Counter, Gauge, Histogram

from domain.commands import ClientMessage

NOT_A_COMMAND = ("none", "refused")

CommandResult = Literal["done", "without_effect", "refused", "failed"]

Task = Literal[
    "bookkeeping",
    "commits",
    "feeder",
    "notifications",
    "lease",
    "left_behind",
    "loop_watch",
    "past",
    "heartbeat",
    "room",
    "upkeep",
    "warden",
    "membership",
]
"""What a server does as long as it runs; see transport.event_loop.supervision."""

_SECONDS = (0.0005, 0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5)

COMMANDS = Counter(
    "fogbound_commands",
    "Commands of clients: done, without effect, refused by the rules, or failed by us.",
    ["type", "outcome"],
)
APPEND_SECONDS = Histogram(
    "fogbound_append_seconds", "From the decision of a room's commands until they are durable.", buckets=_SECONDS
)
COMMIT_SECONDS = Histogram("fogbound_commit_seconds", "What the database takes for a transaction.", buckets=_SECONDS)
COMMIT_EVENTS = Histogram(
    "fogbound_commit_events", "Events in a transaction.", buckets=(1, 2, 5, 10, 20, 50, 100, 200, 500, 1_000, 5_000)
)
FAN_OUT_SECONDS = Histogram(
    "fogbound_fan_out_seconds", "Taking stored events in and telling everybody in the room.", buckets=_SECONDS
)
LOOP_LATE_SECONDS = Histogram(
    "fogbound_loop_late_seconds", "By how much a timer came too late: as long as something else ran.", buckets=_SECONDS
)
TASK_FAILURES = Counter(
    "fogbound_task_failures", "Faults of ours in what a server does as long as it runs; it went on.", ["task"]
)
for _task in get_args(Task):
    TASK_FAILURES.labels(_task)
CONFLICTS = Counter("fogbound_conflicts", "Times that another server had written first, so that we decided again.")
ROOMS = Gauge("fogbound_rooms", "Campaigns in memory.")
CONNECTIONS = Gauge("fogbound_connections", "Sockets at a table.")
SLOW_CLOSES = Counter("fogbound_slow_closes", "Sockets closed since their client read too slowly.")
RESUMES = Counter("fogbound_resumes", "Clients that came back: resumed, or afresh with a whole state.", ["outcome"])
for _outcome in ("resumed", "afresh"):
    RESUMES.labels(_outcome)  # from 0 on: a series that begins with its first one is no increase
POOL_WAITING = Gauge("fogbound_pool_waiting", "Calls that wait for a connection to the database.")
NOTIFICATION_QUEUE = Gauge("fogbound_notification_queue", "How full PostgreSQL's queue of notifications is, up to 1.")
LOG_LAG_EVENTS = Gauge("fogbound_log_lag_events", "Events of others that open rooms did not know when it was looked.")
LEFT_TO_NEWER = Counter(
    "fogbound_left_to_newer", "Campaigns whose rooms this server left to newer ones: it does not know all their events."
)
NODES = Gauge("fogbound_nodes", "Servers that live on this database, as this one sees it.")
LEASES_LOST = Counter(
    "fogbound_leases_lost", "Times that this server was cut off for so long that others took it for dead."
)


def _counters() -> dict[tuple[str, str], Counter]:
    """All from the start, at 0: of a series that begins with the first failure Prometheus sees no increase."""
    types = [get_args(message.model_fields["type"].annotation)[0] for message in get_args(ClientMessage)]
    keys = [*((type_, outcome) for type_ in types for outcome in get_args(CommandResult)), NOT_A_COMMAND]
    return {key: COMMANDS.labels(*key) for key in keys}


_COMMANDS = _counters()


def count_command(type_: str, result: CommandResult) -> None:
    """One of a client; `type_` is its message's."""
    _COMMANDS[type_, result].inc()


def count_refused_frame() -> None:
    """One that was not even taken for a command of its sender."""
    _COMMANDS[NOT_A_COMMAND].inc()


def count_commit(events: int, seconds: float) -> None:
    """A transaction, whatever became of it."""
    COMMIT_EVENTS.observe(events)
    COMMIT_SECONDS.observe(seconds)
