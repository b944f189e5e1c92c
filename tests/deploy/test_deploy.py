"""The files of deploy/ fit the program, and each other."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.deploy.deployed import (
    FOLDER,
    KUBERNETES,
    SERVER_UNIT,
    UNITS,
    compose,
    documents,
    kustomization,
    objects,
    pods,
    seconds,
    settings,
    texts,
    unit,
    verbs,
)
from tests.docs.pages import ROOT, page
from tests.docs.test_addresses import addresses
from tests.docs.test_command_line import VERBS
from tests.docs.test_requirements import pins
from transport.cluster import drain, membership
from transport.event_loop import child_process
from transport.rooms import connection, registry
from transport.server import server
from transport.settings import Settings

CONTAINERFILE = (FOLDER / "Containerfile").read_text(encoding="utf-8")
HAPROXY = (FOLDER / "haproxy.cfg").read_text(encoding="utf-8")
FOR_OPERATORS = {"/healthz", "/readyz", "/metrics"}
MOST_EXPOSURE = 20
"""Tenths, as systemd-analyze counts what a service could do to the machine: 100 is everything."""


def test_every_setting_that_is_named_exists() -> None:
    """No file and no page sets anything that a server does not read, or to what it refuses."""
    known = {f"FOGBOUND_{name.upper()}" for name in Settings.model_fields}
    named = {name for text in texts().values() for name in re.findall(r"\bFOGBOUND_[A-Z_]*[A-Z]", text)}
    assert {"FOGBOUND_DATABASE_URL", "FOGBOUND_PROXIES", "FOGBOUND_DRAIN_SECONDS"} <= named <= known
    for values in settings().values():
        Settings(**{name.removeprefix("FOGBOUND_").lower(): value for name, value in values.items()})  # type: ignore[arg-type]


def test_every_verb_that_is_called_exists() -> None:
    """Each way migrates and serves, by verbs that the program has."""
    called = verbs()
    assert {verb for _, verb in called} == {"migrate", "serve"}
    assert {tuple(verb.split()) for _, verb in called} <= VERBS.keys()
    assert re.findall(r"^(?:ENTRYPOINT|CMD) (\[.*\])$", CONTAINERFILE, re.MULTILINE) == ['["fogbound"]', '["serve"]']


def test_every_server_is_told_where_people_reach_it() -> None:
    """Without that none serves: compose takes it from the operator's file, systemd from one that the page shows."""
    services = compose()["services"]
    for node in ("node1", "node2"):
        assert services[node]["environment"]["FOGBOUND_PUBLIC_URL"].startswith("${PUBLIC_URL:?")
    assert settings()["kustomization.yaml"]["FOGBOUND_PUBLIC_URL"].startswith("https://")
    assert re.search(r"^FOGBOUND_PUBLIC_URL=https://", page("docs/deployment.md").text, re.MULTILINE)


@pytest.mark.parametrize("name", sorted(settings()))
def test_nobody_is_killed_while_a_server_drains(name: str) -> None:
    """Supervisors wait for all that a server may wait for when it ends, one after the other."""
    services = compose()["services"]
    waits = {
        "compose.yaml": [services[node]["stop_grace_period"] for node in ("node1", "node2")],
        "kustomization.yaml": [pods()["fogbound"]["terminationGracePeriodSeconds"]],
        SERVER_UNIT.name: unit(SERVER_UNIT)["TimeoutStopSec"],
    }
    needed = sum(
        [
            float(settings()[name]["FOGBOUND_DRAIN_SECONDS"]),
            drain.REST_SECONDS,
            registry.REST_SECONDS,
            connection.CLOSE_SECONDS,
            2 * server.SHUTDOWN_SECONDS,
            membership.ANSWER_SECONDS,
            2 * child_process.END_SECONDS,
        ]
    )
    assert all(seconds(wait) >= needed for wait in waits[name])


def test_haproxy_finds_out_in_time() -> None:
    """That a server drains, before it sends anybody away; and it gives no socket up that still has a heartbeat."""
    (every, times) = re.findall(r"default-server check inter (\w+) fall (\d+) ", HAPROXY)[0]
    drains = [float(values["FOGBOUND_DRAIN_SECONDS"]) for values in settings().values()]
    assert seconds(every) * int(times) * 2 <= min(drains) / 3
    (tunnel,) = re.findall(r"timeout tunnel (\w+)", HAPROXY)
    assert seconds(tunnel) > 2 * Settings.model_fields["heartbeat_seconds"].default


