"""Reports that wait at the same moment for the same establishment are kept together: as many round trips as one alone takes.

Nobody ever waits for company. A report that finds a free lane goes alone, at once, by the way of `submitting`; those that come while
all lanes are busy go together as soon as one is free. Whatever is not as usual in a crowd goes alone after it, so that there is one
truth of what is refused, repeated or kept for a human.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from uuid import UUID

import asyncpg
from msgspec import Struct

from app.db.door import crowd_tx
from app.domain.errors import Refusal, Unavailable
from app.domain.people import Submitter
from app.domain.reports import ReportDraft
from app.domain.rulebook import Rulebook
from app.http.problems import UNREACHABLE
from app.services.reports import Sent, Submission, sent, submit_together
from app.services.risk_scoring import Models
from app.services.vault import Vault

log = logging.getLogger("vigie.together")

LANES = 2  # per establishment: while PostgreSQL works for one, this process works for the other
MOST = 16  # reports in a crowd
WAIT = 0.25  # seconds without a lane given back: those under way are stuck, and whoever waits behind them goes alone
LONGEST = (
    1.0  # seconds: nor does anybody wait for longer while others still move, as behind an earlier report of their own
)
LOCKS_MS = 100  # a patient whose lock somebody else holds for longer than this does not hold up the crowd
HASTE = 1.0  # seconds: a database that has been away for longer is not asked a second time, or a phone would wait too long (N12)


class Waiting(Struct, eq=False):
    """A report and whoever waits for its answer: a Submission, or None when it must go alone."""

    report: Sent
    since: float
    answer: asyncio.Future[Submission | None]


class Lanes(Struct, eq=False):
    """What is under way for one establishment, and what waits."""

    busy: int
    aboard: set[UUID]  # patients
    waiting: list[Waiting]
    moved: float  # when a lane was taken or given back
    watch: asyncio.TimerHandle | None = None


class Together:
    """The crowds of one process. Whoever asks for a turn either goes alone in it or is told what became of their report."""

    def __init__(self, pool: asyncpg.Pool, vault: Vault, rulebook: Rulebook, models: Models) -> None:
        self._pool, self._vault, self._rulebook, self._models = pool, vault, rulebook, models
        self._lanes: dict[UUID, Lanes] = {}
        self._crowds: set[asyncio.Task[None]] = set()  # the loop itself would forget them

    @asynccontextmanager
    async def turn(self, who: Submitter, report_id: UUID, draft: ReportDraft) -> AsyncIterator[Submission | None]:
        """What became of the report among others; None: it goes alone, now. Raises Unavailable."""
        here = who.establishment_id
        lanes = self._lanes.get(here)
        if lanes is None:
            lanes = self._lanes[here] = Lanes(0, set(), [], 0.0)
        if lanes.busy < LANES:
            _board(lanes, {who.patient_id})
            try:
                yield None
            finally:
                self._free(here, lanes, {who.patient_id})
            return
        yield await self._among_others(here, lanes, sent(who, report_id, draft))

    def _among_others(self, here: UUID, lanes: Lanes, report: Sent) -> asyncio.Future[Submission | None]:
        loop = asyncio.get_running_loop()
        one = Waiting(report, loop.time(), loop.create_future())
        lanes.waiting.append(one)
        if lanes.watch is None:
            lanes.watch = loop.call_at(_patience(lanes), _hurry, lanes)
        return one.answer

    def _free(self, here: UUID, lanes: Lanes, patients: set[UUID]) -> None:
        """A lane is free: the next crowd takes it."""
        lanes.busy -= 1
        lanes.aboard -= patients
        lanes.moved = asyncio.get_running_loop().time()
        crowd = _next(lanes)
        if crowd:
            _board(lanes, {one.report.who.patient_id for one in crowd})
            task = asyncio.create_task(self._go(here, lanes, crowd))
            self._crowds.add(task)
            task.add_done_callback(self._crowds.discard)
        elif not lanes.busy and not lanes.waiting:
            if lanes.watch is not None:
                lanes.watch.cancel()
            self._lanes.pop(here, None)

    async def _go(self, here: UUID, lanes: Lanes, crowd: list[Waiting]) -> None:
        reports = [one.report for one in crowd]
        patients = {one.who.patient_id for one in reports}
        started = asyncio.get_running_loop().time()
        try:
            async with crowd_tx(self._pool, here, patients, LOCKS_MS) as con:
                safe = await self._vault.of(con, here)
                done = await submit_together(con, safe, self._rulebook, reports, self._models)
            for one, what in zip(crowd, done, strict=True):
                _tell(one, what)
        except Exception as why:
            if not isinstance(why, (Refusal, asyncpg.LockNotAvailableError)):
                log.warning("a crowd of reports goes one by one", extra={"error": type(why).__name__})
            away = isinstance(why, (Unavailable, *UNREACHABLE))
            away = away and asyncio.get_running_loop().time() - started > HASTE
            for one in crowd:
                _tell(one, Unavailable() if away else None)
        finally:
            self._free(here, lanes, patients)
            for one in crowd:
                one.answer.cancel()  # this process is ending; nothing when it has its answer


def _board(lanes: Lanes, patients: set[UUID]) -> None:
    lanes.busy += 1
    lanes.aboard |= patients
    lanes.moved = asyncio.get_running_loop().time()


def _patience(lanes: Lanes) -> float:
    """Until when those who wait do so; there must be somebody."""
    return min(lanes.moved + WAIT, lanes.waiting[0].since + LONGEST)


def _hurry(lanes: Lanes) -> None:
    """Whoever has waited for too long goes alone; when nothing moves at all, that is everybody."""
    loop = asyncio.get_running_loop()
    stuck = loop.time() >= lanes.moved + WAIT
    for one in lanes.waiting:
        if stuck or loop.time() >= one.since + LONGEST:
            _tell(one, None)
    lanes.waiting = [one for one in lanes.waiting if not one.answer.done()]
    lanes.watch = loop.call_at(_patience(lanes), _hurry, lanes) if lanes.waiting else None


def _next(lanes: Lanes) -> list[Waiting]:
    """Those that waited longest, each patient once, without those who have gone away; a patient under way waits for the end of it."""
    crowd: list[Waiting] = []
    left: list[Waiting] = []
    aboard = set(lanes.aboard)
    for one in lanes.waiting:
        if one.answer.done():
            continue
        patient = one.report.who.patient_id
        if len(crowd) < MOST and patient not in aboard:
            aboard.add(patient)
            crowd.append(one)
        else:
            left.append(one)
    lanes.waiting = left
    return crowd


def _tell(one: Waiting, what: Submission | Unavailable | None) -> None:
    if one.answer.done():
        return
    if isinstance(what, Unavailable):
        one.answer.set_exception(what)
    else:
        one.answer.set_result(what)
