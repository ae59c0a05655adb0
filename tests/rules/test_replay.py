"""What a change of rules would have gained and lost."""

from app.domain.replay import Replayed, replayed, tally, told
from app.domain.rulebook import decode
from app.domain.verdicts import TriageLevel
from tests.rules.book import files, rulebook
from tests.rules.generated import reports

GREEN, YELLOW, ORANGE, RED = TriageLevel


def again(before: TriageLevel, after: TriageLevel, regimen: str = "letrozole") -> Replayed:
    return Replayed("r", regimen, before, after, (), ())


def test_a_report_that_rises_is_gained_where_it_arrives_and_lost_where_it_was() -> None:
    count = tally([again(YELLOW, ORANGE), again(GREEN, YELLOW), again(RED, RED), again(ORANGE, GREEN)], 200)
    assert count.gained == {ORANGE: 1, YELLOW: 1}
    assert count.lost == {YELLOW: 1, ORANGE: 1}
    assert count.by_regimen == {"letrozole": (2, 1)}
    assert count.per_100_patient_weeks(1) == 0.5


def test_without_patients_there_is_no_rate() -> None:
    assert tally([], 0).per_100_patient_weeks(3) == 0.0


def test_the_same_rules_change_nothing() -> None:
    given = list(reports(rulebook(), 500, seed=3))
    pairs = (replayed(str(i), g.regimen, g.verdict(rulebook()), g.verdict(rulebook())) for i, g in enumerate(given))
    assert tally(pairs, 500).changed == ()


def test_a_lower_limit_is_told_in_words() -> None:
    path = "measurements/temperature.yaml"
    lower = decode({**files(), path: files()[path].replace(b'temperature_c, ">=", 38.0', b'temperature_c, ">=", 37.5')})
    given = list(reports(rulebook(), 3000, seed=4))
    pairs = [replayed(str(i), g.regimen, g.verdict(rulebook()), g.verdict(lower)) for i, g in enumerate(given)]
    count = tally(pairs, 3000)
    assert count.gained.get(RED, 0) > 0
    assert count.lost.get(RED, 0) == 0
    assert "reports judged again" in told(count)
    assert "red (fever_neutropenia_risk)" in told(count)
