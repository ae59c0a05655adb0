"""Who is who: what each role may do, told once."""

from __future__ import annotations

from datetime import date
from uuid import UUID

import pytest

from app.domain.people import Caller, CoordinationLevel, Identity, Role

ID = UUID("019ab000-0000-7000-8000-000000000001")


def caller(role: Role) -> Caller:
    level = CoordinationLevel.NURSING if role is Role.COORDINATOR else None
    return Caller(ID, ID, ID, ID, role, level, True)


@pytest.mark.parametrize("role", list(Role))
def test_only_coordinators_oncologists_and_named_city_professionals_see_patients(role: Role) -> None:
    assert caller(role).is_clinical == (role in {"coordinator", "oncologist", "city_professional"})


@pytest.mark.parametrize("role", list(Role))
def test_only_coordinators_and_oncologists_take_alerts(role: Role) -> None:
    assert caller(role).acts_on_alerts == (role in {"coordinator", "oncologist"})


@pytest.mark.parametrize("role", list(Role))
def test_only_a_patient_is_a_patient(role: Role) -> None:
    assert caller(role).is_patient == (role == "patient")


def test_whoever_acts_on_alerts_also_sees_patients() -> None:
    assert all(caller(role).is_clinical for role in Role if caller(role).acts_on_alerts)


def test_a_patient_is_called_by_first_and_last_name() -> None:
    assert Identity("Jeanne", "Martin", date(1950, 5, 4), "06 12 34 56 78").name == "Jeanne Martin"


def test_the_two_coordinations_are_one_and_two() -> None:
    assert [level.value for level in CoordinationLevel] == [1, 2]
