"""Every operation of the API, who may do it, and a request that its own checks would let through."""

from __future__ import annotations

import re
from functools import cache
from typing import Any
from uuid import uuid4

from msgspec import Struct

from app.http.api import openapi_document
from tests.world import Person, World

STAFF = ("level1", "level2", "oncologist", "city", "manager", "administrator", "auditor")
EVERYBODY = ("patient", "caregiver", *STAFF)
AT_HOME = ("patient", "caregiver")
CLINICAL = ("level1", "level2", "oncologist", "city")
ACTING = ("level1", "level2", "oncologist")
COORDINATION = ("level1", "level2")
WATCHING = ("level1", "level2", "manager", "administrator")
EVALUATING = ("oncologist", "auditor")
PUBLIC: tuple[str, ...] = ()  # open to whoever is not signed in too

MAY: dict[str, tuple[str, ...]] = {
    "signInWithCode": PUBLIC,
    "signInWithPassword": PUBLIC,
    "beginJoining": PUBLIC,
    "join": PUBLIC,
    "signOut": PUBLIC,
    "postReceipt": PUBLIC,
    "readMe": EVERYBODY,
    "listSessions": EVERYBODY,
    "endSession": EVERYBODY,
    "readPushKey": EVERYBODY,
    "listDevices": EVERYBODY,
    "addDevice": EVERYBODY,
    "dropDevice": EVERYBODY,
    "putReport": AT_HOME,
    "listOwnReports": ("patient",),
    "readHome": AT_HOME,
    "readQuestionnaire": AT_HOME,
    "readOfflineRulebook": AT_HOME,
    "readRules": STAFF,
    "readWorklist": CLINICAL,
    "streamWorklist": CLINICAL,
    "readAlert": CLINICAL,
    "listPatients": CLINICAL,
    "readPatient": CLINICAL,
    "acknowledgeAlert": ACTING,
    "closeAlert": ACTING,
    "recordContact": ACTING,
    "handOver": ACTING,
    "acceptHandOver": ACTING,
    "refuseHandOver": ACTING,
    "withdrawHandOver": ACTING,
    "takeOver": ACTING,
    "pauseAlert": ACTING,
    "resumeAlert": ACTING,
    "muteSymptom": ACTING,
    "endMute": ACTING,
    "enrolPatient": COORDINATION,
    "issueActivation": COORDINATION,
    "listRegimens": STAFF,
    "readRegimenDoses": STAFF,
    "readOverview": STAFF,
    "readPlan": AT_HOME,
    "readPlanReceipt": AT_HOME,
    "putIntake": AT_HOME,
    "sendIntakes": AT_HOME,
    "undoIntake": AT_HOME,
    "putStop": AT_HOME,
    "setReminders": ("patient",),
    "snoozeReminder": AT_HOME,
    "readSupplies": AT_HOME,
    "putHandOver": AT_HOME,
    "readCourse": CLINICAL,
    "beginCourse": ("oncologist",),
    "previewCourse": STAFF,
    "previewOrder": CLINICAL,
    "signOrder": ("oncologist",),
    "signStart": ("oncologist",),
    "assistIntake": CLINICAL,
    "dispense": CLINICAL,
    "listRefills": ACTING,
    "settleRefill": COORDINATION,
    "leavePatient": COORDINATION,
    "sendBoxEvents": PUBLIC,  # not to people: a box has a token of its own
    "issueBox": COORDINATION,
    "revokeBox": COORDINATION,
    "pauseBox": ACTING,
    "resumeBox": ACTING,
    "pauseOwnBox": ("patient",),
    "resumeOwnBox": ("patient",),
    "readBoxes": CLINICAL,
    "readTimeline": CLINICAL,
    "readAdherence": CLINICAL,
    "exportDays": CLINICAL,
    "exportIntakes": CLINICAL,
    "exportVisit": CLINICAL,
    "readCohort": CLINICAL,
    "readMyReach": STAFF,
    "chooseMyChannels": STAFF,
    "addMyContact": STAFF,
    "sendMyContactCode": STAFF,
    "verifyMyContact": STAFF,
    "removeMyContact": STAFF,
    "testMyReach": STAFF,
    "listReachability": WATCHING,
    "readHeartbeat": EVERYBODY,
    "listTechnicalAlerts": WATCHING,
    "listUndelivered": WATCHING,
    "readIndicators": ("manager",),
    "downloadIndicators": ("manager",),
    "resendCall": WATCHING,
    "resendNotice": WATCHING,
    "readRoster": STAFF,
    "readCoverage": STAFF,
    "addTurn": ("manager",),
    "endTurn": ("manager",),
    "addDutyChange": ("manager",),
    "swapDuty": ("manager",),
    "cancelDutyChange": ("manager",),
    "addSetting": ("manager",),
    "listAgreements": ("manager",),
    "proposeAgreement": ("manager",),
    "signAgreement": ("manager",),
    "endAgreement": ("manager",),
    "readAlertRisk": CLINICAL,
    "readModel": EVALUATING,
    "listScores": EVALUATING,
    "proposeLive": EVALUATING,
    "approveLive": EVALUATING,
    "setModelMode": ("oncologist",),
    "tryCardBeside": ("oncologist",),
    "rollBackModel": ("oncologist",),
    "unfreezeModel": ("oncologist",),
    "readOutcomeQuestion": ("patient",),
    "answerOutcome": ("patient",),
    "listMyCaregivers": ("patient",),
    "nameMyCaregiver": ("patient",),
    "issueMyCaregiversCode": ("patient",),
    "endMyCaregiver": ("patient",),
    "listCaregivers": CLINICAL,
    "nameCaregiver": COORDINATION,
    "issueCaregiversCode": COORDINATION,
    "endCaregiver": COORDINATION,
    "listUnansweredOutcomes": COORDINATION,
    "readPatientOutcomes": ACTING,
    "answerPatientOutcome": ACTING,
}

