"""The command line of Fogbound on a machine whose clock somebody sets back by a second at each look at it."""

from __future__ import annotations

import itertools
import time

_looks = itertools.count(1)
_right = time.time_ns

if __name__ == "__main__":
    # Before anything asks for it by name.
    time.time_ns = lambda: _right() - next(_looks) * 1_000_000_000
    from transport.cli.app import main

    main()
