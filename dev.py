#!/usr/bin/env python3
"""The project's verbs: `python3 dev.py setup | play | test | check | bench | shots`. Makes .venv by itself."""

from __future__ import annotations  # so that a Python that is too old can still say so

import fcntl
import hashlib
import importlib.util
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path
from typing import NoReturn

ROOT = Path(__file__).resolve().parent
VENV = ROOT / ".venv"
PROGRAMS = VENV / "bin"
STAMP = VENV / "complete"
REQUIREMENTS = ROOT / "requirements" / "dev.txt"
STAMPED = (REQUIREMENTS, ROOT / "pyproject.toml")
# The list is complete. Older pips, told to resolve it, stumble over an extra ("coverage[toml]") as soon as its package
# has a release newer than the listed one.
LISTED = ("--require-hashes", "--no-deps")
OLDEST_PYTHON = (3, 11)
# One more than there are cores: the tests wait for servers and browsers as much as they compute.
WORKERS = str(min(8, (os.cpu_count() or 1) + 1))
LANES = ("--all", "--long")
USAGE = """usage: python3 dev.py VERB [ARGUMENTS]

  setup   make or update .venv
  play    serve a table with its own database; arguments go to `fogbound play`
  test    run the quick tests; with arguments, run what they select
          --all: all of them, which try as much as each promise needs, and demand full branch coverage
          --long: the same, and those that try to break a promise try for hours
  check   format, lint, types, import rules, migrations
  bench   run the benchmarks
  shots   take pictures of every state of the pages into shots/; --docs: renew those of the documents"""


def main(arguments: list[str]) -> int:
    """Run one verb; returns the exit code."""
    verbs = {"setup": setup, "play": play, "test": test, "check": check, "bench": bench, "shots": shots}
    if not arguments or arguments[0] not in verbs:
        print(USAGE)
        return 0 if arguments and arguments[0] in {"-h", "--help", "help"} else 2
    os.chdir(ROOT)
    # With it every process would compile us anew, and tests start hundreds of processes.
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
    make_environment()
    return verbs[arguments[0]](arguments[1:])


def setup(_arguments: list[str]) -> int:
    """Only the environment, which every verb makes first."""
    say(f"{PROGRAMS / 'python'} is ready")
    return 0


def play(arguments: list[str]) -> int:
    """A table on this machine, until Ctrl-C."""
    become("fogbound", "play", *arguments)


def test(arguments: list[str]) -> int:
    """Tests on all cores. Coverage is demanded of all tests only, since a selection can't have it."""
    is_whole = bool(arguments) and all(argument in LANES for argument in arguments)
    coverage = ["--cov", "--cov-report=term-missing:skip-covered"] if is_whole else []
    become("python", "-m", "pytest", "-n", WORKERS, *coverage, *arguments)


def check(_arguments: list[str]) -> int:
    """Run every check even when one fails, and list what each one said."""
    migrations = sorted(str(path.relative_to(ROOT)) for path in ROOT.glob("migrations/*.sql"))
    checks = {
        "format": ["ruff", "format", "--check", "."],
        "lint": ["ruff", "check", "."],
        "types": ["mypy"],
        "imports": ["lint-imports"],
        "migrations": ["squawk", *migrations],
    }
    failed = {name: run(*command) != 0 for name, command in checks.items()}
    for name, command in checks.items():
        say(f"{'FAILED' if failed[name] else 'ok':6} {name:10} ({command[0]})")
    return int(any(failed.values()))


def bench(arguments: list[str]) -> NoReturn:
    """Measure; with arguments, only what they name."""
    become("python", "-m", "benchmarks", *arguments)


def shots(arguments: list[str]) -> NoReturn:
    """Pictures of the pages, for people to look at."""
    become("python", "-m", "tests.end_to_end.browser.shots", *arguments)


def become(program: str, *arguments: str) -> NoReturn:
    """Go on as a program of the environment, so that signals reach it without a detour."""
    say(" ".join([program, *arguments]))
    path = str(PROGRAMS / program)
    os.execv(path, [path, *arguments])  # Python finds its environment by the path it was called with


def run(program: str, *arguments: str) -> int:
    """Run a program of the environment; returns its exit code."""
    say(" ".join([program, *arguments]))
    return subprocess.call([PROGRAMS / program, *arguments])


def say(line: str) -> None:
    """One line about what happens now."""
    print(f"· {line}", file=sys.stderr, flush=True)


def make_environment() -> None:
    """Make .venv fit the requirements. Two at once take turns."""
    turn = os.open(ROOT, os.O_RDONLY)
    try:
        fcntl.flock(turn, fcntl.LOCK_EX)
        stamp = hashlib.sha256(b"".join(path.read_bytes() for path in STAMPED)).hexdigest()
        if not is_complete() or STAMP.read_text() != stamp:
            fill_environment()
            STAMP.write_text(stamp)
    finally:
        os.close(turn)


def is_complete() -> bool:
    """Whether .venv was filled to the end, and its Python is still on the machine."""
    return STAMP.exists() and (PROGRAMS / "python").exists()


def fill_environment() -> None:
    """Install everything, with uv if it is there and works, else with pip; exits when neither does."""
    start = time.monotonic()
    ways = [install_with_uv] if shutil.which("uv") else []
    for install in (*ways, install_with_pip):
        if not is_complete():
            shutil.rmtree(VENV, ignore_errors=True)
        # Without its stamp an environment counts as half made, also when we are killed in the next lines.
        STAMP.unlink(missing_ok=True)
        if install():
            say(f".venv is complete after {time.monotonic() - start:.0f} s")
            return
        say(f"{install.__name__.replace('_', ' ')} failed")
    sys.exit("The environment could not be made: see above.")


def install_with_uv() -> bool:
    """Uv brings a newer Python along when ours is too old."""
    python = sys.executable if sys.version_info >= OLDEST_PYTHON else ">=3.11"
    pip = ["uv", "pip", "install", "--python", str(PROGRAMS / "python")]
    return in_order(
        *([] if VENV.exists() else [["uv", "venv", "--python", python, str(VENV)]]),
        [*pip, *LISTED, "-r", str(REQUIREMENTS)],
        [*pip, "--no-deps", "--no-build-isolation", "-e", str(ROOT)],
    )


def install_with_pip() -> bool:
    """The pip that comes with Python."""
    if sys.version_info < OLDEST_PYTHON:
        sys.exit(f"Python 3.11 or newer is needed; this is {sys.version.split()[0]}. Install it, or uv.")
    if importlib.util.find_spec("ensurepip") is None:
        sys.exit(
            "This Python cannot make environments: its module ensurepip is missing.\n"
            "Install it (Debian, Ubuntu: apt install python3-venv) or install uv."
        )
    pip = [str(PROGRAMS / "python"), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    has_pip = (PROGRAMS / "pip").exists()  # an environment that uv made has none
    return in_order(
        *([] if has_pip else [[sys.executable, "-m", "venv", "--clear", str(VENV)]]),
        [*pip, *LISTED, "-r", str(REQUIREMENTS)],
        [*pip, "--no-deps", "--no-build-isolation", "-e", str(ROOT)],
    )


def in_order(*commands: list[str]) -> bool:
    """Run commands until one fails; says whether all went well."""
    for command in commands:
        say(" ".join(command))
        if subprocess.call(command) != 0:
            return False
    return True


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
