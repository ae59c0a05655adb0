"""The shipped card on single reports: worse is never safer, parts add up, and silence has a reason."""

from __future__ import annotations

import random
from datetime import date, timedelta
from typing import Literal

import msgspec
import pytest

from app.domain.reports import Answer, Baseline, Chart, PastReport
from app.domain.risk import Risk, Thresholds, combine
from app.domain.verdicts import TriageLevel
from app.scoring import shipped
from app.scoring.card import CardRefused, Feature, encode_card, sealed
from app.scoring.features import Person, features
from app.scoring.proof import violations
from app.scoring.score import Contribution, Explanation, Model, explain, load, score
from app.scoring.words import say_explanation, say_risk, say_sum

MODEL = load(shipped.read())
CARD = MODEL.card
TODAY = CARD.reviewed_on
SYMPTOMS = [f for f in CARD.features if f.kind == "symptom"]
CASES = 10_000


def test_the_shipped_card_is_sound_and_says_that_it_is_synthetic() -> None:
    assert MODEL.fault is None
    assert CARD.synthetic
    assert CARD.trained_on.sites >= 8
    assert len(shipped.read()) < 200_000
    assert encode_card(CARD) == shipped.read()


def test_no_table_of_the_shipped_card_falls_as_a_value_gets_worse() -> None:
    assert violations(CARD) == []


def test_a_table_that_falls_or_a_blank_above_the_worst_is_found() -> None:
    j = next(i for i, f in enumerate(CARD.features) if f.name == "temperature_c")
    points = list(CARD.table.points[j])
    for spoiled in ([*points[:30], points[30] - 9999, *points[31:]], [*points[:-1], max(points) + 1]):
        table = msgspec.structs.replace(
            CARD.table, points=(*CARD.table.points[:j], tuple(spoiled), *CARD.table.points[j + 1 :])
        )
        assert any("temperature_c" in told for told in violations(msgspec.structs.replace(CARD, table=table)))


def seeded(seed: int) -> random.Random:
    return random.Random(seed)  # noqa: S311 - the same cases every time


def drawn(dice: random.Random) -> tuple[dict[str, Answer], dict[str, float], Chart, Person]:
    """A report that anybody could send."""
    answers = {f.name: answer(f, dice) for f in dice.sample(SYMPTOMS, dice.randint(0, 10))}
    measurements = {}
    for f in CARD.features:
        if f.kind == "measurement" and f.plausible and f.name != "weight_loss_pct" and dice.random() < 0.5:
            measurements[f.name] = round(dice.uniform(*f.plausible), 1)
    if dice.random() < 0.5:
        measurements["weight_kg"] = round(dice.uniform(50, 90), 1)
    past = tuple(
        PastReport(3.0 * (i + 1), {f.name: answer(f, dice) for f in dice.sample(SYMPTOMS, 3)})
        for i in range(dice.randint(0, 3))
    )
    regimen = dice.choice(CARD.regimens)
    day = dice.randint(1, regimen.cycle_days)
    chart = Chart(regimen.id, dice.randint(1, 8), day, Baseline(70.0), past)
    person = Person(
        age=dice.choice([None, 45, 80]), ecog=dice.choice([None, 0, 2]), prior_visit=dice.choice([None, True, False])
    )
    return answers, measurements, chart, person


def answer(feature: Feature, dice: random.Random) -> Answer:
    return Answer(**{a: dice.randint(0, 1 if a == "P" else 4) for a in feature.attributes})


def worse(answers: dict[str, Answer], dice: random.Random) -> dict[str, Answer]:
    """The same report with one score higher, or one symptom more."""
    feature = dice.choice(SYMPTOMS)
    attribute = dice.choice(feature.attributes)
    before = answers.get(feature.name, Answer())
    now = getattr(before, attribute) or 0
    higher = min(now + dice.randint(1, 4), 1 if attribute == "P" else 4)
    return {**answers, feature.name: msgspec.structs.replace(before, **{attribute: higher})}


