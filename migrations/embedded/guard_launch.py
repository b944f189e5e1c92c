"""Starting a guard, and telling whether it lives."""

import fcntl
import json
import os
import shutil
import subprocess
import sys
import tempfile
from dataclasses import asdict
from pathlib import Path

from migrations.embedded.folder import ServerFolder
from migrations.embedded.guard import GuardOrder
from migrations.embedded.lease import Lease, new_pipe

# A socket's path may have 107 bytes; TMPDIR may be longer, or closed to the account that root drops to.
RUN_PARENT = Path("/tmp")
RUN_PREFIX = "fogbound-"
PACKAGES = Path(__file__).parents[2]
# Isolated (-I) and without site (-S): faster, and nothing of the user's Python settings can stop it.
BOOTSTRAP = "import sys; sys.path.append(sys.argv[1]); from migrations.embedded.guard import main; main(sys.argv[2])"


def launch_guard(folder: ServerFolder, binaries: Path, *, fsync: bool) -> tuple[Lease, subprocess.Popen[bytes]]:
    """Start a guard for `folder`, which must have none. The caller holds the door."""
    _clear_run_folder(folder.run)
    run = Path(tempfile.mkdtemp(prefix=RUN_PREFIX, dir=RUN_PARENT))
    folder.run.symlink_to(run)
    order = GuardOrder(folder=str(folder.path), run=str(run), binaries=str(binaries), fsync=fsync)
    life = os.open(run, os.O_RDONLY | os.O_DIRECTORY)
    # The guard inherits this lock: it shows that the guard lives, and cleaners of /tmp spare the folder.
    fcntl.flock(life, fcntl.LOCK_EX)
    try:
        with new_pipe(folder.lease) as (lease, reader), folder.log.open("ab") as log:
            guard = subprocess.Popen(
                [sys.executable, "-I", "-S", "-c", BOOTSTRAP, str(PACKAGES), json.dumps(asdict(order))],
                stdin=reader,
                stdout=log,
                stderr=log,
                cwd="/",
                pass_fds=[life],
                start_new_session=True,  # a Ctrl-C in the terminal is for us, not for the guard
            )
    finally:
        os.close(life)
    return lease, guard


def is_guarded(run: Path) -> bool:
    """Whether the guard of this run folder lives."""
    try:
        descriptor = os.open(run, os.O_RDONLY | os.O_DIRECTORY)
    except FileNotFoundError:
        return False
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    finally:
        os.close(descriptor)
    return False


def _clear_run_folder(link: Path) -> None:
    if not link.is_symlink():
        return
    run = link.readlink()
    # A guard that was killed could not remove it; anything else a link may point to is not ours to remove.
    if run.parent == RUN_PARENT and run.name.startswith(RUN_PREFIX):
        shutil.rmtree(run, ignore_errors=True)
    link.unlink()
