"""What gets installed is exactly what was looked at."""

from __future__ import annotations

import re
import tomllib

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from tests.docs.pages import ROOT

FOLDER = ROOT / "requirements"
FILES = ("run.txt", "dev.txt")
HASH = re.compile(r"--hash=sha256:[0-9a-f]{64}")
PIN = re.compile(r"[a-z0-9]+([.-][a-z0-9]+)*==[0-9][0-9a-z.+!]*( ; [^\\]+)?")


def entries(file: str) -> list[list[str]]:
    """The words of each requirement: the pin, then its options. Comments are left out."""
    lines = [line for line in FOLDER.joinpath(file).read_text().splitlines() if not line.lstrip().startswith("#")]
    whole = "\n".join(lines).replace("\\\n", "\0")
    return [[part.strip() for part in line.split("\0")] for line in whole.splitlines() if line.strip()]


def pins(file: str) -> dict[str, str]:
    """The version of each package."""
    found = [Requirement(pin) for pin, *_ in entries(file)]
    assert len({one.name for one in found}) == len(found)
    return {canonicalize_name(one.name): str(one.specifier).removeprefix("==") for one in found}


@pytest.mark.parametrize("file", FILES)
def test_every_requirement_has_one_version_and_its_hashes(file: str) -> None:
    """No range, no address, no index and no other option: a file that is not one of these is not installed."""
    found = entries(file)
    assert len(found) > 20
    for pin, *options in found:
        assert PIN.fullmatch(pin), pin
        assert options, pin
        assert all(HASH.fullmatch(option) for option in options), pin
    assert "://" not in FOLDER.joinpath(file).read_text()


def test_tests_run_with_what_users_run() -> None:
    """Every package of a running server has the same version, and the same files, in the tests."""
    assert pins("run.txt").items() <= pins("dev.txt").items()
    of_dev = {pin: set(options) for pin, *options in entries("dev.txt")}
    assert all(of_dev[pin] == set(options) for pin, *options in entries("run.txt"))


def test_what_the_package_asks_for_is_pinned() -> None:
    """Each dependency, and the database that comes along, at a version that the package permits."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    pinned = pins("run.txt")
    for wanted in map(Requirement, [*project["dependencies"], *project["optional-dependencies"]["embedded"]]):
        assert wanted.specifier.contains(pinned[canonicalize_name(wanted.name)], prereleases=False), wanted
        for extra in wanted.extras:
            assert any(name == f"{wanted.name}-{extra}" for name in pinned), wanted
