"""Every verb of the command with the wrong kind of everything: one line that says what to do, and no secret."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple
from urllib.parse import urlsplit

import psycopg
import pytest
from psycopg.sql import SQL, Identifier

from migrations.runner import FOLDER, migrate
from tests.access import access_of, logins, signed_in_as
from tests.conftest import fresh_database, with_database
from tests.docs.test_command_line import VERBS
from transport.cli.app import carry_out
from transport.maps.file import MAX_MAP_BYTES
from transport.rehearsal.script import MAX_SCRIPT_BYTES

SECRET = "S3cret"
NOBODY = "0a1b2c3d-4e5f-4a6b-8c7d-9e0f1a2b3c4d"
ROOT = Path(__file__).parents[2]
SCRIPT = ROOT / "examples" / "first-evening.jsonl"
MAP = ROOT / "examples" / "fogbound-coast.json"


class Verb(NamedTuple):
    """How it is called. FOLDER stands for an empty folder of the test, CAMPAIGN for a campaign's id.

    `signs_in` as a server, as the owner or as an analyst; None for what needs no database.
    """

    words: str
    signs_in: str | None = "server"


TABLE = [
    Verb("play --port 0 --json", "owner"),
    Verb("serve --json"),
    Verb("migrate", "owner"),
    Verb("doctor", "anybody"),
    Verb(f"rehearse {SCRIPT}", None),
    Verb("spec analytics", "analyst"),
    Verb("replay CAMPAIGN"),
    Verb("explain CAMPAIGN 3,-4"),
    Verb("archive CAMPAIGN FOLDER/new"),
    Verb("share CAMPAIGN FOLDER/new --as Ada"),
    Verb("restore FOLDER/new"),
    Verb("forget CAMPAIGN"),
    Verb("campaign create Fog"),
    Verb("campaign list"),
    Verb("campaign list --closed"),
    Verb("campaign close CAMPAIGN"),
    Verb("campaign purge CAMPAIGN --yes", "owner"),
    Verb("campaign invite CAMPAIGN"),
    Verb(f"map import CAMPAIGN {MAP}"),
    Verb("project --once"),
    Verb("project rebuild", "owner"),
    Verb("analyst create ines", "owner"),
    Verb("analyst list", "owner"),
    Verb("analyst password ines", "owner"),
    Verb("analyst drop ines", "owner"),
    Verb("sql -c true", "analyst"),
    Verb("export FOLDER/files", "analyst"),
    Verb("report -o FOLDER/new"),
]
WITH_DATABASE = [verb for verb in TABLE if verb.signs_in is not None]

NO_ADDRESSES = {
    "of another kind": f"mysql://dee:{SECRET}@db.example/fog",
    "of a driver": f"postgresql+psycopg://dee:{SECRET}@127.0.0.1/fog",
    "in words": f"host=127.0.0.1 password={SECRET} nonsense",
    "with an @": f"postgresql://dee:p@{SECRET}@127.0.0.1/fog",
    "with a slash": f"postgresql://dee:{SECRET}/p@127.0.0.1/fog",
    "with a port in letters": f"postgresql://dee:{SECRET}@127.0.0.1:many/fog",
}


class Run(NamedTuple):
    """`said` is what came on standard error, by whichever way."""

    code: int
    said: str
    printed: str


Fogbound = Callable[..., Run]


@pytest.fixture
def fogbound(monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str], tmp_path: Path) -> Fogbound:
    """The command in this process, with nothing set but what is given."""
    for name in list(os.environ):
        if name.startswith("FOGBOUND_"):
            monkeypatch.delenv(name)

    def run(words: str, **settings: str) -> Run:
        for name, value in {"PUBLIC_URL": "https://fog.example", "PORT": "0", **settings}.items():
            monkeypatch.setenv(f"FOGBOUND_{name}", value)
        said = words.replace("CAMPAIGN", NOBODY).replace("FOLDER", str(tmp_path)).split()
        with pytest.raises(SystemExit) as end:
            carry_out(said)
        out, err = capfd.readouterr()
        code = end.value.code
        return Run(1, f"{err}{code}\n", out) if isinstance(code, str) else Run(code or 0, err, out)

    return run


def check(done: Run, why: str, caplog: pytest.LogCaptureFixture) -> None:
    """It failed for this reason, in one line."""
    assert done.code != 0
    assert why in done.said
    assert done.said.startswith("fogbound: ")
    assert done.said.count("\n") == 1, done.said
    assert [record.getMessage() for record in caplog.records] == []
    assert SECRET not in done.said + done.printed
    assert "Errno" not in done.said
    assert done.printed == ""


def test_no_verb_is_left_out() -> None:
    """A verb that is new is put into the table."""
    called = {tuple(word for word in verb.words.split() if word.isalpha()) for verb in TABLE}
    missing = {words for words in VERBS if not any(given[: len(words)] == words for given in called)}
    assert missing == set()


@pytest.mark.parametrize("verb", [verb for verb in WITH_DATABASE if not verb.words.startswith("play")], ids=str)
def test_no_address(fogbound: Fogbound, caplog: pytest.LogCaptureFixture, verb: Verb) -> None:
    """It says which setting names the database."""
    check(fogbound(verb.words), "FOGBOUND_DATABASE_URL is not set", caplog)


@pytest.mark.parametrize("kind", NO_ADDRESSES)
@pytest.mark.parametrize("verb", TABLE, ids=str)
def test_an_address_of_another_kind(
    fogbound: Fogbound, caplog: pytest.LogCaptureFixture, verb: Verb, kind: str
) -> None:
    """It says what one looks like, and does not repeat it: there is a password in it."""
    wrong = "FOGBOUND_DATABASE_URL: it should look like postgresql://"
    check(fogbound(verb.words, DATABASE_URL=NO_ADDRESSES[kind]), wrong, caplog)


@pytest.mark.parametrize("verb", WITH_DATABASE, ids=str)
def test_a_stopped_database(fogbound: Fogbound, caplog: pytest.LogCaptureFixture, server_url: str, verb: Verb) -> None:
    """Nobody listens there; or there is a server without such a database."""
    stopped = f"postgresql://dee:{SECRET}@127.0.0.1:1/fog"
    check(fogbound(verb.words, DATABASE_URL=stopped), "The database cannot be reached: ", caplog)
    missing = with_database(server_url, "no_such_database")
    check(fogbound(verb.words, DATABASE_URL=missing), 'database "no_such_database" does not exist', caplog)


@pytest.fixture(scope="module")
def places(
    server_url: str, migrated_template: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[dict[str, str]]:
    """Databases and logins that do not fit, by what is wrong with them."""
    folder = tmp_path_factory.mktemp("older")
    for path in sorted(FOLDER.glob("*.sql"))[:8]:
        shutil.copy(path, folder)
    with (
        fresh_database(server_url, migrated_template) as good,
        fresh_database(server_url, "template0") as empty,
        fresh_database(server_url, "template0") as older,
        fresh_database(server_url, migrated_template) as newer,
        logins(good, analyst="", stranger="") as names,
    ):
        migrate(good)
        migrate(older, folder)
        with psycopg.connect(newer) as connection:
            connection.execute("insert into schema_migrations values (9999, '9999_contract_members.sql', 'sum', now())")
        with psycopg.connect(good) as connection:
            analysts = Identifier(access_of(good).analyst_role)
            connection.execute(SQL("grant {} to {}").format(analysts, Identifier(names["analyst"])))
            database = Identifier(urlsplit(good).path[1:])
            connection.execute(
                SQL("grant connect on database {} to {}").format(database, Identifier(names["stranger"]))
            )
        yield {
            "empty": empty,
            "older": older,
            "newer": newer,
            "an analyst's": signed_in_as(good, names["analyst"]),
            "a stranger's": signed_in_as(good, names["stranger"]),
        }


MIGRATES = {"play --port 0 --json", "migrate"}
LOOKS = {"doctor"}


def of_another_age() -> Iterator[tuple[Verb, str]]:
    """Analysts can't read which files were applied, and what they read was there before."""
    for verb in WITH_DATABASE:
        for shape in ("empty", "older", "newer"):
            is_older = shape != "newer"
            fits = verb.words in LOOKS or (verb.words in MIGRATES and is_older)
            if not fits and (verb.signs_in != "analyst" or shape == "empty"):
                yield verb, shape


