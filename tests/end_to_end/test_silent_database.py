"""A database host that takes connections and says nothing: verbs give up, and Ctrl-C ends them before."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

CAMPAIGN = "0a1b2c3d-4e5f-4a6b-8c7d-9e0f1a2b3c4d"
VERBS = [
    "play --port 0 --json",
    "serve --json",
    "migrate",
    "doctor",
    "spec analytics",
    "campaign list",
    f"campaign purge {CAMPAIGN} --yes",
    "project --once",
    "project rebuild",
    "analyst list",
    "sql -c true",
    "export FOLDER/files",
]
"""Of each way to the database one."""


@pytest.fixture
def silent() -> Iterator[socket.socket]:
    with socket.create_server(("127.0.0.1", 0), backlog=64) as listening:
        yield listening


@pytest.fixture(autouse=True)
def _heed_ctrl_c() -> Iterator[None]:
    """What a shell runs in the background ignores it, and so does all that is started from there."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


def fogbound(words: str, silent: socket.socket, folder: object) -> subprocess.Popen[str]:
    port = silent.getsockname()[1]
    return subprocess.Popen(
        [sys.executable, "-m", "transport.cli", *words.replace("FOLDER", str(folder)).split()],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={
            **os.environ,
            "FOGBOUND_DATABASE_URL": f"postgresql://dee:S3cret@127.0.0.1:{port}/fog",
            "FOGBOUND_PUBLIC_URL": "https://fog.example",
        },
    )


def test_every_verb_gives_up(silent: socket.socket, tmp_path: object) -> None:
    """In one line that says why; they wait beside each other."""

    def end(words: str) -> tuple[int, str]:
        program = fogbound(words, silent, tmp_path)
        said = program.communicate(timeout=120)[1]
        return program.returncode, said

    with ThreadPoolExecutor(4) as threads:
        for words, (code, said) in zip(VERBS, threads.map(end, VERBS), strict=True):
            assert code == 1, words
            assert said.startswith("fogbound: The database cannot be reached: connection timeout expired"), words
            assert said.count("\n") == 1, said


@pytest.mark.parametrize("words", ["play --port 0 --json", "migrate", "doctor", "campaign list", "analyst list"])
def test_ctrl_c_ends_it_at_once(silent: socket.socket, tmp_path: object, words: str) -> None:
    """While it waits for the database: who has given up on that would say so."""
    program = fogbound(words, silent, tmp_path)
    with silent.accept()[0]:
        program.send_signal(signal.SIGINT)
        _, said = program.communicate(timeout=120)
    assert (program.returncode, "cannot be reached" in said) == (130, False), said


def test_ctrl_c_ends_the_reading_of_a_pipe(tmp_path: object) -> None:
    """Into which nobody writes."""
    path = f"{tmp_path}/pipe"
    os.mkfifo(path)
    words = [sys.executable, "-m", "transport.cli", "map", "import", CAMPAIGN, path]
    program = subprocess.Popen(words, stderr=subprocess.PIPE, text=True)
    with open(path, "wb"):  # it has begun to read
        program.send_signal(signal.SIGINT)
        _, said = program.communicate(timeout=120)
    assert program.returncode == 130, said
