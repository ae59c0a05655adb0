"""What the label suggests for the last report: with the doses that it means and the time it is, and nothing that follows by itself."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from app.services import course_orders, course_pages
from app.services.course_orders import Signature
from app.services.course_pages import CoursePage
from app.services.courses import Prescription
from tests.cast import Cast
from tests.courses_cast import at, order
from tests.rules.book import rulebook

BEGIN = datetime(2026, 11, 25, 9, 0, tzinfo=UTC)
DIARRHOEA = {"diarrhoea": {"F": 3}}  # grade 2
GRADE_2 = 1  # capecitabine's second sentence: 100, 75, then 50 % of the dose at the start


async def prescribed(cast: Cast, mg: float) -> None:
    """The first patient's capecitabine, signed with a dose."""
    await at(cast, BEGIN)
    async with cast.asking(cast.a) as con:
        signature = Signature(Prescription(doses={"capecitabine": mg}))
        await course_orders.sign(con, rulebook(), cast.a.staff["oncologist"], cast.a.patient.id, signature)


async def seen(cast: Cast) -> CoursePage:
    """The course as the oncologist reads it now."""
    async with cast.asking(cast.a) as con:
        return await course_pages.page(con, rulebook(), cast.a.staff["oncologist"], cast.a.patient.id)


async def says(cast: Cast, when: datetime, answers: dict[str, dict[str, int]]) -> None:
    await at(cast, when)
    await cast.report(cast.a.patient, answers, answered_at=when)


def said(page: CoursePage) -> list[tuple[int, int, int, str]]:
    return [(fit.rule, fit.grade, fit.occurrence, fit.suggestion.then) for fit in page.label.fits]


async def test_the_sentence_that_fits_the_last_report_comes_with_its_dose_and_its_source(cast: Cast) -> None:
    await prescribed(cast, 1900)
    assert (await seen(cast)).label.fits == [], "nobody has reported anything"
    await says(cast, BEGIN + timedelta(hours=1), DIARRHOEA)
    page = await seen(cast)
    assert said(page) == [(GRADE_2, 2, 1, "hold")]
    (fit,) = page.label.fits
    assert (fit.symptom.fr, fit.suggestion.resume_pct, fit.suggestion.until_grade) == ("Diarrhée", 100, 1)
    assert [(d.drug, d.mg, d.below, d.above) for d in fit.doses] == [("capecitabine", 1900, 1900, 1900)]
    assert page.label.source
    assert page.label.checked == "V"


async def test_a_hold_that_lasts_is_the_same_time_and_the_next_one_is_the_second(cast: Cast) -> None:
    await prescribed(cast, 1900)
    await says(cast, BEGIN + timedelta(hours=1), DIARRHOEA)
    held = await order(cast, cast.a.patient, "hold", rule=GRADE_2)
    assert [fit.occurrence for fit in held.label.fits] == [1], "still the first time, until it is resumed"
    await at(cast, BEGIN + timedelta(days=3))
    await order(cast, cast.a.patient, "resume")
    await says(cast, BEGIN + timedelta(days=9), DIARRHOEA)
    (fit,) = (await seen(cast)).label.fits
    assert (fit.occurrence, fit.suggestion.resume_pct) == (2, 75)
    assert [(d.mg, d.below, d.above) for d in fit.doses] == [(1425, 1400, 1450)], "no tablets make it: either side"


async def test_a_hold_for_another_reason_is_not_counted(cast: Cast) -> None:
    await prescribed(cast, 2000)
    await order(cast, cast.a.patient, "hold")
    await at(cast, BEGIN + timedelta(days=3))
    await order(cast, cast.a.patient, "resume")
    await says(cast, BEGIN + timedelta(days=4), DIARRHOEA)
    assert [fit.occurrence for fit in (await seen(cast)).label.fits] == [1]


async def test_what_is_suggested_is_never_applied(cast: Cast) -> None:
    await prescribed(cast, 2000)
    await says(cast, BEGIN + timedelta(hours=1), DIARRHOEA)
    page = await seen(cast)
    assert [(o.kind, o.rule) for o in page.orders] == [("start", None)]
    assert [(d.mg, d.held) for d in page.drugs] == [(2000, False)]


async def test_nothing_is_suggested_for_a_course_that_has_ended(cast: Cast) -> None:
    await prescribed(cast, 2000)
    await says(cast, BEGIN + timedelta(hours=1), DIARRHOEA)
    stopped = await order(cast, cast.a.patient, "stop")
    assert stopped.label.fits == []
    assert stopped.may.begin


async def test_of_a_treatment_with_no_dose_on_record_no_dose_is_made_up(cast: Cast) -> None:
    await says(cast, BEGIN, DIARRHOEA)
    (fit,) = (await seen(cast)).label.fits
    assert (fit.rule, fit.doses) == (GRADE_2, [])