def test_each_way_believes_its_one_proxy() -> None:
    """Without it all people would share one address, with more anybody could pretend to have another."""
    assert {values["FOGBOUND_PROXIES"] for values in settings().values()} == {"1"}


def test_no_file_holds_a_secret() -> None:
    """Passwords come from the environment, from a file or from the cluster; no address has one in it."""
    for place, text in texts().items():
        assert not re.search(r"://[^/\s:@]*:[^/\s@]+@", text), place
        assert "PRIVATE KEY" not in text, place
    whole = [one for file in FOLDER.rglob("*.y*ml") for one in documents(file)]
    assert not [one for one in whole if one.get("kind") == "Secret"]
    assert not [one for one in whole if "secretGenerator" in one]
    told = [(key, value) for one in whole for key, value in leaves(one) if "password" in key.lower()]
    assert told
    assert all(value.startswith("${") for _, value in told)
    for file in UNITS:
        assert not re.search(r"PASSWORD|DATABASE_URL", " ".join(unit(file)["Environment"]))


def leaves(whole: Any, key: str = "") -> Iterator[tuple[str, str]]:
    """Each value with the key that it stands under."""
    if isinstance(whole, dict):
        for name, value in whole.items():
            yield from leaves(value, name)
    elif isinstance(whole, list):
        for value in whole:
            yield from leaves(value, key)
    else:
        yield key, str(whole)


def test_the_database_stops_no_server() -> None:
    """Who is sent to a server depends on whether it can commit; whether it is started anew does not."""
    (server,) = pods()["fogbound"]["containers"]
    assert server["readinessProbe"]["httpGet"]["path"] == "/readyz"
    assert server["livenessProbe"]["httpGet"]["path"] == "/healthz"
    assert server["startupProbe"]["httpGet"]["path"] == "/healthz"
    assert "option httpchk GET /readyz" in HAPROXY
    assert re.search(r"^HEALTHCHECK .*?'/readyz'", CONTAINERFILE, re.MULTILINE | re.DOTALL)


def test_the_cluster_replaces_one_by_one() -> None:
    """There are always as many ready servers as wanted, and a drained machine leaves one."""
    (deployment,) = objects("Deployment")
    (budget,) = objects("PodDisruptionBudget")
    assert deployment["spec"]["replicas"] == 2
    assert deployment["spec"]["strategy"]["rollingUpdate"] == {"maxSurge": 1, "maxUnavailable": 0}
    assert budget["spec"]["minAvailable"] == 1
    assert budget["spec"]["selector"] == deployment["spec"]["selector"]


def test_nothing_runs_with_more_rights_than_it_needs() -> None:
    """No root, no capability, nothing to write to; and the cluster puts no variables of its own beside ours."""
    for pod in pods().values():
        assert pod["enableServiceLinks"] is False  # FOGBOUND_PORT would be the address of the service
        assert pod["automountServiceAccountToken"] is False
        assert pod["securityContext"]["runAsNonRoot"] is True
        for container in pod["containers"]:
            assert container["securityContext"]["readOnlyRootFilesystem"] is True
            assert container["securityContext"]["capabilities"] == {"drop": ["ALL"]}
    services = compose()["services"]
    for service in (services[name] for name in ("migrate", "node1", "node2")):
        assert service["read_only"] is True
        assert service["cap_drop"] == ["ALL"]
        assert "ports" not in service
    (user,) = re.findall(r"^USER (\d+):", CONTAINERFILE, re.MULTILINE)
    assert int(user) == pods()["fogbound"]["securityContext"]["runAsUser"] > 0


async def test_the_ingress_leads_to_all_that_people_need_and_to_nothing_else() -> None:
    """Every page, call and socket is reachable through it, and what is for operators is not."""
    paths = [path for one in objects("Ingress") for rule in one["spec"]["rules"] for path in rule["http"]["paths"]]
    assert {path["backend"]["service"]["name"] for path in paths} == {
        one["metadata"]["name"] for one in objects("Service")
    }
    for address in (*await addresses(), "GET /static/table.js"):
        place = address.split()[1].replace("*", "0a1b2c3d-4e5f-4a6b-8c7d-9e0f1a2b3c4d")
        assert any(leads(path, place) for path in paths) == (place not in FOR_OPERATORS), address


def leads(path: dict[str, str], place: str) -> bool:
    """As Kubernetes matches: a prefix by whole elements of the path."""
    if path["pathType"] == "Exact":
        return place == path["path"]
    return f"{place}/".startswith(f"{path['path'].rstrip('/')}/")


