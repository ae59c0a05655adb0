"""Who asks, and who works where."""

from __future__ import annotations

from datetime import date, datetime
from enum import IntEnum, StrEnum
from uuid import UUID

from msgspec import Struct


class Role(StrEnum):
    """What a person does here."""

    PATIENT = "patient"
    COORDINATOR = "coordinator"
    ONCOLOGIST = "oncologist"
    CITY_PROFESSIONAL = "city_professional"
    MANAGER = "manager"
    ADMINISTRATOR = "administrator"
    AUDITOR = "auditor"


class CoordinationLevel(IntEnum):
    """Administrative or nursing coordination; on screens in words, never as a number."""

    ADMINISTRATIVE = 1
    NURSING = 2


class Guest(Struct, frozen=True):
    """By what a person acts on one alert of an establishment that is not theirs: a cooperation agreement, for a time."""

    home_establishment_id: UUID
    shares: tuple[str, ...]
    until_at: datetime

    def sees(self, part: str) -> bool:
        """Whether the agreement shares this: alert, reports, treatment, contact."""
        return part in self.shares


class Caller(Struct, frozen=True):
    """The person behind a request, as the session says. `full` is false when only the device credential is left."""

    account_id: UUID
    session_id: UUID
    establishment_id: UUID
    person_id: UUID
    role: Role
    coordination_level: CoordinationLevel | None
    full: bool
    guest: Guest | None = None  # set where they cover for another establishment, for one alert

    @property
    def access_role(self) -> str:
        """The role by which they may see patients of the establishment; a guest has none, only what names them."""
        return "" if self.guest else self.role.value

    @property
    def is_patient(self) -> bool:
        return self.role is Role.PATIENT

    @property
    def is_clinical(self) -> bool:
        """Sees patients: coordinators, oncologists, and city professionals named by the patient."""
        return self.role in (Role.COORDINATOR, Role.ONCOLOGIST, Role.CITY_PROFESSIONAL)

    @property
    def watches(self) -> bool:
        """Sees whether Vigie itself works: who runs the house, and coordinators, whose alerts depend on it."""
        return self.role in (Role.MANAGER, Role.ADMINISTRATOR, Role.COORDINATOR)

    @property
    def acts_on_alerts(self) -> bool:
        return self.role in (Role.COORDINATOR, Role.ONCOLOGIST)


class Submitter(Struct, frozen=True):
    """Who a report claims to be from; the chart is loaded only if one of these credentials is really theirs."""

    establishment_id: UUID
    patient_id: UUID
    token_hashes: list[bytes]


class Identity(Struct, frozen=True):
    """What names a patient; sealed at rest, never logged."""

    first_name: str
    last_name: str
    born_on: date
    phone: str

    @property
    def name(self) -> str:
        return f"{self.first_name} {self.last_name}"


class Establishment(Struct, frozen=True):
    """A hospital, clinic or practice."""

    id: UUID
    name: str
    kind: str
    timezone: str
    phone: str


class SessionLine(Struct, frozen=True):
    """One sign-in that its owner may look at and end."""

    id: UUID
    created_at: datetime
    last_seen_at: datetime
    current: bool
    device: str
