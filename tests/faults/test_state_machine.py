"""Any order of reports, copies, what people do with cases, dead and frozen workers, clocks, rosters and devices against the model (N21).

In this process against a real database, with the services as doors and sweeps call them; three workers at once sweep and send, unless they
are frozen. A person's fourth message in a minute would be held back: what bundles is proved in tests/domain/test_pace.py, so here
the database forgets what a person was sent.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from functools import partial
from typing import Any
from uuid import UUID, uuid4

import pytest
from hypothesis import HealthCheck, Phase, seed, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule, run_state_machine_as_test
from uuid_utils.compat import uuid7

from app.db import invariants, outbox
from app.db.cluster import Cluster
from app.domain.alerts import Action, Outcome, PauseReason, RefusalReason
from app.services import alerts, cases
from app.services.alerts import CloseAlert
from tests.faults.bench import WORKERS, Bench, orange
from tests.faults.model import Alert, Device, House, Verdict
from tests.faults.sizes import SIZES, as_time_allows, measured
from tests.rules.book import rulebook
from tests.world import START, Seed

DIARRHOEA, CHEST_PAIN, NAUSEA, NOTHING = (
    {"diarrhoea": {"F": 4}},
    {"chest_pain": {"S": 4}},
    {"nausea": {"F": 4, "S": 4}},
    {},
)
NURSES = ("level2", "level2.second")
CALLED = (*NURSES, "oncologist", "oncologist.second")
PART = 100  # machines between two looks at the time; each part has its own seed, the same each time
EVERYBODY_ON = {"level2", "oncologist"}
EMPTY = (
    "truncate report, report_conflict, verdict, alert, alert_round, hand_over, mute, cover, escalation, notification, delivery_attempt,"
    " event, push_device, call_pace, chart_verdict cascade"
)


CALLS = """
select round, staff_id, least(step, 10000) as step, why, state, token, bundle_id from notification where alert_id = $1
"""


def untaken(alert: Alert) -> bool:
    """Nobody has it."""
    return alert.state != "acknowledged"


def taken(alert: Alert) -> bool:
    """Somebody has it."""
    return alert.state == "acknowledged"


def may_wait(alert: Alert) -> bool:
    """Whoever has it may pause it."""
    return taken(alert) and (alert.verdict.level == "orange" or alert.contacted)


def not_offered(alert: Alert) -> bool:
    """Whoever has it may offer it to somebody."""
    return taken(alert) and alert.asked is None


@pytest.fixture(scope="module")
def bench(cluster: Cluster, seeded: Seed) -> Iterator[Bench]:
    """One for all machines of this file."""
    bench = Bench(cluster, seeded)
    yield bench
    bench.close()


# Whoever is called for the first time ever has one sender wait for the other; from then on nothing but the lease holds them apart.
CALLED_BEFORE = "insert into call_pace (establishment_id, staff_id) select establishment_id, id from staff"


class Machine(RuleBasedStateMachine):
    """The house and its model, side by side."""

    bench: Bench

    def __init__(self) -> None:
        super().__init__()
        self.cast, self.run = self.bench.cast, self.bench.run
        self.now = START + timedelta(hours=1)
        self.model = House(set(EVERYBODY_ON), orange)
        self.sent: dict[str, list[tuple[UUID, dict[str, Any]]]] = {}
        self.patients = {
            p.name: p for p in self.cast.a.patients[:2] if p.regimen in ("capecitabine_mono", "palbociclib")
        }
        self.run(self._empty())

    async def _empty(self) -> None:
        self.bench.outside.pushed.clear()
        self.bench.outside.shown.clear()
        await self.cast.superuser.execute(EMPTY)
        await self.cast.superuser.execute(CALLED_BEFORE)
        await self.cast.superuser.execute("update clock set frozen_at = $1", self.now)
        await self.cast.superuser.execute("delete from duty where establishment_id = $1", self.cast.a.id)
        for name in EVERYBODY_ON:
            await self._duty(name)

    def teardown(self) -> None:
        """Nothing of a worker that is still frozen goes into the next machine."""
        for worker in self.model.frozen:
            self.run(self.bench.workers[worker].kill())

    # -- what people do

    @rule(which=st.integers(0, 1), answers=st.sampled_from([DIARRHOEA, DIARRHOEA, CHEST_PAIN, NAUSEA, NAUSEA, NOTHING]))
    def submit(self, which: int, answers: dict[str, Any]) -> None:
        """A patient reports."""
        name = sorted(self.patients)[which]
        report_id = uuid7()
        self.sent.setdefault(name, []).append((report_id, answers))
        self.run(self.cast.report(self.patients[name], answers, report_id=report_id, answered_at=self.now))
        level, emergency, recipient, reasons = self.run(
            self.cast.superuser.fetchrow(
                "select level, emergency, recipient, reasons from verdict where report_id = $1", report_id
            )
        )
        assert level in ("green", "orange", "red")
        assert level != "orange" or recipient == "level2"
        self.model.report(name, Verdict(level, emergency, recipient, frozenset(reasons)), self.now)

    @precondition(lambda self: self.sent)
    @rule(data=st.data())
    def resend(self, data: st.DataObject) -> None:
        """A phone did not hear the answer, and sends the same again."""
        name = data.draw(st.sampled_from(sorted(self.sent)))
        report_id, answers = data.draw(st.sampled_from(self.sent[name]))
        kept = self.run(
            self.cast.superuser.fetchval("select content->>'answered_at' from report where id = $1", report_id)
        )
        told = datetime.fromisoformat(kept)
        found = self.run(self.cast.report(self.patients[name], answers, report_id=report_id, answered_at=told))
        assert found.receipt is not None
        assert found.receipt.duplicate

    @precondition(lambda self: self._cases(untaken))
    @rule(who=st.sampled_from(NURSES), data=st.data())
    def acknowledge(self, who: str, data: st.DataObject) -> None:
        """A nurse takes an alert."""
        name = data.draw(st.sampled_from(self._cases(untaken)))
        self.run(self._act(name, who, alerts.acknowledge))
        self.model.acknowledge(name, who, self.now)

    @precondition(lambda self: self._cases(taken))
    @rule(data=st.data())
    def speak_to_the_patient(self, data: st.DataObject) -> None:
        """Who has a case calls, and the patient answers."""
        name = data.draw(st.sampled_from(self._cases(taken)))
        self.run(self._act(name, self.model.open[name].owner, cases.record_contact, cases.Contact, self.now))
        self.model.spoken_to(name, self.now)

    @precondition(lambda self: self._cases(may_wait))
    @rule(minutes=st.sampled_from([5, 31, 240]), data=st.data())
    def pause(self, minutes: int, data: st.DataObject) -> None:
        """Who has a case lets it wait for something."""
        name, until = data.draw(st.sampled_from(self._cases(may_wait))), self.now + timedelta(minutes=minutes)
        how = partial(cases.Pause, reason=PauseReason.WAITING_FOR_RESULTS, until=until)
        self.run(self._act(name, self.model.open[name].owner, cases.pause, how, self.now))
        self.model.pause(name, until)

    @precondition(lambda self: self._cases(not_offered))
    @rule(data=st.data())
    def hand_over(self, data: st.DataObject) -> None:
        """Who has a case offers it to the other nurse."""
        name = data.draw(st.sampled_from(self._cases(not_offered)))
        owner = self.model.open[name].owner
        other = next(nurse for nurse in NURSES if nurse != owner)
        how = partial(cases.HandOver, to=self.cast.a.staff[other].person_id)
        self.run(self._act(name, owner, cases.hand_over, how, self.now))
        self.model.offer(name, other, self.now)

    @precondition(lambda self: self._cases(self._may_answer))
    @rule(accepts=st.booleans(), data=st.data())
    def answer(self, accepts: bool, data: st.DataObject) -> None:
        """The other nurse accepts it, or does not."""
        name = data.draw(st.sampled_from(self._cases(self._may_answer)))
        how = partial(cases.Refusal, reason=RefusalReason.BUSY)
        self.run(self._act(name, self.model.open[name].asked, *((cases.accept,) if accepts else (cases.refuse, how))))
        self.model.answer(name, accepts, self.now)

    @precondition(lambda self: self._cases(taken))
    @rule(data=st.data())
    def close(self, data: st.DataObject) -> None:
        """Who has a case ends it."""
        name = data.draw(st.sampled_from(self._cases(taken)))
        ending = partial(
            CloseAlert,
            action=Action.CALLED_PATIENT,
            outcome=Outcome.SETTLED_AT_HOME,
            toxicity=None,
            hospitalised=False,
            dose_changed=False,
            verdict="useful",
        )
        self.run(self._act(name, self.model.open[name].owner, alerts.close, ending))
        self.model.close(name)

    # -- what happens to them

    @rule()
    def tick(self) -> None:
        """All workers that are not frozen do all that is due, at once."""
        self.run(self._tick())
        self.model.tick(self.now)

    @rule(seconds=st.sampled_from([1, 25, 61, 600, 1799, 1801, 3601, 14_401, 86_401]))
    def advance(self, seconds: int) -> None:
        """Time passes."""
        self.now += timedelta(seconds=seconds)
        self.run(self.cast.superuser.execute("update clock set frozen_at = $1", self.now))

    @precondition(lambda self: len(self.model.frozen) < WORKERS - 1)
    @rule(pushing=st.booleans())
    def freeze_worker(self, pushing: bool) -> None:
        """A worker takes everything that is due and stands still: before it pushes, or while it does."""
        worker = next(n for n in range(WORKERS) if n not in self.model.frozen)
        self.run(self._freeze(worker, pushing))
        self.model.freeze(worker, pushing, self.now)

    @precondition(lambda self: self.model.frozen)
    @rule(data=st.data())
    def thaw_worker(self, data: st.DataObject) -> None:
        """It goes on as if no time had passed."""
        worker = data.draw(st.sampled_from(sorted(self.model.frozen)))
        self.run(self._thaw(worker))
        self.model.thaw(worker, self.now)

    @precondition(lambda self: self.model.frozen)
    @rule(data=st.data())
    def kill_worker(self, data: st.DataObject) -> None:
        """It dies with everything in its hands, and another one is started."""
        worker = data.draw(st.sampled_from(sorted(self.model.frozen)))
        self.run(self.bench.workers[worker].kill())
        self.model.kill(worker)

    @rule(who=st.sampled_from((*NURSES, "oncologist")))
    def change_roster(self, who: str) -> None:
        """Somebody goes off duty, or on."""
        on = who not in self.model.on_duty
        (self.model.on_duty.add if on else self.model.on_duty.discard)(who)
        self.run(self._duty(who) if on else self._off_duty(who))

    @rule(who=st.sampled_from(CALLED), answers=st.sampled_from(["answers", "answers", "silent", "gone", None]))
    def change_device(self, who: str, answers: str | None) -> None:
        """Somebody's only device is new, goes silent, is gone, or is removed."""
        self.model.devices[who] = answers and Device(answers)
        self.run(self._device(who, answers))

    # -- what must hold after each step

    @invariant()
    def agrees(self) -> None:
        """The house is as the model says."""
        self.run(self._compare())

    # -- how it is done

    def _cases(self, which: Callable[[Alert], bool]) -> list[str]:
        """Whose alerts are so."""
        return sorted(name for name, alert in self.model.open.items() if which(alert))

    def _may_answer(self, alert: Alert) -> bool:
        return alert.asked is not None and alert.answer_by is not None and self.now < alert.answer_by

    async def _act(
        self, name: str, who: str | None, what: Callable[..., Any], how: Callable[..., Any] | None = None, *more: Any
    ) -> None:
        """Somebody does something with an alert as it is: services take the version alone, or a body that has it."""
        async with self.cast.asking(self.cast.a) as con:
            row = await con.fetchrow(
                "select id, version from alert where patient_id = $1 and state <> 'closed'", self.patients[name].id
            )
            book = () if what is cases.refuse else (rulebook(),)
            said = how(version=row["version"]) if how else row["version"]
            await what(con, *book, self.cast.a.staff[str(who)], row["id"], said, *more)

    async def _tick(self) -> None:
        live = [worker for n, worker in enumerate(self.bench.workers) if n not in self.model.frozen]
        moved = True
        while moved:
            news = await asyncio.gather(*(worker.work() for worker in live))
            await self._receipts()
            news += await asyncio.gather(*(worker.give_up() for worker in live))
            moved, live = any(news), live[-1:]  # all at once for what is due now; what follows from it is left to one

    async def _freeze(self, worker: int, pushing: bool) -> None:
        await self.bench.workers[worker].freeze(pushing)
        await self._receipts()

    async def _thaw(self, worker: int) -> None:
        await self.bench.workers[worker].thaw()
        await self._receipts()

    async def _receipts(self) -> None:
        shown, self.bench.outside.shown = self.bench.outside.shown, []
        for token in shown:
            async with self.cast.asking(self.cast.a) as con:
                await outbox.receipt(con, self.cast.a.id, token, "received")

    async def _duty(self, who: str) -> None:
        caller = self.cast.a.staff[who]
        await self.cast.superuser.execute(
            "insert into duty (establishment_id, id, staff_id, role, coordination_level, from_minute, to_minute)"
            " values ($1, $2, $3, $4, $5, 0, 10080)",
            *(self.cast.a.id, uuid4(), caller.person_id, caller.role, caller.coordination_level),
        )

    async def _off_duty(self, who: str) -> None:
        await self.cast.superuser.execute("delete from duty where staff_id = $1", self.cast.a.staff[who].person_id)

    async def _device(self, who: str, answers: str | None) -> None:
        person = self.cast.a.staff[who].person_id
        await self.cast.superuser.execute("delete from push_device where person_id = $1", person)
        if answers is not None:
            await self.cast.superuser.execute(
                "insert into push_device (establishment_id, id, person_id, endpoint, p256dh, auth, label, created_at)"
                " values ($1, gen_random_uuid(), $2, 'https://push.example/x', 'x', $3, 'x', app_now())",
                *(self.cast.a.id, person, answers),
            )

    async def _compare(self) -> None:
        look, pushed = self.cast.superuser, self.bench.outside.pushed
        names = {caller.person_id: name for name, caller in self.cast.a.staff.items()}
        found = {}
        for row in await look.fetch("select * from alert where state <> 'closed'"):
            patient = next(name for name, p in self.patients.items() if p.id == row["patient_id"])
            found[patient] = row
        assert found.keys() == self.model.open.keys()
        for patient, alert in self.model.open.items():
            row = found[patient]
            shown = (
                row["state"],
                row["level"],
                row["emergency"],
                row["round"],
                row["reports"],
                names.get(row["owner_id"]),
            )
            known = (alert.verdict.level, alert.verdict.emergency, alert.round, alert.reports, alert.owner)
            assert shown == (alert.state, *known), patient
            assert (row["paused_until"], row["realert_at"]) == (alert.paused_until, alert.forgotten_at), patient
            rows = await look.fetch(CALLS, row["id"])
            # What went out in a bundle shares its pushes with others: of those the number is not compared.
            bundled = {(c["round"], names[c["staff_id"]], c["step"], c["why"]) for c in rows if c["bundle_id"]}
            told = sorted(
                (*key, c["state"], 0 if key in bundled else pushed[c["token"]])
                for c in rows
                for key in [(c["round"], names[c["staff_id"]], c["step"], c["why"])]
            )
            wanted = sorted(
                (*key, c.state, 0 if key in bundled else c.pushes)
                for c in alert.calls
                for key in [(c.round, c.person, c.step, c.why)]
            )
            assert told == wanted, patient
        calls = [call for alert in (*self.model.open.values(), *self.model.closed) for call in alert.calls]
        assert sum(pushed.values()) <= sum(call.pushes for call in calls), "somebody was told again, without a reason"
        assert await look.fetchval("select count(*) from alert where state = 'closed'") == len(self.model.closed)
        reports = sum(self.model.reports.values())
        assert await look.fetchval("select count(*) from report") == reports
        assert await look.fetchval("select count(*) from verdict") == reports
        async with self.cast.worker.acquire() as con:
            broken = {b.kind for b in await invariants.broken(con, 10_000)}
        assert "stuck_alert" not in broken


def test_n21_the_house_does_what_the_model_says_in_whatever_order_things_happen(bench: Bench) -> None:
    done = 0
    for done in as_time_allows(max(SIZES.machines // PART, 1)):
        machine = type("Machine", (Machine,), {"bench": bench, "TestCase": None})
        run_state_machine_as_test(
            seed(done)(machine),
            settings=settings(
                max_examples=min(PART, SIZES.machines),
                stateful_step_count=SIZES.steps,
                deadline=None,
                database=None,
                phases=(Phase.generate, Phase.shrink),
                suppress_health_check=list(HealthCheck),
            ),
        )
    machines = done * min(PART, SIZES.machines)
    measured(
        "N21",
        f"0 in {SIZES.machines} x {SIZES.steps}",
        f"0 in {machines} x {SIZES.steps}",
        well=machines == SIZES.machines,
    )
