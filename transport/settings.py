"""Everything that can be set from outside, read once from the environment as FOGBOUND_*."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Annotated, Literal, NamedTuple
from urllib.parse import urlsplit

from psycopg import ProgrammingError
from psycopg.conninfo import conninfo_to_dict
from pydantic import AfterValidator, BeforeValidator, Field
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict


def _as_list(value: object) -> object:
    return value.replace(",", " ").split() if isinstance(value, str) else value


def _origin(text: str) -> str:
    """`scheme://host[:port]`, in lower case and without the scheme's own port, as browsers send it."""
    parts = urlsplit(text)
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.path not in ("", "/"):
        raise ValueError("an origin looks like https://example.org or http://localhost:3000")
    if parts.query or parts.fragment or parts.username is not None:
        raise ValueError("an origin has no user, query or fragment")
    usual = {"http": 80, "https": 443}[parts.scheme]
    host = f"[{parts.hostname}]" if ":" in parts.hostname else parts.hostname
    port = "" if parts.port in (None, usual) else f":{parts.port}"
    return f"{parts.scheme}://{host}{port}"


def _database(text: str) -> str:
    """What PostgreSQL's library takes. A text that it can't read is not repeated: there may be a password in it."""
    try:
        parts = conninfo_to_dict(text)
    except ProgrammingError:
        parts = {}
    hosts, ports = str(parts.get("host", "")), str(parts.get("port", ""))
    # A password that was not escaped: an @ leaves its end in the host, a slash leaves it in the port.
    if not parts or "@" in hosts[1:] or not re.fullmatch("[0-9,]*", ports):
        raise ValueError(
            "it should look like postgresql://user:password@host/fogbound, with %40 for an @ in the password, "
            "%2F for a slash and %3A for a colon"
        )
    return text


LONGEST_HOURS = 8_784
"""Of an invite: a year."""


class Bounds(NamedTuple):
    """How much one person and one campaign may have, and for how long. See Settings, where each is explained."""

    members: int = 200
    invites: int = 100
    invite_uses: int = 50
    invite_hours: float = 720.0
    redeems_per_minute: int = 60
    sign_in_days: int = 180
    sign_ins: int = 50
    campaigns: int = 100
    campaigns_per_day: int = 100

    @property
    def sign_in_lifetime(self) -> timedelta:
        """From the last use that was written down, which it is once a day: hence the day more."""
        return timedelta(days=self.sign_in_days + 1)


_USUAL = Bounds()

Origin = Annotated[str, AfterValidator(_origin)]
DatabaseUrl = Annotated[str, AfterValidator(_database)]


class Settings(BaseSettings):
    """Frozen: built once at the start and passed down. Sizes are in bytes, times in seconds."""

    model_config = SettingsConfigDict(
        env_prefix="FOGBOUND_", frozen=True, extra="forbid", env_ignore_empty=True, allow_inf_nan=False
    )

    database_url: DatabaseUrl | None = None
    owner_url: DatabaseUrl | None = None
    """The same database for who owns its tables, where servers sign in as somebody else."""
    host: str = "127.0.0.1"
    port: int = Field(default=8080, ge=0, le=65_535)
    public_url: Origin | None = None
    """Where people reach the server. Links begin with it; https:// makes cookies Secure."""
    proxies: int = Field(default=0, ge=0, le=10)
    """How many reverse proxies in front append to X-Forwarded-For. With 0 that header is not believed."""
    allowed_origins: Annotated[tuple[Origin, ...], NoDecode, BeforeValidator(_as_list)] = ()
    """Beyond the server's own; separated by commas or spaces."""
    signup: Literal["open", "invite"] = "open"
    sign_ups_per_minute: int = Field(default=6_000, ge=0)
    """Of one address; a whole convention may sit behind one. 0: no limit."""
    redeems_per_minute: int = Field(default=_USUAL.redeems_per_minute, ge=0)
    """New members, or sign-ins, by one link; 0: no limit."""
    tries_per_minute: int = Field(default=60, ge=0)
    """Wrong links, and wrong cookies, of one address before it has to wait; 0: no limit."""
    metrics: bool = False
    log_commands: bool = False
    """A line in the log for each command, and on other servers for each that was heard of."""
    traces: float = Field(default=0.0, ge=0, le=1)
    """The share of commands that OpenTelemetry is told of."""
    analytics: bool = True
    """Whether this server keeps the tables of the analysts up to date."""
    analyst_seconds: float = Field(default=300.0, gt=0)
    """For which a transaction of an analyst may last."""

    members: int = Field(default=_USUAL.members, ge=1, le=10_000)
    """Of one campaign."""
    invites: int = Field(default=_USUAL.invites, ge=1, le=1_000)
    """Open ones of one campaign; an operator may make more."""
    invite_uses: int = Field(default=_USUAL.invite_uses, ge=1, le=10_000)
    """Of an invite for which nobody says how many people may come by it."""
    invite_hours: float = Field(default=_USUAL.invite_hours, gt=0, le=LONGEST_HOURS)
    """Until an invite expires for which nobody says when."""
    sign_in_days: int = Field(default=_USUAL.sign_in_days, ge=1, le=3_650)
    """From its last use until a sign-in ends."""
    sign_ins: int = Field(default=_USUAL.sign_ins, ge=1)
    """Of one person. For one more by a link one ends that came by it; if none did the link signs nobody in."""
    campaigns_per_person: int = Field(default=_USUAL.campaigns, ge=1)
    """That one person leads and makes another one."""
    campaigns_per_day: int = Field(default=_USUAL.campaigns_per_day, ge=1)
    """That one person makes in a day (UTC), whatever becomes of them."""
    log_megabytes_per_day: int = Field(default=256, ge=0)
    """Of 1,000,000 bytes, that one person adds to the log; 0: no limit."""

    connections: int = Field(default=10_000, ge=1)
    """In total; a new one takes the place of one that asks for nothing, if there is one."""
    idle_seconds: float = Field(default=75.0, gt=0)
    """Proxies reuse a connection for up to a minute: who closes first must not be us."""
    frame_bytes: int = Field(default=256 * 1024, ge=1024)
    commands_per_second: float = Field(default=200, ge=0)
    """0: no limit."""
    command_burst: int = Field(default=400, ge=0)
    """0: no limit."""
    backlog_bytes: int = Field(default=1024 * 1024, ge=1024)
    tabs: int = Field(default=16, ge=1)
    history_calls: int = Field(default=2, ge=1)
    """Of one person at once; further ones wait."""
    resume_events: int = Field(default=1_000, ge=0)
    staged_changes: int = Field(default=1_000, ge=1)
    leave_grace_seconds: float = Field(default=2.0, ge=0)
    lease_seconds: float = Field(default=5.0, ge=0.5)
    """After so long without an answer of the database a server is taken for dead by those that share it."""
    drain_seconds: float = Field(default=5.0, ge=0)
    """Over which a server that ends sends its people to the others, if there are any."""
    heartbeat_seconds: float = Field(default=20.0, gt=0)

    @property
    def bounds(self) -> Bounds:
        """What the directory of people holds persons and campaigns to."""
        return Bounds(
            self.members,
            self.invites,
            self.invite_uses,
            self.invite_hours,
            self.redeems_per_minute,
            self.sign_in_days,
            self.sign_ins,
            self.campaigns_per_person,
            self.campaigns_per_day,
        )
