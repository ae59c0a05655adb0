"""Any order of reports, copies, taking, handing over, closing, dying workers, jumping clocks, rosters and devices against the model (N21).

In this process against a real database, with the services as doors and sweeps call them. A person's fourth message in a minute would be
held back: what bundles is proved in tests/domain/test_pace.py, so here each tick begins a new minute for everybody. The timers of a case
that somebody has (forgotten, contact overdue) do not run here: they are proved in tests/services/test_cases.py.
"""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine, Iterator
from contextlib import AsyncExitStack
from datetime import datetime, timedelta
from typing import Any, TypeVar
from uuid import UUID, uuid4

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule, run_state_machine_as_test
from uuid_utils.compat import uuid7

from app.db import invariants, outbox
from app.db.cluster import Cluster
from app.db.hints import Hints
from app.delivery.ways import Ways
from app.domain.messages import Message
from app.domain.notifications import Outcome, OutcomeKind
from app.domain.reach import Channel, Contact, Device
from app.jobs.delivery import Sender
from app.services import alerts, cases, escalation
from app.services.alerts import CloseAlert
from app.services.cases import HandOver
from tests.cast import Patient, people
from tests.faults.model import House
from tests.faults.sizes import SIZES, measured
from tests.rules.book import rulebook
from tests.world import START, Seed

T = TypeVar("T")
DIARRHOEA, CHEST_PAIN, NOTHING = {"diarrhoea": {"F": 4}}, {"chest_pain": {"S": 4}}, {}
NURSES = ("level2", "level2.second")
CALLED = (*NURSES, "oncologist", "oncologist.second")
EVERYBODY_ON = {"level2", "oncologist"}
EMPTY = (
    "truncate report, report_conflict, verdict, alert, alert_round, hand_over, mute, cover, escalation, notification, delivery_attempt,"
    " event, push_device, call_pace, chart_verdict cascade"
)


class Network(Ways):
    """The world outside: each device answers, is silent or is gone, as its label says; a receipt comes at once or never."""

    def __init__(self) -> None:
        self.configured = frozenset({Channel.WEB_PUSH})
        self.shown: list[str] = []  # tokens of what a device has shown and not yet receipted

    async def send(self, message: Message, target: Device | Contact, now: datetime) -> Outcome:
        """What becomes of one push."""
        assert isinstance(target, Device)
        assert now < message.expires_at
        if target.auth == "gone":
            return Outcome(kind=OutcomeKind.GONE, because="http_410", status=410)
        if target.auth == "answers":
            self.shown.append(message.receipt.partition(".")[2])
        return Outcome(kind=OutcomeKind.ACCEPTED, because="accepted", status=201)


class Bench:
    """The database, and a loop of its own: Hypothesis does not wait for anything."""

    def __init__(self, cluster: Cluster, seeded: Seed) -> None:
        self.loop = asyncio.new_event_loop()
        self._stack = AsyncExitStack()
        self.cast = self.run(self._stack.enter_async_context(people(cluster, seeded)))
        self.network = Network()
        self.sender = Sender(
            self.cast.worker, self.network, Hints(self.cast.where, "vigie_worker"), "https://vigie.example.org"
        )

    def run(self, waiting: Coroutine[Any, Any, T]) -> T:
        """Wait for it."""
        return self.loop.run_until_complete(waiting)

    def close(self) -> None:
        """Drop the database."""
        self.run(self._stack.aclose())
        self.loop.close()


@pytest.fixture(scope="module")
def bench(cluster: Cluster, seeded: Seed) -> Iterator[Bench]:
    """One for all machines of this file."""
    bench = Bench(cluster, seeded)
    yield bench
    bench.close()


