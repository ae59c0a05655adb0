"""The sweep of the fortnight's questions. The worker's role finds whose time has come; what was reported is read as the application."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable

import asyncpg

from app.db import outcome_timers
from app.db.door import AWAY, establishment_tx
from app.db.outcome_timers import DueQuestion
from app.domain.rulebook import Rulebook
from app.services import outcome_calls

log = logging.getLogger("vigie.outcomes")
BATCH = 200


class OutcomeSweeps:
    """Ticked by the leader; two of them at once do no harm."""

    def __init__(self, worker: asyncpg.Pool, app: asyncpg.Pool, rulebook: Rulebook) -> None:
        self._worker, self._app, self._rulebook = worker, app, rulebook

    def ticks(self) -> list[tuple[Callable[[], Awaitable[None]], int]]:
        """Each sweep with its seconds between two ticks."""
        return [(self.look_at_questions, 5)]

    async def look_at_questions(self) -> None:
        """Every patient whose time has come. One that cannot be judged is put off, said, and holds up nobody."""
        while True:
            async with self._worker.acquire() as con:
                due = await outcome_timers.due(con, BATCH)
            for each in due:
                await self._look(each)
            if len(due) < BATCH:
                return

    async def _look(self, due: DueQuestion) -> None:
        here, patient_id = due.establishment_id, due.patient_id
        try:
            async with establishment_tx(self._app, here, lock=patient_id) as con:
                await outcome_calls.look(con, self._rulebook, here, patient_id)
        except AWAY:
            raise  # nothing is wrong with the patient: the whole tick is tried again
        except Exception as why:
            log.error("a question cannot be judged", extra={"error": type(why).__name__})
            async with establishment_tx(self._app, here) as con:
                await outcome_timers.put_off(con, here, patient_id)
