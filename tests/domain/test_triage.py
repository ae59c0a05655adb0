"""What triage says, as a nurse would tell it."""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.domain.cases import Given
from app.domain.reports import AdherenceFacts, Answer, Baseline, Chart, PastReport
from app.domain.triage import Fired, Implausible, Recipient, TriageLevel, implausible, triage, unknown
from app.domain.verdicts import Verdict
from tests.rules.book import rulebook

BOOK = rulebook()
GREEN, YELLOW, ORANGE, RED = TriageLevel


def judge(regimen: str, **what: Any) -> Verdict:
    return Given(regimen=regimen, **what).verdict(BOOK)


def outcome(verdict: Verdict) -> tuple[TriageLevel, Recipient, tuple[str, ...], bool]:
    return verdict.level, verdict.recipient, verdict.reasons, verdict.hold


# ------------------------------------------------------------------ worked examples of the clinical reference

JOINTS = {"joint_pain": Answer(F=3, S=2, I=1)}
DIARRHOEA = {"answers": {"diarrhoea": Answer(F=3)}, "measurements": {"stools_over_baseline": 4}}


def test_joint_pain_under_letrozole_goes_to_the_administrative_coordination() -> None:
    assert outcome(judge("letrozole", answers=JOINTS)) == (YELLOW, Recipient.LEVEL1, ("joint_pain_g2",), False)


def test_joint_pain_that_was_there_before_the_treatment_is_green() -> None:
    verdict = judge(
        "letrozole", answers=JOINTS, baseline=Baseline(symptoms={"joint_pain": 2}), history=(PastReport(7, JOINTS),)
    )
    assert outcome(verdict) == (GREEN, Recipient.NONE, ("baseline_stable",), False)


def test_38_under_palbociclib_is_red_and_the_next_dose_waits() -> None:
    verdict = judge("palbociclib", measurements={"temperature_c": 38.0})
    assert outcome(verdict) == (RED, Recipient.ONCOLOGIST, ("fever_neutropenia_risk",), True)


def test_38_1_under_osimertinib_is_yellow() -> None:
    verdict = judge("osimertinib", measurements={"temperature_c": 38.1})
    assert outcome(verdict) == (YELLOW, Recipient.LEVEL2, ("fever_38_0",), False)


def test_diarrhoea_under_capecitabine_waits_for_a_nurse_but_is_red_in_the_first_cycle() -> None:
    later = judge("capecitabine_mono", cycle=3, **DIARRHOEA)
    assert outcome(later) == (ORANGE, Recipient.LEVEL2, ("diarrhoea_g2", "fluoropyrimidine_g2"), True)
    first = judge("capecitabine_mono", cycle=1, **DIARRHOEA)
    assert outcome(first) == (RED, Recipient.ONCOLOGIST, ("early_fluoropyrimidine_toxicity",), True)


def test_chest_pain_under_capecitabine_is_an_emergency() -> None:
    verdict = judge("capecitabine_mono", answers={"chest_pain": Answer(S=1)})
    assert verdict.emergency
    assert verdict.recipient is Recipient.EMERGENCY
    assert verdict.reasons == ("chest_pain_fluoropyrimidine", "chest_pain_g1")
    assert verdict.advice[0] == "emergency_call"


def test_a_capsule_of_temozolomide_on_a_rest_day_is_red() -> None:
    verdict = judge("temozolomide_maintenance", adherence=AdherenceFacts(7, 5, 5, rest_day_doses=1))
    assert outcome(verdict)[:3] == (RED, Recipient.ONCOLOGIST, ("over_adherence",))


# ------------------------------------------------------------------ adherence.md, section 6


