"""The sweeps of courses: looks that are due, reminders to write down, reminders to send. Rows say when; any number late is found.

The worker's role finds what is due and reads nothing clinical; the judging is done as the application, confined to one establishment,
one patient at a time.
"""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable
from uuid import UUID

import asyncpg

from app.db import adherence as states
from app.db import reminders as rows
from app.db.door import AWAY, establishment_tx
from app.db.hints import Hints
from app.domain.rulebook import Rulebook
from app.services import daily, reminders

log = logging.getLogger("vigie.courses")
BATCH = 200


class CourseSweeps:
    """Ticked by the leader; two of them at once do no harm."""

    def __init__(self, worker: asyncpg.Pool, app: asyncpg.Pool, rulebook: Rulebook, hints: Hints) -> None:
        self._worker, self._app, self._rulebook, self._hints = worker, app, rulebook, hints

    def ticks(self) -> list[tuple[Callable[[], Awaitable[None]], int]]:
        """Each sweep with its seconds between two ticks."""
        return [
            (self.look_at_courses, 1),
            (self.send_reminders, 1),
            (self.write_reminders, 30),
            (self.forget_reminders, 3600),
        ]

    async def look_at_courses(self) -> None:
        """Every course whose time has come. One that cannot be judged is put off, said, and holds up nobody."""
        while True:
            async with self._worker.acquire() as con:
                due = await states.due_looks(con, BATCH)
            for each in due:
                await self._alone(self._look, each.establishment_id, each.course_id, each.patient_id)
            if len(due) < BATCH:
                return

    async def write_reminders(self) -> None:
        """Every course whose reminders run out."""
        while True:
            async with self._worker.acquire() as con:
                due = await rows.due_plans(con, BATCH)
            for each in due:
                await self._alone(self._extend, each.establishment_id, each.course_id, each.patient_id)
            if len(due) < BATCH:
                return

    async def send_reminders(self) -> None:
        """Every reminder whose time has come."""
        settled = BATCH
        while settled:
            async with self._worker.acquire() as con, con.transaction():
                settled = await reminders.send_due(con)

    async def forget_reminders(self) -> None:
        """Rows that no longer guard against a second reminder."""
        async with self._worker.acquire() as con:
            await rows.forget_old(con)

    async def _alone(
        self,
        do: Callable[[asyncpg.Connection, UUID, UUID], Awaitable[bool]],
        here: UUID,
        course_id: UUID,
        patient_id: UUID,
    ) -> None:
        try:
            async with establishment_tx(self._app, here, lock=patient_id) as con:
                news = await do(con, here, course_id)
        except AWAY:
            raise  # nothing is wrong with the course: the whole tick is tried again
        except Exception as why:
            log.error("a course cannot be judged", extra={"what": do.__name__, "error": type(why).__name__})
            async with establishment_tx(self._app, here) as con:
                await states.put_off(con, here, course_id)
                await rows.put_off(con, here, course_id)
        else:
            if news:
                self._hints.say(here)

    async def _look(self, con: asyncpg.Connection, here: UUID, course_id: UUID) -> bool:
        found = await daily.look(con, self._rulebook, here, course_id)
        return found is not None and found.alert_id is not None

    async def _extend(self, con: asyncpg.Connection, here: UUID, course_id: UUID) -> bool:
        await daily.extend(con, self._rulebook, here, course_id)
        return False