def test_the_ingress_spreads_sockets_by_campaign() -> None:
    """By the name that the protocol gives it, and it waits for longer than a heartbeat."""
    (sockets,) = [one for one in objects("Ingress") if one["metadata"]["name"] == "fogbound-sockets"]
    said = {name.rpartition("/")[2]: value for name, value in sockets["metadata"]["annotations"].items()}
    assert said["upstream-hash-by"] == "$arg_campaignId"
    assert "`GET /ws?campaignId=CAMPAIGN`" in page("docs/protocol.md").text
    assert float(said["proxy-read-timeout"]) > 2 * Settings.model_fields["heartbeat_seconds"].default


def test_the_kustomization_lists_every_file() -> None:
    """Nothing lies beside it that would not be applied, and its images and settings are those that are asked for."""
    whole = kustomization()
    assert {*whole["resources"], "kustomization.yaml"} == {file.name for file in KUBERNETES.iterdir()}
    used = {container["image"] for pod in pods().values() for container in pod["containers"]}
    assert used == {image["name"] for image in whole["images"]}
    (server,) = pods()["fogbound"]["containers"]
    asked = {source["configMapRef"]["name"] for source in server["envFrom"]}
    assert asked == {one["name"] for one in whole["configMapGenerator"]}


@pytest.mark.skipif(shutil.which("kubectl") is None, reason="kubectl is not installed")
def test_kubectl_renders_it() -> None:
    """Without a cluster, and with everything in it."""
    done = subprocess.run(["kubectl", "kustomize", KUBERNETES], capture_output=True, text=True, check=True)
    kinds = re.findall(r"^kind: (\w+)$", done.stdout, re.MULTILINE)
    expected = [
        "ConfigMap",
        "Deployment",
        "Ingress",
        "Ingress",
        "Job",
        "NetworkPolicy",
        "PodDisruptionBudget",
        "Service",
    ]
    assert sorted(kinds) == expected
    assert not re.search(r"image: fogbound$", done.stdout, re.MULTILINE)


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="systemd-analyze is not installed")
def test_systemd_understands_the_units(tmp_path: Path) -> None:
    """Every line of them, once the program is where they say; and a server could do little to the machine."""
    for file in UNITS:
        text = file.read_text(encoding="utf-8").replace("/opt/fogbound/bin/fogbound", sys.executable)
        (tmp_path / file.name).write_text(text, encoding="utf-8")
    copies = [str(tmp_path / file.name) for file in UNITS]
    done = subprocess.run(["systemd-analyze", "verify", *copies], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout + done.stderr) == (0, "")
    judged = ["systemd-analyze", "security", "--offline=true", f"--threshold={MOST_EXPOSURE}", *copies]
    done = subprocess.run(judged, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def test_the_image_is_made_of_the_whole_program() -> None:
    """Each folder of the package is copied into it, and let through by the list of what to ignore."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    wheel = project["tool"]["hatch"]["build"]["targets"]["wheel"]
    needed = {*wheel["packages"], *(file.split("/")[0] for file in wheel["force-include"])}
    needed |= {"pyproject.toml", "requirements", project["project"]["readme"], *project["project"]["license-files"]}
    lines = [line.split()[1:] for line in CONTAINERFILE.splitlines() if line.startswith("COPY ") and "--" not in line]
    copied = {word for words in lines for word in words[:-1]}
    ignored = (FOLDER / "Containerfile.containerignore").read_text(encoding="utf-8").splitlines()
    assert copied == needed == {line.removeprefix("!") for line in ignored if line.startswith("!")}


def test_the_image_is_made_of_what_is_pinned() -> None:
    """With hashes throughout, what builds the wheel too; and what is left out is really there to be left out."""
    installs = re.findall(r"pip install (.+?)(?: \\$|$)", CONTAINERFILE, re.MULTILINE)
    assert len(installs) == 3
    assert all("--require-hashes" in words or "--no-index" in words for words in installs)
    left_out = re.findall(r"pip uninstall --yes (.+)$", CONTAINERFILE, re.MULTILINE)
    assert {*left_out[0].split()} <= pins("run.txt").keys()
    (named,) = re.findall(r"sed -n '/\^\\\((.+?)\\\)==", CONTAINERFILE)
    builders = {*named.split(r"\|")}
    build_system = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["build-system"]
    assert {re.split(r"\W", one)[0] for one in build_system["requires"]} <= builders <= pins("dev.txt").keys()
