"""The demonstration prescribes what a pharmacist would hand out: few tablets, near the label's dose."""

from __future__ import annotations

import pytest

from app.domain.dosing import calculated, units
from app.services.demonstration_courses import in_few_tablets, prescription
from tests.rules.book import rulebook

# the steps of the label's own table for 1,250 mg/m2: body surface, mg per intake
TABLE = [(1.26, 1500), (1.3, 1650), (1.45, 1800), (1.6, 2000), (1.7, 2150), (1.85, 2300), (2.0, 2500), (2.15, 2650)]


@pytest.mark.parametrize(("surface", "mg"), TABLE)
def test_capecitabine_goes_by_the_steps_of_its_labels_table(surface: float, mg: float) -> None:
    (drug,) = rulebook().regimen("capecitabine_mono").drugs
    assert in_few_tablets(drug, calculated(drug.dose, surface)) == mg


def test_1900_mg_is_not_eight_tablets() -> None:
    (drug,) = rulebook().regimen("capecitabine_mono").drugs
    assert in_few_tablets(drug, 1900) == 1800
    assert sum(each.count for each in units(drug, 1800)) == 5


def test_a_dose_that_the_label_rounds_stays_as_it_rounds_it() -> None:
    (drug,) = rulebook().regimen("trifluridine_tipiracil").drugs
    assert in_few_tablets(drug, calculated(drug.dose, 1.81)) == 65


@pytest.mark.parametrize("regimen", sorted(rulebook().regimens))
def test_every_dose_of_the_demonstration_is_near_its_label_and_of_few_tablets(regimen: str) -> None:
    for kg in range(48, 100, 3):
        known, given = rulebook().regimen(regimen), prescription(rulebook(), regimen, kg).doses
        surface = (kg * 168 / 3600) ** 0.5
        for drug in known.drugs:
            exact = calculated(drug.dose, surface)
            mg = given.get(drug.inn, drug.dose.mg)
            assert mg is not None
            assert abs(mg / exact - 1) <= 0.055, f"{drug.inn}, {kg} kg: {mg} mg for {exact}"
            assert sum(each.count for each in units(drug, mg)) <= 7