@pytest.mark.parametrize(("verb", "shape"), list(of_another_age()), ids=str)
def test_a_database_of_another_age(
    fogbound: Fogbound, caplog: pytest.LogCaptureFixture, places: dict[str, str], verb: Verb, shape: str
) -> None:
    """Of an older one it says what brings it up to date, of a newer one that this program is too old."""
    why = "use a newer program" if shape == "newer" else "run `fogbound migrate`"
    check(fogbound(verb.words, DATABASE_URL=places[shape]), why, caplog)


REFUSED = {
    "server": "may not work as a server of this database: let its owner run",
    "owner": "may not work as a server of this database: let its owner run",
    "analyst": "This login may not do that: permission denied for schema analytics",
}


def without_rights() -> Iterator[tuple[Verb, str]]:
    """Of a stranger's question in `sql` psql itself says that it is refused."""
    for verb in WITH_DATABASE:
        if verb.words not in LOOKS and not verb.words.startswith("sql"):
            yield verb, "a stranger's"
            if verb.signs_in != "analyst":
                yield verb, "an analyst's"


@pytest.mark.parametrize(("verb", "whose"), list(without_rights()), ids=str)
def test_a_login_without_rights(
    fogbound: Fogbound, caplog: pytest.LogCaptureFixture, places: dict[str, str], verb: Verb, whose: str
) -> None:
    """It says who may, or who can allow it."""
    why = "is not the owner of this database's tables" if verb.words in MIGRATES else REFUSED[verb.signs_in or ""]
    check(fogbound(verb.words, DATABASE_URL=places[whose]), why, caplog)


