"""The README keeps its word."""

from __future__ import annotations

import re
import sys
from asyncio import subprocess

from tests.docs.pages import ROOT, page
from transport.server.server import running
from transport.settings import Settings

README = page("README.md")


async def test_the_example_runs(database: str) -> None:
    """Copied into a file and run against a server, it prints what it says; and it is short."""
    (example,) = README.examples("python")
    assert len([line for line in example.splitlines() if line]) < 15
    (promised,) = re.findall(r"# prints (.+)$", example, re.MULTILINE)
    async with running(Settings(port=0), database) as url:
        program = example.replace("http://127.0.0.1:8080", url)
        assert program != example
        process = await subprocess.create_subprocess_exec(
            sys.executable, "-W", "error", "-c", program, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE
        )
        printed, errors = await process.communicate()
    assert (printed.decode(), errors.decode()) == (f"{promised}\n", "")


def test_the_readme_says_first_things_first() -> None:
    """What it is and for whom in a few sentences, a picture, the two commands."""
    _title, sentences, picture, start, *_ = README.text.split("\n\n")
    assert len(re.findall(r"\.(?:\s|$)", sentences)) <= 3
    assert picture.startswith("![")
    assert start == "## Start"
    commands = README.section("Start").examples("sh")[0].splitlines()
    assert [command.split()[:2] for command in commands] == [["python3", "dev.py"]] * 2
