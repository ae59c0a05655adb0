"""What should happen to alerts, said a second time, simply: a pure model for the state machine (N21). No database, no clock.

It takes each report's verdict as given, and the hours of an orange, which follow the calendar: both have proofs of their own.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

from msgspec import Struct, field

SILENT = timedelta(seconds=60)  # no receipt by then is a failure
LEASE = timedelta(seconds=20)
WANTED = timedelta(hours=4)  # nobody wants to see an older call
FORGOTTEN = {"orange": timedelta(hours=24), "red": timedelta(hours=4)}
PATIENCE = {False: timedelta(minutes=30), True: timedelta(minutes=15)}  # of a red, by whether it is an emergency
RUNGS = {
    "level2": (("level2",), ("oncologist",), ("any_oncologist",), ()),
    "oncologist": (("oncologist", "level2"), ("any_oncologist",), ()),
    "emergency": (("oncologist", "level2"), ("any_oncologist",), ()),
}
BESIDE_THE_LADDER = 10_000


class Hours(Struct):
    """When the rungs of an orange are due, and by when it must be taken and its patient spoken to."""

    rungs: Sequence[datetime]
    acknowledge: datetime
    contact: datetime


class Verdict(Struct):
    """What triage said of a report."""

    level: str
    emergency: bool
    recipient: str
    reasons: frozenset[str]


class Device(Struct, eq=False):
    """Somebody's only one: answers, silent, or gone."""

    how: str


class Call(Struct, eq=False):
    """One call to one person. `pushes` that it made, without those to a device that is gone."""

    person: str
    round: int
    step: int
    why: str
    made: datetime
    not_before: datetime
    state: str = "pending"  # accepted, received, failed
    accepted_at: datetime | None = None
    waits: bool = True
    pushes: int = 0


class Alert(Struct, eq=False):
    """One patient's episode."""

    verdict: Verdict
    state: str = "open"  # acknowledged, undeliverable
    round: int = 0
    cause: str = "ladder"
    reports: int = 1
    owner: str | None = None
    calls: list[Call] = field(default_factory=list)
    due: dict[int, datetime] = field(default_factory=dict)  # rungs that are to come
    forgotten_at: datetime | None = None
    contact_by: datetime | None = None  # None once the patient was spoken to, or the owner was told that it is late
    contacted: bool = False
    paused_until: datetime | None = None
    asked: str | None = None  # to whom the case is offered
    answer_by: datetime | None = None


class Held(Struct):
    """A call in the hands of a worker that is frozen. `device`: its push has begun, there."""

    alert: Alert
    call: Call
    leased_at: datetime
    device: Device | None


