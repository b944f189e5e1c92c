"""What can be set from outside."""

from __future__ import annotations

import os

import pytest
from pydantic import ValidationError

from transport.settings import Settings


@pytest.fixture(autouse=True)
def no_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    """As on a machine where nothing is set."""
    for name in [name for name in os.environ if name.startswith("FOGBOUND_")]:
        monkeypatch.delenv(name)


def test_the_defaults_are_those_of_the_protocol() -> None:
    """They are part of the contract."""
    assert Settings().model_dump() == {
        "database_url": None,
        "owner_url": None,
        "host": "127.0.0.1",
        "port": 8080,
        "public_url": None,
        "proxies": 0,
        "allowed_origins": (),
        "signup": "open",
        "sign_ups_per_minute": 6_000,
        "redeems_per_minute": 60,
        "tries_per_minute": 60,
        "metrics": False,
        "log_commands": False,
        "traces": 0.0,
        "analytics": True,
        "analyst_seconds": 300.0,
        "members": 200,
        "invites": 100,
        "invite_uses": 50,
        "invite_hours": 720.0,
        "sign_in_days": 180,
        "sign_ins": 50,
        "campaigns_per_person": 100,
        "campaigns_per_day": 100,
        "log_megabytes_per_day": 256,
        "connections": 10_000,
        "history_calls": 2,
        "idle_seconds": 75.0,
        "frame_bytes": 262_144,
        "commands_per_second": 200.0,
        "command_burst": 400,
        "backlog_bytes": 1_048_576,
        "tabs": 16,
        "resume_events": 1_000,
        "staged_changes": 1_000,
        "leave_grace_seconds": 2.0,
        "lease_seconds": 5.0,
        "drain_seconds": 5.0,
        "heartbeat_seconds": 20.0,
    }


@pytest.mark.parametrize(
    ("name", "value", "setting"),
    [
        ("FOGBOUND_DATABASE_URL", "postgresql:///fog", ("database_url", "postgresql:///fog")),
        ("FOGBOUND_PORT", "0", ("port", 0)),
        ("FOGBOUND_METRICS", "1", ("metrics", True)),
        ("FOGBOUND_SIGNUP", "invite", ("signup", "invite")),
        ("FOGBOUND_PUBLIC_URL", "https://Fog.Example:443/", ("public_url", "https://fog.example")),
        ("FOGBOUND_ALLOWED_ORIGINS", "", ("allowed_origins", ())),
        (
            "FOGBOUND_ALLOWED_ORIGINS",
            "https://a.example, HTTP://localhost:3000 http://[::1]:80/",
            ("allowed_origins", ("https://a.example", "http://localhost:3000", "http://[::1]")),
        ),
        ("FOGBOUND_COMMANDS_PER_SECOND", "0", ("commands_per_second", 0.0)),
        ("FOGBOUND_LEAVE_GRACE_SECONDS", "0.25", ("leave_grace_seconds", 0.25)),
    ],
)
def test_settings_come_from_the_environment(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str, setting: tuple[str, object]
) -> None:
    """FOGBOUND_ and the name in capitals; origins in the form in which browsers send them."""
    monkeypatch.setenv(name, value)
    field, expected = setting
    assert getattr(Settings(), field) == expected


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("FOGBOUND_PORT", "65536"),
        ("FOGBOUND_SIGNUP", "closed"),
        ("FOGBOUND_PUBLIC_URL", "fog.example"),
        ("FOGBOUND_PUBLIC_URL", "https://fog.example/table"),
        ("FOGBOUND_ALLOWED_ORIGINS", "*"),
        ("FOGBOUND_ALLOWED_ORIGINS", "https://user@fog.example"),
        ("FOGBOUND_ALLOWED_ORIGINS", "https://fog.example:port"),
        ("FOGBOUND_TABS", "0"),
        ("FOGBOUND_MEMBERS", "0"),
        ("FOGBOUND_INVITES", "1001"),
        ("FOGBOUND_INVITE_USES", "10001"),
        ("FOGBOUND_INVITE_HOURS", "8785"),
        ("FOGBOUND_TRACES", "1.5"),
        ("FOGBOUND_HEARTBEAT_SECONDS", "nan"),
        ("FOGBOUND_IDLE_SECONDS", "inf"),
        ("FOGBOUND_ANALYST_SECONDS", "inf"),
    ],
)
def test_bad_settings_are_refused(monkeypatch: pytest.MonkeyPatch, name: str, value: str) -> None:
    """A server with a setting that makes no sense does not start."""
    monkeypatch.setenv(name, value)
    with pytest.raises(ValidationError):
        Settings()


def test_settings_are_frozen() -> None:
    """Built once and passed down."""
    with pytest.raises(ValidationError):
        Settings().port = 1  # type: ignore[misc]  # that is the point
