"""Every reporting patient is asked, every fortnight; the nurse may fill it in; and what closed alerts say counts too."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from app.domain.errors import ContentRefused, NotFound
from app.domain.outcomes import Label, label
from app.domain.people import Caller, Role
from app.services import outcomes
from app.services.outcomes import OutcomeAnswer
from tests.cast import Cast, Patient
from tests.model_cast import go, told
from tests.world import START

FIRST, LAST = date(2026, 11, 25), date(2026, 12, 8)  # of the fortnight after START
NO = OutcomeAnswer(FIRST, visit=False, severe=False)


def as_patient(who: Patient) -> Caller:
    """A patient who is signed in."""
    return Caller(who.id, who.id, who.establishment_id, who.id, Role.PATIENT, None, True)


async def asked(cast: Cast, who: Patient, day: int) -> date | None:
    """The first day of the fortnight that a patient is asked about, so many days after START."""
    async with cast.asking(cast.a) as con:
        question = await outcomes.own_question(con, as_patient(who), START + timedelta(days=day))
        return question.first_on if question else None


async def test_every_reporting_patient_is_asked_green_or_red(cast: Cast) -> None:
    calm, ill, silent = cast.a.patients
    await told(cast, calm, {})
    await told(cast, ill, {"diarrhoea": {"F": 4}})
    for who in (calm, ill):
        assert [await asked(cast, who, day) for day in (0, 14, 15, 28, 29)] == [None, None, FIRST, FIRST, None]
    assert await asked(cast, silent, 15) is None
    async with cast.asking(cast.a) as con:
        safe = await cast.vault.of(con, cast.a.id)
        due = await outcomes.unanswered(con, safe, cast.a.nurse, START + timedelta(days=15))
    assert [one.name for one in due] == sorted((calm.name, ill.name), key=str.casefold)


async def test_an_answer_ends_the_question_and_a_later_one_speaks_louder(cast: Cast) -> None:
    await told(cast, cast.a.patient, {})
    now = START + timedelta(days=16)
    await go(cast, now)
    async with cast.asking(cast.a) as con:
        await outcomes.answer_own(con, as_patient(cast.a.patient), NO, now)
    assert await asked(cast, cast.a.patient, 16) is None
    await go(cast, now + timedelta(hours=1))
    async with cast.asking(cast.a) as con:
        visited = OutcomeAnswer(FIRST, visit=True, severe=False, visit_on=date(2026, 11, 30))
        (window,) = await outcomes.answer_for(con, cast.a.nurse, cast.a.patient.id, visited, now)
    assert (window.state, window.visit, window.visit_on, window.answered_by) == (
        "answered",
        True,
        date(2026, 11, 30),
        "staff",
    )
    assert await cast.superuser.fetchval("select count(*) from outcome_answer") == 2, "nothing is overwritten"


@pytest.mark.parametrize(
    ("answer", "where"),
    [
        (OutcomeAnswer(FIRST, visit=True, severe=False), "visit_on"),
        (OutcomeAnswer(FIRST, visit=False, severe=True, severe_on=date(2026, 12, 9)), "severe_on"),
        (OutcomeAnswer(FIRST, visit=False, severe=False, visit_on=FIRST), "visit_on"),
        (OutcomeAnswer(date(2026, 11, 26), visit=False, severe=False), "first_on"),
    ],
)
async def test_an_answer_that_cannot_be_is_refused_with_its_place(
    cast: Cast, answer: OutcomeAnswer, where: str
) -> None:
    await told(cast, cast.a.patient, {})
    async with cast.asking(cast.a) as con:
        with pytest.raises(ContentRefused) as refused:
            await outcomes.answer_own(con, as_patient(cast.a.patient), answer, START + timedelta(days=16))
    assert [fault.path for fault in refused.value.faults] == [where]


async def test_nobody_answers_for_a_patient_of_another_establishment(cast: Cast) -> None:
    await told(cast, cast.a.patient, {})
    async with cast.asking(cast.b) as con:
        with pytest.raises(NotFound):
            await outcomes.answer_for(con, cast.b.nurse, cast.a.patient.id, NO, START + timedelta(days=16))


async def known_label(cast: Cast, horizon: int = 7) -> Label:
    """What is known of the report of START when everything is complete."""
    async with cast.asking(cast.a) as con:
        known = await outcomes.known_of_all(con, cast.a.id)
    nothing = outcomes.Known()
    return label(START.date(), horizon, START.date() + timedelta(days=60), known.get(cast.a.patient.id, nothing))


async def test_not_knowing_is_no_no(cast: Cast) -> None:
    await told(cast, cast.a.patient, {})
    assert await known_label(cast) is Label.UNKNOWN
    now = START + timedelta(days=16)
    for answer, expected in ((OutcomeAnswer(FIRST, visit=None, severe=False), Label.UNKNOWN), (NO, Label.NO)):
        now += timedelta(minutes=1)
        await go(cast, now)
        async with cast.asking(cast.a) as con:
            await outcomes.answer_own(con, as_patient(cast.a.patient), answer, now)
        assert await known_label(cast) is expected


CLOSE = """
update alert set state = 'closed', closed_at = $2, closed_by = $3, acknowledged_at = $2, acknowledged_by = $3, action = 'called_patient',
       outcome = $4, toxicity_symptom = $5, toxicity_grade = $6, hospitalised = $7, useful = true, opened_at = $8
where patient_id = $1
"""


@pytest.mark.parametrize(
    ("opened", "closed", "outcome", "grade", "hospitalised", "expected"),
    [
        (3, 5, "settled_at_home", 3, False, Label.YES),  # a severe effect that was there on day 3
        (3, 5, "settled_at_home", 2, False, Label.UNKNOWN),
        (3, 5, "emergency_visit", None, False, Label.YES),
        (
            3,
            9,
            "seen_by_doctor",
            None,
            True,
            Label.UNKNOWN,
        ),  # admitted by day 9: not within seven days, and nobody was asked
        (0, 0, "settled_at_home", 3, False, Label.UNKNOWN),  # that very day: it was there already
    ],
)
async def test_what_a_closed_alert_says_is_a_label(
    cast: Cast, opened: int, closed: int, outcome: str, grade: int | None, hospitalised: bool, expected: Label
) -> None:
    await told(cast, cast.a.patient, {"nausea": {"F": 4, "S": 4}})
    days = [START + timedelta(days=opened), START + timedelta(days=closed, hours=1)]
    nurse, symptom = cast.a.nurse.person_id, "nausea" if grade else None
    await cast.superuser.execute(
        CLOSE, cast.a.patient.id, days[1], nurse, outcome, symptom, grade, hospitalised, days[0]
    )
    assert await known_label(cast) is expected
