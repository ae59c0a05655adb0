"""The weekly look at the risk model, establishment by establishment.

It counts what patients said and what became of them, which the worker's own role may not see: it goes through the same door as the
application, one establishment at a time.
"""

from __future__ import annotations

import asyncpg

from app.db import clock, history
from app.db.door import establishment_tx
from app.services import risk_watch
from app.services.risk_scoring import Models

EVERY = 300  # seconds; a look that is there already costs one statement, and a broken card is said again before the hour is over


class RiskWatch:
    """Ticked with the sweeps; several at once do no harm, the first row of a week counts."""

    def __init__(self, pool: asyncpg.Pool, models: Models) -> None:
        self._pool, self._models = pool, models

    async def watch_risk(self) -> None:
        """Look wherever this week's look is missing."""
        async with self._pool.acquire() as con:
            everywhere = await history.all_establishments(con)
            now, _ = await clock.read(con)
        for establishment_id in everywhere:
            async with establishment_tx(self._pool, establishment_id) as con:
                await risk_watch.look_at_card(con, self._models, establishment_id)
                await risk_watch.look(con, self._models, establishment_id, now)
