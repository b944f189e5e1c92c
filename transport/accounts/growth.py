"""How much people write to the log in a day, added up over all servers."""

from __future__ import annotations

from collections.abc import Mapping

from psycopg.rows import scalar_row

from domain.ids import UserId
from transport.accounts.statements import DirectoryPart


class Growth(DirectoryPart):
    """By the day in UTC, as the database has it."""

    async def add_log_growth(self, written: Mapping[UserId, int]) -> None:
        """Bytes by person, since the last call."""
        await self._execute("add_log_growth", people=list(written), bytes=list(written.values()))

    async def log_growth_over(self, most: int) -> frozenset[UserId]:
        """Who has written at least `most` bytes today."""
        return frozenset(await self._fetch(scalar_row, "log_growth_over", most=most))

    async def sweep_log_growth(self) -> int:
        """Deletes the days that nobody asks for any more; how many rows."""
        return await self._execute("sweep_log_growth")
