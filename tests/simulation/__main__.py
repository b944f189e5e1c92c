"""Plays evenings, each drawn from its number: `python -m tests.simulation --help` says more."""

from __future__ import annotations

import argparse
import os
import sys
import warnings

from tests.simulation import clocks


def main() -> int:
    """Returns 1 if something went wrong in an evening, or a fault that was put back did not show."""
    parser = argparse.ArgumentParser(prog="python -m tests.simulation")
    parser.add_argument("--evenings", type=int, default=100, help="how many; 100 if nothing is said")
    parser.add_argument("--from", type=int, default=1, dest="first", help="the number of the first one")
    parser.add_argument("--story", action="store_true", help="tell what happened also where all went well")
    parser.add_argument(
        "--faults", nargs="*", metavar="NAME", help="put these known faults back, or all, and tell how soon each shows"
    )
    chosen = parser.parse_args()
    if os.environ.get("PYTHONHASHSEED") != "0":  # sets of text would have another order in each process
        arguments = [sys.executable, "-m", "tests.simulation", *sys.argv[1:]]
        os.execve(sys.executable, arguments, {**os.environ, "PYTHONHASHSEED": "0"})
    clocks.install()
    # Machines are killed in the middle of whatever they had begun.
    warnings.filterwarnings("ignore", "coroutine .* was never awaited", RuntimeWarning)
    from tests.simulation.evenings import play_all
    from tests.simulation.finding import find_all

    if chosen.faults is not None:
        return find_all(chosen.faults, most=chosen.evenings)
    return play_all(range(chosen.first, chosen.first + chosen.evenings), tells_all=chosen.story)


if __name__ == "__main__":
    sys.exit(main())
