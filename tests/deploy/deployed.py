"""The files of deploy/ as tests read them."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml  # type: ignore[import-untyped]  # it comes with a tool of ours, without types

from tests.docs.pages import ROOT

FOLDER = ROOT / "deploy"
PAGE = ROOT / "docs/deployment.md"
KUBERNETES = FOLDER / "kubernetes"
SERVER_UNIT = FOLDER / "systemd/fogbound@.service"
UNITS = (SERVER_UNIT, FOLDER / "systemd/fogbound-migrate.service")

Unit = dict[str, list[str]]


def texts() -> dict[str, str]:
    """All files of the folder, and the page about them, by their place."""
    files = [PAGE, *(file for file in FOLDER.rglob("*") if file.is_file())]
    return {file.relative_to(ROOT).as_posix(): file.read_text(encoding="utf-8") for file in sorted(files)}


def documents(file: Path) -> list[dict[str, Any]]:
    """What a YAML file holds."""
    return list(yaml.safe_load_all(file.read_text(encoding="utf-8")))


def compose() -> dict[str, Any]:
    (whole,) = documents(FOLDER / "compose.yaml")
    return whole


def kustomization() -> dict[str, Any]:
    (whole,) = documents(KUBERNETES / "kustomization.yaml")
    return whole


def objects(kind: str) -> list[dict[str, Any]]:
    """All of a kind that Kubernetes is given."""
    whole = [one for file in sorted(KUBERNETES.glob("*.yaml")) for one in documents(file)]
    return [one for one in whole if one["kind"] == kind]


def pods() -> dict[str, dict[str, Any]]:
    """What runs in the cluster, by the name of what starts it."""
    return {one["metadata"]["name"]: one["spec"]["template"]["spec"] for one in objects("Deployment") + objects("Job")}


def unit(file: Path) -> Unit:
    """The settings of a systemd unit; one may be given several times."""
    found: Unit = defaultdict(list)
    for name, value in re.findall(r"^(\w+)=(.*)$", file.read_text(encoding="utf-8"), re.MULTILINE):
        found[name].append(value)
    return found


def settings() -> dict[str, dict[str, str]]:
    """What each way sets for a server, by the name of its file; what it takes from elsewhere is left out."""
    literals = [line for one in kustomization()["configMapGenerator"] for line in one["literals"]]
    environment = compose()["services"]["node1"]["environment"]
    assigned = [word for line in unit(SERVER_UNIT)["Environment"] for word in line.split()]
    found = {
        "compose.yaml": environment,
        "kustomization.yaml": dict(line.split("=", 1) for line in literals),
        SERVER_UNIT.name: dict(word.split("=", 1) for word in assigned),
    }
    return {name: dict(_ours(values)) for name, values in found.items()}


def _ours(values: dict[str, str]) -> Iterator[tuple[str, str]]:
    for name, value in values.items():
        if name.startswith("FOGBOUND_") and "${" not in value and "%" not in value:
            yield name, value


def verbs() -> list[tuple[str, str]]:
    """What of the program is called, and where."""
    found = [
        *((f"compose.yaml {name}", *one["command"]) for name, one in compose()["services"].items() if "build" in one),
        *((name, *container["args"]) for name, pod in pods().items() for container in pod["containers"]),
        *((file.name, *line.split()[1:]) for file in UNITS for line in unit(file)["ExecStart"]),
    ]
    return [(place, " ".join(words)) for place, *words in found]


def seconds(duration: str) -> float:
    """Of `35s` or `35`, or of a bare number of milliseconds as `500ms`."""
    match = re.fullmatch(r"(\d+)(ms|s|)", str(duration))
    assert match is not None, duration
    return int(match[1]) / (1000 if match[2] == "ms" else 1)