def test_a_worse_answer_never_lowers_the_risk_from_the_answer_to_the_probability() -> None:
    dice = seeded(6)
    rose = 0
    for _ in range(CASES):
        answers, measurements, chart, person = drawn(dice)
        before = score(MODEL, features(CARD, answers, measurements, chart, person), TODAY)
        after = score(MODEL, features(CARD, worse(answers, dice), measurements, chart, person), TODAY)
        if before.p7 is None or after.p7 is None or before.p14 is None or after.p14 is None:
            assert before.abstained == after.abstained
            continue
        assert after.p7 >= before.p7
        assert after.p14 >= before.p14
        assert before.p14 >= before.p7
        rose += after.p7 > before.p7
    assert rose > CASES / 10


def test_a_worse_past_answer_never_lowers_the_risk_of_today() -> None:
    dice = seeded(7)
    for _ in range(2000):
        answers, measurements, chart, person = drawn(dice)
        if not chart.history:
            continue
        first = chart.history[0]
        past = (msgspec.structs.replace(first, answers=worse(first.answers, dice)), *chart.history[1:])
        before = score(MODEL, features(CARD, answers, measurements, chart, person), TODAY)
        after = score(
            MODEL, features(CARD, answers, measurements, msgspec.structs.replace(chart, history=past), person), TODAY
        )
        assert (after.p7 or 0) >= (before.p7 or 0)


def test_contributions_add_up_to_the_last_digit_in_both_tables_and_in_words() -> None:
    dice = seeded(8)
    for _ in range(500):
        answers, measurements, chart, person = drawn(dice)
        found = features(CARD, answers, measurements, chart, person)
        risk = score(MODEL, found, TODAY)
        for late, total in ((False, risk.total), (True, risk.total_late)):
            told = explain(MODEL, found, late=late)
            assert told.base + sum(c.points for c in told.contributions) == told.total
            assert risk.abstained or told.total == total
    for language in ("fr", "en"):
        lines = say_explanation(CARD, told, language)
        numbers = [int(line.rsplit("(", 1)[1].rstrip(")")) for line in lines if line.endswith(")") and "(" in line]
        assert sum(numbers[:-1]) == numbers[-1] == told.total
    assert any("ni une cause, ni un conseil" in line for line in say_explanation(CARD, told, "fr"))


@pytest.mark.parametrize("language", ["fr", "en"])
def test_what_has_no_value_is_one_line_and_not_a_list_of_things_not_measured(language: Literal["fr", "en"]) -> None:
    told = Explanation(
        -3000,
        (
            Contribution("nausea", 4, 300),
            Contribution("heart_rate", -1, -40),
            Contribution("ecog", -1, 25),
            Contribution("systolic", -1, -2),
        ),
        -2717,
    )
    lines = say_sum(CARD, told, language)
    assert len(lines) == 4
    assert (
        lines[2]
        == {
            "fr": "Sans valeur (pouls, indice ECOG, tension : le grand chiffre) : va avec un risque plus faible (-17)",
            "en": "Without a value (pulse, ECOG performance status, blood pressure: the higher number): goes with a lower risk (-17)",
        }[language]
    )
    numbers = [int(line.rsplit("(", 1)[1].rstrip(")")) for line in lines]
    assert sum(numbers[:-1]) == numbers[-1] == told.total


def quiet(regimen: str = "capecitabine_mono", **measurements: float) -> Risk:
    found = features(CARD, {}, measurements, Chart(regimen, 2, 8, Baseline(70.0)))
    return score(MODEL, found, TODAY)


@pytest.mark.parametrize(
    ("risk", "reason", "detail"),
    [
        (quiet("newdrug"), "regimen_unknown", "newdrug"),
        (quiet(temperature_c=98.6), "implausible_value", "temperature_c"),
        (quiet(weight_kg=700.0), "implausible_value", "weight_loss_pct"),
        (quiet(heart_rate=float("nan")), "implausible_value", "heart_rate"),
    ],
)
def test_it_abstains_and_says_why(risk: Risk, reason: str, detail: str) -> None:
    assert (risk.abstained, risk.detail) == (reason, detail)
    assert risk.p7 is risk.p14 is risk.total is None
    assert combine(TriageLevel.GREEN, risk, Thresholds(0.001, 0.002)) is TriageLevel.GREEN
    assert "%" not in say_risk(risk, "fr")


