"""From milligrams to tablets."""

from itertools import product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.domain.dosing import DoseUnreachable, calculated, reachable, units
from app.domain.drugs import Drug
from tests.rules.book import rulebook

DRUGS = [drug for regimen in rulebook().regimens.values() for drug in regimen.drugs]


def drug(name: str) -> Drug:
    return next(d for d in DRUGS if d.inn == name)


def hand(name: str, mg: float) -> list[tuple[float, int]]:
    return [(each.strength_mg, each.count) for each in units(drug(name), mg)]


def test_the_fewest_tablets_of_the_boxes_there_are() -> None:
    assert hand("capecitabine", 2150) == [(500, 4), (150, 1)]
    assert hand("capecitabine", 1800) == [(500, 3), (150, 2)]
    assert hand("cabozantinib", 60) == [(60, 1)]
    assert hand("enzalutamide", 160) == [(40, 4)]
    assert hand("temozolomide", 345) == [(180, 1), (140, 1), (20, 1), (5, 1)]
    assert [each.written for each in units(drug("trifluridine"), 55)] == ["20/8.19 mg", "15/6.14 mg"]


def test_a_dose_that_no_tablets_make_is_refused_with_the_nearest_ones() -> None:
    with pytest.raises(DoseUnreachable, match="2125 mg cannot be made of 150 mg, 500 mg; nearest: 2100 mg or 2150 mg"):
        units(drug("capecitabine"), 2125)
    assert reachable(drug("capecitabine"), 2125) == (2100, 2150)
    assert reachable(drug("palbociclib"), 60) == (None, 75)
    with pytest.raises(DoseUnreachable):
        units(drug("imatinib"), 50)


def test_without_strengths_in_the_rulebook_nothing_is_made_up() -> None:
    assert units(drug("prednisone"), 10) == ()


def test_a_dose_by_body_surface_is_rounded_and_capped_as_the_label_says() -> None:
    assert calculated(drug("capecitabine").dose, 1.72) == 2150
    assert calculated(drug("trifluridine").dose, 1.8) == 65  # 63 mg, to the nearest 5
    assert calculated(drug("trifluridine").dose, 2.5) == 80  # never above
    assert calculated(drug("vinorelbine").dose, 2.2) == 120
    assert calculated(drug("imatinib").dose) == 400
    with pytest.raises(ValueError, match="body surface"):
        calculated(drug("capecitabine").dose)
    with pytest.raises(ValueError, match=r"between 0\.5 and 3\.5"):
        calculated(drug("capecitabine").dose, 17.2)


@settings(max_examples=150, deadline=None)
@given(
    which=st.sampled_from([d for d in DRUGS if d.strengths_mg]),
    counts=st.lists(st.integers(0, 3), min_size=7, max_size=7),
)
def test_what_tablets_make_is_found_again_with_as_few(which: Drug, counts: list[int]) -> None:
    given_counts = dict(zip(which.strengths_mg, counts, strict=False))
    mg = sum(strength * n for strength, n in given_counts.items())
    if not mg:
        return
    found = units(which, mg)
    assert sum(each.strength_mg * each.count for each in found) == pytest.approx(mg)
    assert sum(each.count for each in found) <= sum(given_counts.values())


def test_no_fewer_tablets_would_do() -> None:
    for mg in range(150, 3001, 50):
        try:
            found = units(drug("capecitabine"), mg)
        except DoseUnreachable:
            assert not any(a * 150 + b * 500 == mg for a, b in product(range(21), range(7)))
            continue
        fewest = min(a + b for a, b in product(range(21), range(7)) if a * 150 + b * 500 == mg)
        assert sum(each.count for each in found) == fewest