INTAKE = {"drug": "letrozole", "kind": "taken", "at": "2026-11-24T08:00:00Z"}

BODIES: dict[str, Any] = {
    "readPlanReceipt": {"course_id": "0194f0c0-0000-7000-8000-000000000000", "version": 1},
    "putIntake": INTAKE,
    "assistIntake": INTAKE,
    "sendIntakes": {"intakes": [{"id": "0194f0c0-0000-7000-8000-000000000000", "intake": INTAKE}]},
    "putStop": {"reason": "other"},
    "setReminders": {"enabled": True},
    "snoozeReminder": {"drug": "letrozole", "day": "2026-11-24", "number": 0, "minutes": 30},
    "putHandOver": {"drug": "letrozole", "strength_mg": 2.5, "units": 30},
    "dispense": {"drug": "letrozole", "strength_mg": 2.5, "units": 30},
    "beginCourse": {"regimen": "letrozole", "started_on": "2026-11-24"},
    "previewCourse": {"regimen": "letrozole", "started_on": "2026-11-24"},
    "previewOrder": {"order": {"after": 1, "kind": "hold", "reason": "test"}},
    "signOrder": {"after": 1, "kind": "hold", "reason": "test"},
    "signStart": {},
    "leavePatient": {"reason": "moved"},
    "sendBoxEvents": {"events": [{"id": "1", "opened_at": "2026-11-24T08:00:00Z"}]},
    "issueBox": {"drug": "letrozole", "label": "pilulier"},
    "pauseOwnBox": {"first": "2026-11-24"},
    "pauseBox": {"reason": "hospital", "from_at": "2026-11-24T08:00:00Z"},
    "chooseMyChannels": {"order": ["web_push", "email"]},
    "addMyContact": {"channel": "email", "address": "someone@hopital.example"},
    "verifyMyContact": {"code": "000000"},
    "acknowledgeAlert": {"version": 1},
    "closeAlert": {
        "version": 1,
        "action": "called_patient",
        "outcome": "settled_at_home",
        "toxicity": None,
        "hospitalised": False,
        "dose_changed": False,
        "verdict": "useful",
    },
    "recordContact": {"version": 1},
    "handOver": {"version": 1, "to": str(uuid4())},
    "acceptHandOver": {"version": 1},
    "refuseHandOver": {"version": 1, "reason": "busy"},
    "withdrawHandOver": {"version": 1},
    "takeOver": {"version": 1},
    "pauseAlert": {"version": 1, "reason": "waiting_for_results", "until": "2026-11-24T12:00:00Z"},
    "resumeAlert": {"version": 1},
    "muteSymptom": {"version": 1, "symptom": "nausea", "reason": "known_and_followed", "until": "2026-11-25T12:00:00Z"},
    "addTurn": {"staff": str(uuid4()), "from_minute": 0, "to_minute": 60},
    "endTurn": {"until_on": "2026-12-01"},
    "addDutyChange": {
        "kind": "absence",
        "staff": str(uuid4()),
        "from_at": "2026-12-01T08:00:00Z",
        "to_at": "2026-12-01T12:00:00Z",
    },
    "swapDuty": {
        "away": str(uuid4()),
        "instead": str(uuid4()),
        "from_at": "2026-12-01T08:00:00Z",
        "to_at": "2026-12-01T12:00:00Z",
    },
    "addSetting": {"from_on": "2027-01-01", "weekdays": [0], "opens": "08:00", "closes": "18:00", "policy": "standard"},
    "proposeAgreement": {
        "side": "covered",
        "partner": str(uuid4()),
        "disciplines": ["level2"],
        "hours": [{"from_minute": 0, "to_minute": 60}],
        "from_on": "2026-12-01",
        "until_on": "2026-12-31",
    },
    "putReport": {"answered_at": "2026-11-24T09:00:00Z", "questionnaire": "t", "answers": {}},
    "addDevice": {"endpoint": "https://push.example/x", "keys": {"p256dh": "x", "auth": "x"}, "label": "x"},
    "proposeLive": {"card_sha256": "0" * 64, "orange_budget": 5, "reason": "An essay at the smallest budget."},
    "approveLive": {"knows_synthetic": True},
    "setModelMode": {"mode": "shadow", "reason": "As it was from the beginning."},
    "tryCardBeside": {"card_sha256": None, "reason": "Nothing is tried beside it now."},
    "rollBackModel": {"reason": "Back to what was there before."},
    "unfreezeModel": {"reason": "Looked at, and taken on by name."},
    "nameMyCaregiver": {"name": "Paul Essai", "relation": "partner"},
    "nameCaregiver": {"name": "Paul Essai", "relation": "partner"},
    "answerOutcome": {"first_on": "2026-11-10", "visit": False, "severe": False},
    "answerPatientOutcome": {"first_on": "2026-11-10", "visit": False, "severe": False},
    "postReceipt": {"token": "x", "state": "opened"},
    "signInWithCode": {"code": "0000-0000-0000"},
    "signInWithPassword": {"login": "nobody@a.example", "password": "x", "totp": "000000"},
    "beginJoining": {"code": "0000-0000-0000"},
    "join": {"code": "0000-0000-0000", "password": "quatre mots bien longs", "totp": "000000"},
}


