"""What a nurse has muted calls nobody, and nothing that is worse is ever among it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import structs

from app.domain.alerts import join
from app.domain.mutes import Mute, Standing, counted_with, silences, standing
from app.domain.triage import Fired, Grade, Recipient, TriageLevel, Verdict

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)
GREEN, YELLOW, ORANGE, RED = TriageLevel
MUTE = Mute(UUID(int=1), "nausea", YELLOW, 2, ("nausea_2",), NOON + timedelta(days=3))
KNOWN = Verdict(
    YELLOW,
    False,
    Recipient.LEVEL2,
    ("nausea_2",),
    (Fired("nausea_2", YELLOW, "nausea"),),
    {"nausea": Grade(2)},
    False,
    (),
    "v",
)


def test_the_same_symptom_no_worse_is_silent_and_opens_nothing() -> None:
    assert silences([MUTE], KNOWN, NOON)
    milder = structs.replace(KNOWN, grades={"nausea": Grade(1)})
    assert silences([MUTE], milder, NOON)
    assert join(None, KNOWN, UUID(int=2), UUID(int=3), NOON, NOON, muted=True) is None


def test_two_mutes_of_one_symptom_silence_what_either_knows() -> None:
    narrow = structs.replace(MUTE, id=UUID(int=9), grade=1, rules=("nausea_1",))
    assert silences([MUTE, narrow], KNOWN, NOON)
    assert silences([narrow, MUTE], KNOWN, NOON)


def test_a_silent_report_is_counted_with_one_mute() -> None:
    later = structs.replace(MUTE, id=UUID(int=2))
    tired = Mute(UUID(int=3), "fatigue", ORANGE, 2, ("fatigue_2",), MUTE.until_at)
    grades = {"nausea": Grade(2), "fatigue": Grade(2)}
    fired = (*KNOWN.fired, Fired("fatigue_2", ORANGE, "fatigue"))
    assert counted_with([MUTE], KNOWN.grades, KNOWN.fired) == MUTE.id
    assert counted_with([MUTE, later], KNOWN.grades, KNOWN.fired) == later.id, "the one made last"
    assert counted_with([tired, MUTE, later], grades, fired) == tired.id, "what spoke loudest"
    assert counted_with([], grades, fired) is None


WORSE = {
    "a higher grade": {"grades": {"nausea": Grade(3)}},
    "a higher level": {"level": ORANGE, "fired": (Fired("nausea_2", ORANGE, "nausea"),)},
    "red": {"level": RED, "fired": (Fired("nausea_2", RED, "nausea"),)},
    "another rule, such as a trend": {"fired": (*KNOWN.fired, Fired("worsening_2_points", YELLOW, "nausea"))},
    "another symptom": {"fired": (*KNOWN.fired, Fired("fatigue_2", YELLOW, "fatigue"))},
    "a rule on the whole report": {"fired": (*KNOWN.fired, Fired("count_3", YELLOW))},
    "an incomplete answer": {"grades": {"nausea": Grade(2, complete=False)}},
    "no grade at all": {"grades": {}},
    "a dose that must wait": {"hold": True},
}


@pytest.mark.parametrize("change", WORSE.values(), ids=WORSE.keys())
def test_anything_worse_or_new_is_heard(change: dict[str, object]) -> None:
    assert not silences([MUTE], structs.replace(KNOWN, **change), NOON)


def test_a_mute_ends_by_itself() -> None:
    assert not silences([MUTE], KNOWN, MUTE.until_at)


@given(
    st.sampled_from([YELLOW, ORANGE, RED]),
    st.integers(0, 3),
    st.sampled_from([YELLOW, ORANGE]),
    st.integers(0, 3),
    st.booleans(),
)
def test_mute_never_hides_worsening(
    level: TriageLevel, grade: int, known: TriageLevel, known_grade: int, rule: bool
) -> None:
    mute = structs.replace(MUTE, level=known, grade=known_grade)
    fired = (Fired("nausea_2" if rule else "nausea_9", level, "nausea"),)
    verdict = structs.replace(KNOWN, level=level, fired=fired, grades={"nausea": Grade(grade)})
    if silences([mute], verdict, NOON):
        assert level <= known
        assert grade <= known_grade
        assert level < RED
        assert rule


def test_what_may_be_muted_of_a_symptom_is_how_it_was_reported_and_no_more():
    fired = (
        Fired("nausea_2", YELLOW, "nausea"),
        Fired("nausea_worse", ORANGE, "nausea"),
        Fired("fever_1", RED, "fever"),
    )
    grades = {"nausea": Grade(2), "fever": Grade(1)}
    assert standing("nausea", grades, fired) == Standing(ORANGE, 2, ("nausea_2", "nausea_worse"))


def test_nothing_may_be_muted_of_a_symptom_without_a_whole_grade_or_without_anybody_to_call():
    fired = (Fired("nausea_2", YELLOW, "nausea"), Fired("cough_1", GREEN, "cough"))
    assert standing("nausea", {"nausea": Grade(2, complete=False)}, fired) is None
    assert standing("cough", {"cough": Grade(1)}, fired) is None
    assert standing("pain", {}, fired) is None