@pytest.mark.parametrize("shape", ["empty", "older", "newer", "an analyst's", "a stranger's"])
def test_the_doctor_says_what_is_wrong(fogbound: Fogbound, places: dict[str, str], shape: str) -> None:
    """A line each, and the exit code tells it too."""
    done = fogbound("doctor", DATABASE_URL=places[shape])
    assert (done.code, done.said) == (1, "")
    assert "wrong  tables" in done.printed


@pytest.mark.parametrize(
    "words",
    [
        "replay CAMPAIGN",
        "explain CAMPAIGN 3,-4",
        "archive CAMPAIGN FOLDER/new",
        "share CAMPAIGN FOLDER/new --as Ada",
        "campaign close CAMPAIGN",
        "campaign purge CAMPAIGN --yes",
        "campaign invite CAMPAIGN",
        f"map import CAMPAIGN {MAP}",
        "report CAMPAIGN -o FOLDER/new",
    ],
)
def test_an_unknown_campaign(
    fogbound: Fogbound, caplog: pytest.LogCaptureFixture, database: str, tmp_path: Path, words: str
) -> None:
    """It is named, and no file is made."""
    check(fogbound(words, DATABASE_URL=database), f"There is no campaign {NOBODY}", caplog)
    assert list(tmp_path.iterdir()) == []


WRITES = ["archive ID PLACE", "report -o PLACE", "export PLACE"]
READS = ["restore PLACE", "map import ID PLACE", "rehearse PLACE"]


@pytest.mark.parametrize("words", WRITES + READS)
def test_a_place_that_is_no_file(
    fogbound: Fogbound, caplog: pytest.LogCaptureFixture, database: str, tmp_path: Path, words: str
) -> None:
    """A file that is there, or is something else; a directory; one that is not there; one where nobody may write."""
    campaign = fogbound("campaign create Fog", DATABASE_URL=database).printed.split()[0]
    there, folder = tmp_path / "there", tmp_path / "folder"
    there.write_text("precious")
    folder.mkdir()
    wrong = {there: "is there already" if words in WRITES else "line 1: ", tmp_path / "no" / "such": "No such file"}
    if words.startswith("map"):
        wrong[there] = "The map file is not JSON"
    if words.startswith("export"):
        wrong = {there: f"{there} is there already", Path("/proc/files"): "/proc/files: "}
    else:
        wrong[folder] = "is a directory"
    for place, why in wrong.items():
        done = fogbound(words.replace("ID", campaign).replace("PLACE", str(place)), DATABASE_URL=database)
        check(done, why, caplog)
    assert there.read_text() == "precious"


@pytest.mark.parametrize(
    ("words", "most"),
    [("map import ID PLACE", MAX_MAP_BYTES), ("rehearse PLACE", MAX_SCRIPT_BYTES)],
)
def test_a_file_that_is_too_large(
    fogbound: Fogbound, caplog: pytest.LogCaptureFixture, tmp_path: Path, words: str, most: int
) -> None:
    """No more of it is read than there may be, also where nothing tells how much comes."""
    large = tmp_path / "large"
    with large.open("wb") as file:
        file.truncate(most + 1)
    for place in (large, Path("/dev/zero")):
        done = fogbound(words.replace("ID", NOBODY).replace("PLACE", str(place)))
        check(done, f"{place} may have at most {most} bytes", caplog)


