"""Who asks, and who works where."""

from __future__ import annotations

from datetime import date, datetime
from enum import IntEnum, StrEnum
from typing import Literal
from uuid import UUID

from msgspec import Struct

AuthorKind = Literal["patient", "caregiver", "staff"]


class Author(Struct, frozen=True):
    """Who really says it, as the credential has proved."""

    kind: AuthorKind
    id: UUID


class Role(StrEnum):
    """What a person does here."""

    PATIENT = "patient"
    CAREGIVER = "caregiver"
    COORDINATOR = "coordinator"
    ONCOLOGIST = "oncologist"
    CITY_PROFESSIONAL = "city_professional"
    MANAGER = "manager"
    ADMINISTRATOR = "administrator"
    AUDITOR = "auditor"

    @property
    def kind(self) -> AuthorKind:
        """Whose word it is, in reports, intakes and the audit trail."""
        match self:
            case Role.PATIENT:
                return "patient"
            case Role.CAREGIVER:
                return "caregiver"
            case _:
                return "staff"


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
    on_behalf_of: UUID | None = None  # the patient for whom a caregiver speaks

    @property
    def access_role(self) -> str:
        """The role by which they may see patients of the establishment; a guest has none, only what names them."""
        return "" if self.guest else self.role.value

    @property
    def is_patient(self) -> bool:
        return self.role is Role.PATIENT

    @property
    def kind(self) -> AuthorKind:
        """Whose word it is."""
        return self.role.kind

    @property
    def author(self) -> Author:
        """Who says it, by name."""
        return Author(self.kind, self.person_id)

    @property
    def at_home(self) -> bool:
        """A patient, or a caregiver who speaks for one."""
        return self.kind != "staff"

    @property
    def patient_id(self) -> UUID:
        """The patient whose phone this is. Of professionals nobody's: no patient has their id."""
        return self.on_behalf_of or self.person_id

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
    """Whose report it claims to be; the chart is loaded only if one of these credentials may really speak for them."""

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