@pytest.mark.parametrize(
    ("regimen", "facts", "level"),
    [
        pytest.param("capecitabine_mono", AdherenceFacts(14, 28, 26), GREEN, id="A"),
        pytest.param("capecitabine_mono", AdherenceFacts(14, 28, 26, extra_doses=2), RED, id="B"),
        pytest.param("capecitabine_mono", AdherenceFacts(14, 16, 16), GREEN, id="C"),
        pytest.param(
            "capecitabine_mono",
            AdherenceFacts(14, 28, 16, consecutive_days_missed=6, patient_stopped=True),
            ORANGE,
            id="D",
        ),
        pytest.param("palbociclib", AdherenceFacts(28, 21, 21, rest_day_doses=2), RED, id="E"),
        pytest.param("trifluridine_tipiracil", AdherenceFacts(14, 20, 20, rest_day_doses=4), RED, id="H"),
        pytest.param("temozolomide_maintenance", AdherenceFacts(5, 5, 4), GREEN, id="J: exactly 80 %"),
        pytest.param("anastrozole", AdherenceFacts(14, 14, 11), YELLOW, id="L"),
        pytest.param("vinorelbine_oral_weekly", AdherenceFacts(7, 1, 1, rest_day_doses=1), RED, id="O"),
        pytest.param("letrozole", AdherenceFacts(14, 14, 14, extra_doses=1), GREEN, id="P"),
        pytest.param("imatinib", AdherenceFacts(7, 0, 0, doses_during_hold=1), ORANGE, id="Q"),
    ],
)
def test_intakes(regimen: str, facts: AdherenceFacts, level: TriageLevel) -> None:
    assert judge(regimen, adherence=facts).level is level


# ------------------------------------------------------------------ who is told


def test_missing_reports_of_a_complex_treatment_go_to_the_administrative_coordination() -> None:
    verdict = judge("osimertinib", adherence=AdherenceFacts(reports_missed_consecutive=2))
    assert outcome(verdict) == (YELLOW, Recipient.LEVEL1, ("missed_reports_2",), False)


def test_missing_reports_beside_a_clinical_yellow_go_to_the_nurse() -> None:
    verdict = judge(
        "osimertinib", answers={"nausea": Answer(F=3, S=2)}, adherence=AdherenceFacts(reports_missed_consecutive=2)
    )
    assert outcome(verdict)[:3] == (YELLOW, Recipient.LEVEL2, ("missed_reports_2", "nausea_g2"))


def test_missing_reports_beside_a_symptom_calmed_to_green_stay_administrative() -> None:
    verdict = judge(
        "osimertinib",
        answers={"fatigue": Answer(S=2, I=2)},
        baseline=Baseline(symptoms={"fatigue": 2}),
        adherence=AdherenceFacts(reports_missed_consecutive=2),
    )
    assert outcome(verdict)[:3] == (YELLOW, Recipient.LEVEL1, ("missed_reports_2",))


def test_an_unknown_drug_is_taken_for_one_that_lowers_defences() -> None:
    verdict = judge("not_in_the_rulebook", measurements={"temperature_c": 38.0})
    assert outcome(verdict) == (RED, Recipient.ONCOLOGIST, ("fever_neutropenia_risk",), True)
    assert judge("not_in_the_rulebook", answers={"nausea": Answer(F=3, S=2)}).recipient is Recipient.LEVEL2


# ------------------------------------------------------------------ raising effects never add up


def test_worsening_and_persistence_start_from_the_same_level() -> None:
    verdict = judge(
        "letrozole",
        answers={"sadness": Answer(F=4, S=2, I=1)},
        history=(PastReport(3, {"sadness": Answer(F=2, S=2, I=0)}), PastReport(9, {"sadness": Answer(F=3, S=2, I=1)})),
    )
    assert outcome(verdict)[:3] == (ORANGE, Recipient.LEVEL2, ("persistence", "worsening_2_points"))


def test_worsening_never_goes_above_orange() -> None:
    verdict = judge("letrozole", answers={"nausea": Answer(F=4, S=4)}, history=(PastReport(3),))
    assert outcome(verdict)[:3] == (ORANGE, Recipient.LEVEL2, ("nausea_g3",))