class Operation(Struct, frozen=True):
    """One method at one address."""

    id: str
    method: str
    template: str

    def path(self, *ids: str) -> str:
        """The address, with these ids (random ones when none is given) where it takes some."""
        given = iter(ids)
        return re.sub(r"{[^}]+}", lambda _: next(given, str(uuid4())), self.template)

    @property
    def writes(self) -> bool:
        return self.method != "GET"

    @property
    def body(self) -> Any:
        """Something that it takes."""
        if self.id == "enrolPatient":
            return {
                "first_name": f"Prénom{uuid4().hex[:8]}",
                "last_name": "Essai",
                "born_on": "1960-01-01",
                "phone": "01 99 00 30 00",
                "locale": "fr",
                "regimen": "letrozole",
                "started_on": "2026-10-01",
            }
        return BODIES.get(self.id)


@cache
def operations() -> list[Operation]:
    """Everything in the OpenAPI document."""
    return [
        Operation(operation["operationId"], method.upper(), template)
        for template, methods in openapi_document()["paths"].items()
        for method, operation in methods.items()
    ]


async def cast(world: World) -> dict[str, Person]:
    """One signed-in browser for each role of tenant A; the caregiver's is another patient's."""
    return {
        "patient": await world.new_patient("letrozole"),
        "caregiver": await (await world.new_patient("letrozole")).caregiver("Paul"),
        **{name: await world.sign_in(name) for name in STAFF},
    }
