"""Label dose rules as suggestions, and regimen files whose plan cannot be."""

import msgspec
import pytest

from app.domain.drugs import Dose, Drug, suggestions
from app.domain.rulebook import RulebookErrors, decode
from tests.rules.book import files, rulebook


def said(regimen: str, symptom: str, grade: int, occurrence: int = 1) -> list[tuple[str, int | None]]:
    rules = rulebook().regimen(regimen).dose_rules
    return [(s.then, s.resume_pct) for rule in suggestions(rules, symptom, grade, occurrence) for s in rule.suggests]


def test_capecitabine_by_grade_and_occurrence() -> None:
    assert said("capecitabine_mono", "diarrhoea", 1) == [("continue", None)]
    assert [said("capecitabine_mono", "diarrhoea", 2, n) for n in (1, 2, 3, 4, 5)] == [
        [("hold", 100)],
        [("hold", 75)],
        [("hold", 50)],
        [("stop", None)],
        [("stop", None)],
    ]
    assert [said("capecitabine_mono", "mouth_sores", 3, n) for n in (1, 2, 3)] == [
        [("hold", 75)],
        [("hold", 50)],
        [("stop", None)],
    ]


def test_a_suggestion_keeps_the_sentence_it_comes_from() -> None:
    rule = suggestions(rulebook().regimen("abemaciclib").dose_rules, "diarrhoea", 2)[0]
    assert "24 h" in rule.fr
    assert rule.suggests[0].if_persists_h == 24
    assert suggestions(rulebook().regimen("abemaciclib").dose_rules, "rash", 2) == ()


def test_regorafenib_reduces_first() -> None:
    assert [then for then, _ in said("regorafenib", "hand_foot_syndrome", 2)] == ["reduce", "hold"]


def test_every_regimen_knows_its_drugs_and_their_doses() -> None:
    for regimen in rulebook().regimens.values():
        assert regimen.drugs
        assert not regimen.drugs[0].partner
        assert all(drug.inn in regimen.inn or drug.partner for drug in regimen.drugs)


def test_a_dose_is_either_fixed_or_by_body_surface() -> None:
    with pytest.raises(ValueError, match="either `mg` or `per_m2_mg`"):
        Dose(mg=1.0, per_m2_mg=1.0)
    with pytest.raises(msgspec.ValidationError):
        msgspec.convert({"inn": "x", "title": {"fr": "x", "en": "x"}, "dose": {"mg": -1}}, Drug)


@pytest.mark.parametrize(
    ("path", "old", "new", "words"),
    [
        ("regimens/osimertinib.yaml", "strengths_mg: [40, 80]", "strengths_mg: [60]", "80 mg cannot be made of 60 mg"),
        ("regimens/palbociclib.yaml", "on_days: [[1, 21]]", "on_days: [[1, 29]]", "from 1 to 28"),
        ("regimens/trifluridine_tipiracil.yaml", "[[1, 5], [8, 12]]", "[[1, 8], [8, 12]]", "none twice"),
        ("regimens/capecitabine_mono.yaml", "timing_window_h: 3", "timing_window_h: 7", "half the interval"),
        ("regimens/palbociclib.yaml", "partners: [letrozole,", "partners: [letrozol,", "no regimen `letrozol`"),
        ("regimens/venetoclax.yaml", "[20, 50, 100, 200, 400]", "[20, 50, 100, 200]", "the full dose"),
        ("regimens/abemaciclib.yaml", "symptoms: [diarrhoea], grade: 2", "symptoms: [diarhoea], grade: 2", "`diarhoea`"),
        ("regimens/erlotinib.yaml", "dose: {mg: 150}", "dose: {mg: 150, per_m2: 3}", "`per_m2` is not known here"),
        ("escalation/levels.yaml", "nursing: [side_effect]", "nursing: [side_effects]", "no reason `side_effects`"),
    ],
)  # fmt: skip
def test_what_is_wrong_with_a_plan_is_said(path: str, old: str, new: str, words: str) -> None:
    content = files()[path].decode()
    assert old in content
    with pytest.raises(RulebookErrors) as refused:
        decode({**files(), path: content.replace(old, new, 1).encode()})
    assert words in str(refused.value)