class House(Struct):
    """Who is on duty and can be reached, the open episode of each patient, and what frozen workers hold."""

    on_duty: set[str]
    orange: Callable[[datetime], Hours]
    devices: dict[str, Device | None] = field(default_factory=dict)
    open: dict[str, Alert] = field(default_factory=dict)
    closed: list[Alert] = field(default_factory=list)
    reports: dict[str, int] = field(default_factory=dict)
    frozen: dict[int, list[Held]] = field(default_factory=dict)

    def report(self, patient: str, told: Verdict, now: datetime) -> None:
        """A new report."""
        self.reports[patient] = self.reports.get(patient, 0) + 1
        alert = self.open.get(patient)
        if alert is None:
            if told.level != "green":
                self.open[patient] = alert = Alert(told)
                self._begin(alert, "ladder", now)
            return
        alert.reports += 1
        known = alert.verdict
        worse = (told.level == "red", told.emergency) > (
            known.level == "red",
            known.emergency,
        ) and told.level != "green"
        unknown = told.level != "green" and not told.reasons <= known.reasons
        if worse:
            alert.verdict = told
        elif unknown:
            known.reasons |= told.reasons
        if worse or (alert.state == "acknowledged" and unknown):
            alert.contacted = False
            self._begin(alert, "ladder", now)

    def acknowledge(self, patient: str, person: str, now: datetime) -> None:
        """Somebody has it: nobody is called any more."""
        alert = self.open[patient]
        alert.state, alert.owner = "acknowledged", person
        alert.due.clear()
        self._silence(alert)
        self.touch(patient, now)

    def touch(self, patient: str, now: datetime) -> None:
        """Something was done with a case: its time runs anew."""
        alert = self.open[patient]
        alert.forgotten_at = now + FORGOTTEN[alert.verdict.level]

    def spoken_to(self, patient: str, now: datetime) -> None:
        """The patient was called and answered."""
        self.open[patient].contacted, self.open[patient].contact_by = True, None
        self.touch(patient, now)

    def pause(self, patient: str, until: datetime) -> None:
        """The case waits for something."""
        self.open[patient].paused_until = until
        self.touch(patient, until)

    def offer(self, patient: str, person: str, now: datetime) -> None:
        """The case is offered to somebody, who is called and has a time to answer."""
        alert = self.open[patient]
        red = alert.verdict.level == "red"
        alert.asked = person
        alert.answer_by = now + PATIENCE[alert.verdict.emergency] if red else self.orange(now).acknowledge
        self._call(alert, BESIDE_THE_LADDER, "handed_over", {person}, now)

    def answer(self, patient: str, accepted: bool, now: datetime) -> None:
        """Whoever was asked takes it, or leaves it with its owner, who is called."""
        alert = self.open[patient]
        if accepted:
            alert.owner = alert.asked
            self.touch(patient, now)
        else:
            self._call(alert, BESIDE_THE_LADDER, "hand_over_refused", {str(alert.owner)}, now)
        alert.asked = None

    def close(self, patient: str) -> None:
        """The episode is over."""
        alert = self.open.pop(patient)
        self._silence(alert)
        self.closed.append(alert)

    def freeze(self, worker: int, pushing: bool, now: datetime) -> None:
        """A worker takes all that is due and stands still: before it pushes anything, or while it does."""
        held = self.frozen[worker] = []
        for alert in self.open.values():
            for call in self._due(alert, now):
                call.not_before = now + LEASE
                if pushing:
                    device = self._push(alert, call, now, now)
                    held += [Held(alert, call, now, device)] if device and call.state == "pending" else []
                else:
                    held.append(Held(alert, call, now, None))

    def thaw(self, worker: int, now: datetime) -> None:
        """It goes on where it stood; what was settled meanwhile stays so."""
        for held in self.frozen.pop(worker):
            device = held.device
            if device is None and held.call.state == "pending":
                device = self._push(held.alert, held.call, held.leased_at, now)
            self._settle(held.alert, held.call, device, now)

    def kill(self, worker: int) -> None:
        """It never comes back; its leases lapse."""
        self.frozen.pop(worker)

    def tick(self, now: datetime) -> None:
        """Everything that is due, until nothing is: timers, climb, send, give up on the silent."""
        moved = True
        while moved:
            every = (self._pass_time, self._climb, self._send, self._silent)
            steps = [(step, alert) for alert in self.open.values() for step in every]
            moved = max([step(alert, now) for step, alert in steps], default=False)  # all of them, not up to the first

    def _begin(self, alert: Alert, cause: str, now: datetime) -> None:
        """A round: the first rung at its time, the others in theirs; the last one calls nobody."""
        alert.round, alert.state, alert.cause = alert.round + 1, "open", cause
        wait = PATIENCE[alert.verdict.emergency]
        if alert.verdict.level == "red":
            times = Hours(
                [now + n * wait for n in range(len(RUNGS[alert.verdict.recipient]))], now + wait, now + 2 * wait
            )
        else:
            times = self.orange(now)
        alert.due = dict(enumerate(times.rungs))
        alert.contact_by = None if alert.contacted else times.contact
        alert.forgotten_at = alert.paused_until = alert.asked = alert.answer_by = None
        if cause == "ladder":  # a report's first calls are made with it; the sweep makes the others
            self._climb(alert, now)

    def _call(self, alert: Alert, step: int, why: str, people: set[str], now: datetime) -> None:
        alert.calls += [Call(person, alert.round, step, why, now, now) for person in sorted(people)]

    def _silence(self, alert: Alert) -> None:
        for call in alert.calls:
            if call.state == "pending":
                call.state = "failed"

    def _hurry(self, alert: Alert, call_round: int, step: int, now: datetime) -> None:
        """Every call of this rung, and of any later one, has failed: the next rung is due."""
        later = [to_come for to_come in alert.due if to_come > step and call_round == alert.round]
        if later and not any(c.waits for c in alert.calls if c.round == call_round and c.step >= step):
            alert.due[min(later)] = min(alert.due[min(later)], now)

    def _pass_time(self, alert: Alert, now: datetime) -> bool:
        if alert.state != "acknowledged":
            return False
        late = "pause_ended" if alert.paused_until and alert.paused_until <= now else ""
        if late:
            alert.paused_until = None
            self._call(alert, BESIDE_THE_LADDER, late, {str(alert.owner)}, now)
        if alert.contact_by and alert.contact_by <= now:
            alert.contact_by, late = None, "contact_overdue"
            self._call(alert, BESIDE_THE_LADDER, late, {str(alert.owner)}, now)
        unanswered = alert.asked and alert.answer_by and alert.answer_by <= now
        if unanswered or (alert.forgotten_at and alert.forgotten_at <= now):
            late = "not_answered" if unanswered else "forgotten"
            self._begin(alert, late, now)
        return late != ""

    def _climb(self, alert: Alert, now: datetime) -> bool:
        due = [step for step, at in alert.due.items() if at <= now]
        if not due:
            return False
        step = min(due)
        del alert.due[step]
        nurses, oncologists = {"level2", "level2.second"}, {"oncologist", "oncologist.second"}
        people = {
            "level2": nurses & self.on_duty,
            "oncologist": oncologists & self.on_duty,
            "any_oncologist": oncologists,
        }
        called = RUNGS[alert.verdict.recipient][step]
        if not called:
            alert.state = "undeliverable"
            return True
        found = set[str]().union(*(people[who] for who in called))
        self._call(alert, step, alert.cause, found, now)
        if not found:
            self._hurry(alert, alert.round, step, now)
        return True

    def _due(self, alert: Alert, now: datetime) -> list[Call]:
        return [call for call in alert.calls if call.state == "pending" and call.not_before <= now]

    def _send(self, alert: Alert, now: datetime) -> bool:
        due = self._due(alert, now)
        for call in due:
            self._settle(alert, call, self._push(alert, call, now, now), now)
        return bool(due)

    def _push(self, alert: Alert, call: Call, leased_at: datetime, now: datetime) -> Device | None:
        """The push begins, and a device that answers has shown it; None when there is nothing to push, or nowhere to."""
        device = self.devices.get(call.person)
        if device is None or leased_at >= call.made + WANTED:
            self._lose(alert, call, now)
            return None
        call.pushes += device.how != "gone"
        if device.how == "answers":
            call.state = "received"
        return device

    def _settle(self, alert: Alert, call: Call, device: Device | None, now: datetime) -> None:
        """What came of a push is written down: of a call that was settled meanwhile, nothing more."""
        if device and device.how == "gone" and self.devices.get(call.person) is device:
            self.devices[call.person] = None  # a subscription that is gone is forgotten
        if device is None or call.state != "pending":
            return
        if device.how == "gone":
            self._lose(alert, call, now)
        else:
            call.state, call.accepted_at = "accepted", now

    def _silent(self, alert: Alert, now: datetime) -> bool:
        silent = [c for c in alert.calls if c.state == "accepted" and c.accepted_at and c.accepted_at + SILENT <= now]
        for call in silent:
            self._lose(alert, call, now)
        return bool(silent)

    def _lose(self, alert: Alert, call: Call, now: datetime) -> None:
        call.state, call.waits = "failed", False
        if call.why == "handed_over" and alert.asked == call.person and alert.answer_by:
            alert.answer_by = min(alert.answer_by, now)  # whoever was not reached was not asked
        self._hurry(alert, call.round, call.step, now)
