"""What should happen to alerts, said a second time, simply: a pure model for the state machine (N21). No database, no clock.

It knows red alerts only, whose delays run by the clock alone, and takes each report's verdict as given: triage has its own proofs.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from msgspec import Struct, field

SILENT = timedelta(seconds=60)  # no receipt by then is a failure
LEASE = timedelta(seconds=20)
PATIENCE = {False: timedelta(minutes=30), True: timedelta(minutes=15)}  # by whether it is an emergency


class Call(Struct):
    """One call to one person on one rung."""

    person: str
    step: int
    not_before: datetime
    state: str = "pending"  # accepted, received, failed
    accepted_at: datetime | None = None
    waits: bool = True


class Alert(Struct):
    """One patient's episode."""

    emergency: bool
    reasons: frozenset[str]
    state: str = "open"  # acknowledged, undeliverable
    round: int = 1
    reports: int = 1
    owner: str | None = None
    calls: list[Call] = field(default_factory=list)  # of this round
    due: dict[int, datetime] = field(default_factory=dict)  # rungs that are to come


class House(Struct):
    """Who is on duty and can be reached, and the open episode of each patient."""

    on_duty: set[str]
    devices: dict[str, str | None] = field(default_factory=dict)  # answers, silent, gone, or None
    open: dict[str, Alert] = field(default_factory=dict)
    closed: int = 0
    reports: dict[str, int] = field(default_factory=dict)

    def report(self, patient: str, red: bool, emergency: bool, reasons: frozenset[str], now: datetime) -> None:
        """A new report; its verdict is given."""
        self.reports[patient] = self.reports.get(patient, 0) + 1
        alert = self.open.get(patient)
        if alert is None:
            if red:
                self.open[patient] = alert = Alert(emergency, reasons)
                self._begin(alert, now)
            return
        alert.reports += 1
        if not red:
            return
        worse, unknown = emergency > alert.emergency, not reasons <= alert.reasons
        alert.reasons = reasons if worse else alert.reasons | reasons
        alert.emergency |= emergency
        if worse or (alert.state == "acknowledged" and unknown):
            alert.round, alert.state = alert.round + 1, "open"
            self._begin(alert, now)

    def acknowledge(self, patient: str, person: str) -> None:
        """Somebody has it: nobody is called any more."""
        alert = self.open[patient]
        alert.state, alert.owner = "acknowledged", person
        alert.due.clear()
        for call in alert.calls:
            if call.state == "pending":
                call.state = "failed"

    def close(self, patient: str) -> None:
        """The episode is over."""
        del self.open[patient]
        self.closed += 1

    def crash(self, now: datetime) -> None:
        """A worker died with everything in its hands that was due."""
        for alert in self.open.values():
            for call in alert.calls:
                if call.state == "pending" and call.not_before <= now:
                    call.not_before = now + LEASE

    def tick(self, now: datetime) -> None:
        """Everything that is due, until nothing is: climb, send, give up on the silent."""
        moved = True
        while moved:
            steps = [(step, alert) for alert in self.open.values() for step in (self._climb, self._send, self._silent)]
            moved = max([step(alert, now) for step, alert in steps], default=False)  # all of them, not up to the first

    def _begin(self, alert: Alert, now: datetime) -> None:
        """A round: the first rung at once, the others in their time; the last one calls nobody."""
        wait = PATIENCE[alert.emergency]
        alert.calls, alert.due = [], {1: now + wait, 2: now + 2 * wait}
        self._call(alert, 0, self.on_duty, now)

    def _call(self, alert: Alert, step: int, people: set[str], now: datetime) -> None:
        alert.calls += [Call(person, step, now) for person in sorted(people)]
        if not people:
            self._hurry(alert, step, now)

    def _hurry(self, alert: Alert, step: int, now: datetime) -> None:
        """Every call of this rung, and of any later one, has failed: the next rung is due."""
        later = [to_come for to_come in alert.due if to_come > step]
        if later and not any(call.waits for call in alert.calls if call.step >= step):
            alert.due[min(later)] = min(alert.due[min(later)], now)

    def _climb(self, alert: Alert, now: datetime) -> bool:
        due = [step for step, at in alert.due.items() if at <= now]
        if not due:
            return False
        step = min(due)
        del alert.due[step]
        if step == 2:
            alert.state = "undeliverable"
        else:
            self._call(alert, step, {"oncologist", "oncologist.second"}, now)
        return True

    def _send(self, alert: Alert, now: datetime) -> bool:
        due = [call for call in alert.calls if call.state == "pending" and call.not_before <= now]
        for call in due:
            answers = self.devices.get(call.person)
            if answers in (None, "gone"):
                self.devices[call.person] = None  # a subscription that is gone is forgotten
                self._lose(alert, call, now)
            else:
                call.state = "received" if answers == "answers" else "accepted"
                call.accepted_at = now
        return bool(due)

    def _silent(self, alert: Alert, now: datetime) -> bool:
        silent = [
            call
            for call in alert.calls
            if call.state == "accepted" and call.accepted_at and call.accepted_at + SILENT <= now
        ]
        for call in silent:
            self._lose(alert, call, now)
        return bool(silent)

    def _lose(self, alert: Alert, call: Call, now: datetime) -> None:
        call.state, call.waits = "failed", False
        self._hurry(alert, call.step, now)