@pytest.mark.parametrize(
    ("words", "why"),
    [
        ("", ""),
        ("campaign", ""),
        ("nonsense", "No such command 'nonsense'"),
        ("replay", "Missing argument 'CAMPAIGN'"),
        ("replay dragon", "valid UUID"),
        ("replay CAMPAIGN --session 0", "--session"),
        ("replay CAMPAIGN --speed fast", "--speed"),
        ("share CAMPAIGN FOLDER/new", "Missing option '--as'"),
        ("explain CAMPAIGN", "Missing argument 'HEX'"),
        ("campaign invite CAMPAIGN --role king", "--role"),
        ("campaign invite CAMPAIGN --uses 0", "--uses"),
        ("campaign invite CAMPAIGN --hours -1", "--hours"),
        ("campaign invite CAMPAIGN --hours 0", "--hours"),
        ("campaign invite CAMPAIGN --hours nan", "--hours"),
        ("campaign invite CAMPAIGN --hours 8785", "--hours"),
        ("replay CAMPAIGN --speed nan", "--speed"),
        ("replay CAMPAIGN --speed inf", "--speed"),
        (f"rehearse {SCRIPT} --speed nan", "--speed"),
        ("export FOLDER/files --since yesterday", "yesterday"),
        ("export FOLDER/files --format excel", "--format"),
        ("report", "Missing option '--output'"),
        ("spec everything", "WHAT"),
        ("play --port 99999", "FOGBOUND_PORT"),
        (f"rehearse {SCRIPT} --url mysql://dee:{SECRET}@db.example", "The address of a server looks like"),
        (f"rehearse {SCRIPT} --url nonsense", "The address of a server looks like"),
        (f"rehearse {SCRIPT} --json --url http://127.0.0.1:1", "127.0.0.1:1"),
        (f"rehearse {SCRIPT} --database mysql://dee:{SECRET}@db.example/fog", "it should look like postgresql://"),
    ],
)
def test_words_that_make_no_sense(fogbound: Fogbound, caplog: pytest.LogCaptureFixture, words: str, why: str) -> None:
    """They are named, without a page about it; who types nothing is shown what there is."""
    done = fogbound(words)
    if why:
        check(done, why, caplog)
    else:
        assert (done.code, done.said) == (2, "")
        assert "Usage: " in done.printed


def test_a_link_without_an_address(fogbound: Fogbound, database: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """It names no port on which nobody serves: what belongs before it is said beside it."""
    monkeypatch.setenv("FOGBOUND_PORT", "8080")
    campaign, link = fogbound("campaign create Fog", DATABASE_URL=database, PUBLIC_URL="").printed.split()
    done = fogbound(f"campaign invite {campaign}", PUBLIC_URL="")
    for printed in (link, done.printed):
        assert printed.startswith("/join#")
    assert done.said == "fogbound: FOGBOUND_PUBLIC_URL is not set: put your server's address before /join\n"


def test_the_version(fogbound: Fogbound) -> None:
    """For who reports something."""
    done = fogbound("--version")
    assert (done.code, done.said) == (0, "")
    assert done.printed.startswith("fogbound 0.")


@pytest.mark.parametrize("program", ["make_map.py", "make_evening.py", "play_script.py", "simulate.py"])
def test_the_help_of_examples_changes_nothing(tmp_path: Path, program: str) -> None:
    """Whoever asks what a program does has not asked for it to be done."""
    shutil.copytree(ROOT / "examples", tmp_path / "examples")
    before = {path: path.stat().st_mtime_ns for path in (tmp_path / "examples").iterdir() if path.is_file()}
    done = subprocess.run(
        [sys.executable, tmp_path / "examples" / program, "--help"],
        capture_output=True, text=True, check=True, timeout=60,
        env={"PYTHONPATH": str(ROOT), "PYTHONDONTWRITEBYTECODE": "1"},
    )  # fmt: skip
    assert "usage: " in done.stdout
    assert {path: path.stat().st_mtime_ns for path in (tmp_path / "examples").iterdir() if path.is_file()} == before