def test_it_abstains_when_more_than_a_fifth_of_the_required_questions_are_left_open() -> None:
    required = [f.name for f in CARD.features if f.required]
    chart = Chart("capecitabine_mono", 2, 8)
    room = len(required) // 5
    still = features(CARD, {}, {}, chart, not_asked=required[:room])
    assert score(MODEL, still, TODAY).abstained is None
    declined = features(CARD, {name: Answer() for name in required[: room + 1]}, {}, chart)
    assert score(MODEL, declined, TODAY).abstained == "too_few_items"


def test_a_regimen_seen_in_too_few_patients_has_no_number() -> None:
    rare = tuple(msgspec.structs.replace(r, patients=29) if r.id == "imatinib" else r for r in CARD.regimens)
    model = Model(sealed(msgspec.structs.replace(CARD, regimens=rare)))
    found = features(CARD, {}, {}, Chart("imatinib", 1, 3))
    assert score(model, found, TODAY).abstained == "regimen_rare"


def test_a_card_past_its_review_an_altered_one_and_one_that_fails_its_own_test_are_silent() -> None:
    found = features(CARD, {}, {}, Chart("imatinib", 1, 3))
    assert score(MODEL, found, CARD.expires_on).abstained is None
    assert score(MODEL, found, CARD.expires_on + timedelta(days=1)).abstained == "card_expired"
    table = msgspec.structs.replace(CARD.table, intercept=CARD.table.intercept + 1)
    altered = msgspec.structs.replace(CARD, table=table)
    assert score(Model(altered), found, TODAY).abstained == "card_altered"
    assert score(Model(sealed(altered)), found, TODAY).abstained == "self_test_failed"
    with pytest.raises(CardRefused, match="not a scorecard"):
        load(b'{"schema": 2}')
    with pytest.raises(CardRefused, match="does not fit together"):
        load(encode_card(msgspec.structs.replace(CARD, reference=CARD.reference[1:])))


def test_an_unusual_report_is_labelled_and_keeps_its_number() -> None:
    everything = {f.name: Answer(**{a: 1 if a == "P" else 4 for a in f.attributes}) for f in SYMPTOMS}
    chart = Chart("capecitabine_mono", 2, 8)
    worst = score(MODEL, features(CARD, everything, {"temperature_c": 39.9}, chart), TODAY)
    usual = score(MODEL, features(CARD, {}, {}, chart), TODAY)
    assert worst.low_support
    assert not usual.low_support
    assert (worst.p7 or 0) > (usual.p7 or 1)


LEVELS = list(TriageLevel)


def test_the_model_never_lowers_a_level_and_never_gives_red() -> None:
    dice = seeded(9)
    for _ in range(CASES):
        p = dice.choice([None, 0.0, 1.0, dice.random()])
        risk = Risk(model_id="m", card_sha256="s", synthetic=True, p7=p, abstained=None if p else "card_expired")
        low, high = sorted([dice.uniform(0.001, 1), dice.uniform(0.001, 1)])
        thresholds = Thresholds(dice.choice([None, low]), dice.choice([None, high]))
        for level in LEVELS:
            final = combine(level, risk, thresholds)
            assert final >= level
            if level is not TriageLevel.RED:
                assert final <= TriageLevel.ORANGE
    assert combine(TriageLevel.YELLOW, None, Thresholds(0.1, 0.2)) is TriageLevel.YELLOW
    with pytest.raises(ValueError, match="cannot be above"):
        Thresholds(0.3, 0.2)
    with pytest.raises(ValueError, match="probability"):
        Thresholds(0.0, None)


def test_words_say_that_the_model_is_synthetic() -> None:
    risk = quiet()
    assert "patients fictifs" in say_risk(risk, "fr")
    assert "no real patient" in say_risk(risk, "en")
    assert isinstance(TODAY, date)