def test_baseline_does_not_calm_a_symptom_that_an_overlay_speaks_of() -> None:
    stable = Baseline(symptoms={"limb_swelling": 2, "pain": 2})
    verdict = judge("imatinib", answers={"limb_swelling": Answer(F=2, S=2, I=1)}, baseline=stable)
    assert verdict.reasons == ("fluid_retention_g2",)


def test_a_report_that_was_never_sent_is_not_a_zero() -> None:
    """Without an earlier report nothing has worsened; with an empty one, everything has."""
    nausea = {"nausea": Answer(F=2, S=1)}
    assert judge("letrozole", answers=nausea).level is GREEN
    assert judge("letrozole", answers=nausea, history=(PastReport(3),)).level is YELLOW


def test_new_or_worse_looks_at_the_baseline_when_the_last_report_is_old() -> None:
    breath = {"shortness_of_breath": Answer(S=1, I=1)}
    stale = (PastReport(15, {"shortness_of_breath": Answer(S=3, I=3)}),)
    assert "dyspnoea_ild_high" in judge("osimertinib", answers=breath, history=stale).reasons
    known = Baseline(symptoms={"shortness_of_breath": 1})
    assert "dyspnoea_ild_high" not in judge("osimertinib", answers=breath, history=stale, baseline=known).reasons


# ------------------------------------------------------------------ what the verdict keeps


def test_rules_below_the_final_level_are_kept_too() -> None:
    verdict = judge("capecitabine_mono", cycle=1, **DIARRHOEA)
    assert Fired("diarrhoea_g2", ORANGE, "diarrhoea") in verdict.fired
    assert "diarrhoea_g2" not in verdict.reasons


def test_the_verdict_names_the_rulebook_and_the_grades() -> None:
    verdict = judge("letrozole", answers={"nausea": Answer(S=2), "fever": Answer(P=1)})
    assert verdict.rulebook_version == BOOK.version
    assert (verdict.grades["nausea"].grade, verdict.grades["nausea"].complete) == (2, False)
    assert verdict.grades["fever"].grade == 1


def test_the_label_of_the_drug_holds_the_dose_even_where_no_rule_does() -> None:
    verdict = judge("tamoxifen", answers={"limb_swelling": Answer(F=4, S=3, I=2)}, history=(PastReport(7),))
    assert verdict.reasons == ("vte_limb_g2",)
    assert verdict.hold


def test_loperamide_is_never_advised_with_fever_or_blood() -> None:
    answers = {"diarrhoea": Answer(F=3)}
    assert "diarrhoea_loperamide" in judge("letrozole", answers=answers).advice
    assert "diarrhoea_loperamide" not in judge("letrozole", answers={**answers, "bleeding": Answer(S=1)}).advice
    assert "diarrhoea_loperamide" not in judge("letrozole", answers={**answers, "fever": Answer(P=1)}).advice


def test_in_an_emergency_no_self_care_stands_in_the_way_of_the_call() -> None:
    verdict = judge(
        "letrozole", answers={"fainting": Answer(P=1), "fatigue": Answer(S=3, I=3), "nausea": Answer(F=1, S=1)}
    )
    assert verdict.advice == ("emergency_call", "hold_next_dose")


def test_thoughts_of_self_harm_give_the_helpline() -> None:
    verdict = judge("letrozole", answers={"self_harm_thoughts": Answer(P=1)})
    assert verdict.emergency
    assert verdict.advice[:2] == ("emergency_call", "suicide_line")


# ------------------------------------------------------------------ what is sent back to the patient


def test_a_value_out_of_range_is_sent_back_until_confirmed() -> None:
    values = {"temperature_c": 43.1, "systolic": 120.0}
    assert implausible(values, [], BOOK) == [Implausible("temperature_c", 43.1, 30.0, 43.0)]
    assert implausible(values, ["temperature_c"], BOOK) == []
    assert implausible({"temperature_c": 43.0, "weight_kg": 25.0}, [], BOOK) == []