class Machine(RuleBasedStateMachine):
    """The house and its model, side by side."""

    bench: Bench

    def __init__(self) -> None:
        super().__init__()
        self.cast, self.run = self.bench.cast, self.bench.run
        self.now = START + timedelta(hours=1)
        self.model = House(set(EVERYBODY_ON))
        self.sent: dict[str, list[tuple[UUID, dict[str, Any]]]] = {}
        self.patients = {
            p.name: p for p in self.cast.a.patients[:2] if p.regimen in ("capecitabine_mono", "palbociclib")
        }
        self.run(self._empty())

    async def _empty(self) -> None:
        await self.cast.superuser.execute(EMPTY)
        await self.cast.superuser.execute("update clock set frozen_at = $1", self.now)
        await self.cast.superuser.execute("delete from duty where establishment_id = $1", self.cast.a.id)
        for name in EVERYBODY_ON:
            await self._duty(name)

    # -- what people do

    @rule(which=st.integers(0, 1), answers=st.sampled_from([DIARRHOEA, DIARRHOEA, CHEST_PAIN, NOTHING]))
    def submit(self, which: int, answers: dict[str, Any]) -> None:
        """A patient reports."""
        name, patient = self._patient(which)
        report_id = uuid7()
        self.sent.setdefault(name, []).append((report_id, answers))
        self.run(self.cast.report(patient, answers, report_id=report_id, answered_at=self.now))
        level, emergency, reasons = self.run(
            self.cast.superuser.fetchrow(
                "select level, emergency, reasons from verdict where report_id = $1", report_id
            )
        )
        assert level in ("green", "red")
        self.model.report(name, level == "red", emergency, frozenset(reasons), self.now)

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

    @precondition(lambda self: any(a.state != "acknowledged" for a in self.model.open.values()))
    @rule(who=st.sampled_from(NURSES), data=st.data())
    def acknowledge(self, who: str, data: st.DataObject) -> None:
        """A nurse takes an alert."""
        name = data.draw(st.sampled_from(sorted(n for n, a in self.model.open.items() if a.state != "acknowledged")))
        self.run(self._act(name, who, "acknowledge"))
        self.model.acknowledge(name, who)

    @precondition(lambda self: any(a.state == "acknowledged" for a in self.model.open.values()))
    @rule(data=st.data())
    def hand_over(self, data: st.DataObject) -> None:
        """Who has a case offers it to the other nurse, who accepts."""
        name = data.draw(st.sampled_from(sorted(n for n, a in self.model.open.items() if a.state == "acknowledged")))
        alert = self.model.open[name]
        other = next(nurse for nurse in NURSES if nurse != alert.owner)
        self.run(self._act(name, str(alert.owner), "offer", to=other))
        self.run(self._act(name, other, "accept"))
        alert.owner = other

    @precondition(lambda self: any(a.state == "acknowledged" for a in self.model.open.values()))
    @rule(data=st.data())
    def close(self, data: st.DataObject) -> None:
        """Who has a case ends it."""
        name = data.draw(st.sampled_from(sorted(n for n, a in self.model.open.items() if a.state == "acknowledged")))
        self.run(self._act(name, str(self.model.open[name].owner), "close"))
        self.model.close(name)

    # -- what happens to them

    @rule()
    def tick(self) -> None:
        """Sweeps and senders do all that is due."""
        self.run(self._tick())
        self.model.tick(self.now)

    @rule(seconds=st.sampled_from([1, 25, 61, 600, 1799, 1801]))
    def advance(self, seconds: int) -> None:
        """Time passes."""
        self.now += timedelta(seconds=seconds)
        self.run(self.cast.superuser.execute("update clock set frozen_at = $1", self.now))

    @rule()
    def kill_worker(self) -> None:
        """A worker takes everything that is due and dies: its leases lapse."""
        self.run(self._crash())
        self.model.crash(self.now)

    @rule(who=st.sampled_from((*NURSES, "oncologist")))
    def change_roster(self, who: str) -> None:
        """Somebody goes off duty, or on."""
        on = who not in self.model.on_duty
        (self.model.on_duty.add if on else self.model.on_duty.discard)(who)
        self.run(self._duty(who) if on else self._off_duty(who))

    @rule(who=st.sampled_from(CALLED), answers=st.sampled_from(["answers", "answers", "silent", "gone", None]))
    def change_device(self, who: str, answers: str | None) -> None:
        """Somebody's only device is new, goes silent, is gone, or is removed."""
        self.model.devices[who] = answers
        self.run(self._device(who, answers))

    # -- what must hold after each step

    @invariant()
    def agrees(self) -> None:
        """The house is as the model says."""
        self.run(self._compare())

    # -- how it is done

    def _patient(self, which: int) -> tuple[str, Patient]:
        names = sorted(self.patients)
        name = names[which % len(names)]
        return name, self.patients[name]

    async def _act(self, name: str, who: str, what: str, to: str = "") -> None:
        caller, book = self.cast.a.staff[who], rulebook()
        async with self.cast.asking(self.cast.a) as con:
            row = await con.fetchrow(
                "select id, version from alert where patient_id = $1 and state <> 'closed'", self.patients[name].id
            )
            alert_id, version = row["id"], row["version"]
            if what == "acknowledge":
                await alerts.acknowledge(con, book, caller, alert_id, version)
            elif what == "offer":
                offer = HandOver(version=version, to=self.cast.a.staff[to].person_id)
                await cases.hand_over(con, book, caller, alert_id, offer, self.now)
            elif what == "accept":
                await cases.accept(con, book, caller, alert_id, version)
            else:
                ending = CloseAlert(version, "called_patient", "settled_at_home", None, False, False, "useful")  # type: ignore[arg-type] # as JSON has it
                await alerts.close(con, book, caller, alert_id, ending)

    async def _tick(self) -> None:
        await self.cast.superuser.execute("delete from call_pace")
        moved = True
        while moved:
            async with self.cast.worker.acquire() as con, con.transaction():
                moved = bool(await escalation.climb(con))
            sent = await self.bench.sender.send_due()
            while self.bench.sender._sending:
                await asyncio.wait(set(self.bench.sender._sending))
            await self._receipts()
            async with self.cast.worker.acquire() as con, con.transaction():
                silent = await escalation.give_up_on_silent(con)
            moved = moved or bool(sent) or bool(silent)
            if sent:
                await self.cast.superuser.execute("delete from call_pace")

    async def _receipts(self) -> None:
        shown, self.bench.network.shown = self.bench.network.shown, []
        for token in shown:
            async with self.cast.asking(self.cast.a) as con:
                await outbox.receipt(con, self.cast.a.id, token, "received")

    async def _crash(self) -> None:
        await self.cast.superuser.execute("delete from call_pace")
        async with self.cast.worker.acquire() as con:
            await outbox.lease(con, 256)

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
        look = self.cast.superuser
        names = {caller.person_id: name for name, caller in self.cast.a.staff.items()}
        found = {}
        for row in await look.fetch("select * from alert where state <> 'closed'"):
            patient = next(name for name, p in self.patients.items() if p.id == row["patient_id"])
            found[patient] = row
        assert found.keys() == self.model.open.keys()
        for patient, alert in self.model.open.items():
            row = found[patient]
            shown = (row["state"], row["emergency"], row["round"], row["reports"], names.get(row["owner_id"]))
            assert shown == (alert.state, alert.emergency, alert.round, alert.reports, alert.owner), patient
            calls = await look.fetch(
                "select staff_id, step, state from notification where alert_id = $1 and round = $2 and why = 'ladder'",
                *(row["id"], row["round"]),
            )
            told = sorted((names[c["staff_id"]], c["step"], c["state"]) for c in calls)
            assert told == sorted((c.person, c.step, c.state) for c in alert.calls), patient
        assert await look.fetchval("select count(*) from alert where state = 'closed'") == self.model.closed
        reports = sum(self.model.reports.values())
        assert await look.fetchval("select count(*) from report") == reports
        assert await look.fetchval("select count(*) from verdict") == reports
        async with self.cast.worker.acquire() as con:
            broken = {b.kind for b in await invariants.broken(con, 10_000)}
        assert "stuck_alert" not in broken


def test_n21_the_house_does_what_the_model_says_in_whatever_order_things_happen(bench: Bench) -> None:
    machine = type("Machine", (Machine,), {"bench": bench, "TestCase": None})
    run_state_machine_as_test(
        machine,
        settings=settings(
            max_examples=SIZES.machines,
            stateful_step_count=SIZES.steps,
            deadline=None,
            derandomize=True,
            database=None,
            phases=(Phase.generate, Phase.shrink),
            suppress_health_check=list(HealthCheck),
        ),
    )
    measured("N21", f"0 in {SIZES.machines} x {SIZES.steps}", "0", well=True)
