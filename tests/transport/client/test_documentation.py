"""The page on the client keeps its word."""

from __future__ import annotations

import re
import sys
from asyncio import subprocess

from tests.docs.pages import ROOT, page
from transport.server.server import running
from transport.settings import Settings

PAGE = page("docs/client.md")


async def test_the_example_runs(database: str) -> None:
    """Run against a server, the example prints what the page says."""
    (example,) = PAGE.examples("python")
    (sentence,) = re.findall(r"It prints (.+)\.", PAGE.text)
    promised = [words.strip("`") for words in re.split(", | and ", sentence)]
    async with running(Settings(port=0), database) as url:
        program = example.replace("http://127.0.0.1:8080", url)
        process = await subprocess.create_subprocess_exec(
            *(sys.executable, "-W", "error", "-c", program),
            cwd=ROOT,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )
        printed, errors = await process.communicate()
    assert (printed.decode().splitlines(), errors.decode()) == (promised, "")