def test_what_the_rulebook_does_not_know_is_named() -> None:
    answers = {"nausea": Answer(F=1, P=1), "toothache": Answer(S=3)}
    paths = unknown(answers, {"humidity": 3.0}, BOOK)
    assert paths == ["measurements.humidity", "answers.nausea.P", "answers.toothache"]
    assert unknown({"nausea": Answer(F=1, S=1)}, {"temperature_c": 37.0}, BOOK) == []


# ------------------------------------------------------------------ for any answers

SCORES = st.one_of(st.none(), st.integers(0, 4))
ANSWERS = st.dictionaries(
    st.sampled_from([*BOOK.symptoms, "toothache"]),
    st.builds(Answer, F=SCORES, S=SCORES, I=SCORES, A=SCORES, P=st.one_of(st.none(), st.integers(0, 1))),
    max_size=12,
)
VALUES = st.dictionaries(
    st.sampled_from([*BOOK.measurements, "humidity"]), st.floats(-1e3, 1e3, allow_nan=False), max_size=6
)
PAST = st.builds(PastReport, days_ago=st.floats(0, 40), answers=ANSWERS, measurements=VALUES)
COUNT = st.integers(0, 6)
CHARTS = st.builds(
    Chart,
    regimen=st.sampled_from([*BOOK.regimens, "not_in_the_rulebook"]),
    cycle=st.integers(0, 4),
    day_of_cycle=st.integers(0, 40),
    baseline=st.builds(
        Baseline,
        weight_kg=st.one_of(st.none(), st.floats(0, 300)),
        symptoms=st.dictionaries(st.sampled_from(list(BOOK.symptoms)), st.integers(0, 3), max_size=4),
    ),
    history=st.lists(PAST, max_size=3).map(lambda past: tuple(sorted(past, key=lambda p: p.days_ago))),
    adherence=st.builds(
        AdherenceFacts,
        doses_expected=COUNT,
        doses_taken=COUNT,
        extra_doses=COUNT,
        rest_day_doses=COUNT,
        doses_during_hold=COUNT,
        consecutive_days_missed=COUNT,
        patient_stopped=st.booleans(),
        reports_missed_consecutive=COUNT,
    ),
)


@given(ANSWERS, VALUES, CHARTS)
@settings(max_examples=120, deadline=None)
def test_any_report_gets_one_level_with_its_reasons(
    answers: dict[str, Answer], measurements: dict[str, float], chart: Chart
) -> None:
    verdict = triage(answers, measurements, chart, BOOK)
    levels = {f.id: [g.level for g in verdict.fired if g.id == f.id] for f in verdict.fired}
    assert all(verdict.level in levels[id_] for id_ in verdict.reasons)
    assert bool(verdict.reasons) or verdict.level is GREEN
    assert verdict.emergency == (verdict.recipient is Recipient.EMERGENCY)
    assert (verdict.level is GREEN) == (verdict.recipient is Recipient.NONE)
    assert set(verdict.reasons) <= set(BOOK.rules)
    assert set(verdict.advice) <= set(BOOK.advice)
    assert len(set(verdict.advice)) == len(verdict.advice)
    assert verdict == triage(answers, measurements, chart, BOOK)


@given(ANSWERS, VALUES, CHARTS, st.sampled_from(sorted(BOOK.grader.letters)))
@settings(max_examples=120, deadline=None)
def test_a_worse_answer_never_lowers_the_level_unless_a_count_contradicts_it(
    answers: dict[str, Answer], measurements: dict[str, float], chart: Chart, symptom: str
) -> None:
    letters = BOOK.grader.letters[symptom]
    today = answers.get(symptom) or Answer()
    scores = {a: getattr(today, a) or 0 for a in letters}
    calm = {**answers, symptom: Answer(**scores)}
    worse = {**answers, symptom: Answer(**{a: min(s + 1, 1 if a == "P" else 4) for a, s in scores.items()})}
    before, after = (triage(each, measurements, chart, BOOK) for each in (calm, worse))
    assert after.level >= before.level
