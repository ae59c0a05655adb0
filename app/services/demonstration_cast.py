"""Who is in the demonstration. Every name is invented; phone numbers are from the ranges reserved for fiction."""

from __future__ import annotations

from datetime import date, timedelta
from uuid import UUID, uuid5

from msgspec import Struct

from app.domain.people import CoordinationLevel, Establishment, Role
from app.domain.reports import Answer
from app.services.founding import Professional, hours

_NAMES = UUID("0f9d2a6e-5b0c-4c55-9a6e-64c1f0a3b7d1")

CENTRE = Establishment(
    uuid5(_NAMES, "centre"), "Centre de cancérologie de la Rade", "public", "Europe/Paris", "02 61 91 00 10"
)
CLINIC = Establishment(uuid5(_NAMES, "clinic"), "Clinique des Tilleuls", "private", "Europe/Paris", "04 65 71 00 20")
NURSES = Establishment(uuid5(_NAMES, "nurses"), "Infirmières du Port", "community", "Europe/Paris", "05 36 49 00 30")
ESTABLISHMENTS = (CENTRE, CLINIC, NURSES)

WORKDAYS, WEEK = range(5), range(7)
ADMINISTRATIVE, NURSING = CoordinationLevel.ADMINISTRATIVE, CoordinationLevel.NURSING


class Cast(Struct, frozen=True):
    """A patient to enrol."""

    establishment: UUID
    first_name: str
    last_name: str
    born_on: date
    phone: str
    regimen: str
    started_days_ago: int
    weight_kg: float


class Story(Struct, frozen=True):
    """What a patient reports today."""

    ago: timedelta
    answers: dict[str, Answer]
    measurements: dict[str, float] = {}
    note: str | None = None
    taken: bool = False


TODAY = (
    Story(
        timedelta(minutes=4),
        {"diarrhoea": Answer(F=3), "fatigue": Answer(S=2, I=2)},
        {"stools_over_baseline": 5},
        "Depuis hier soir.",
    ),
    Story(timedelta(minutes=9), {}, {"temperature_c": 38.4}, "J'ai des frissons.", taken=True),
    Story(timedelta(minutes=22), {"hand_foot_syndrome": Answer(S=2)}),
    Story(timedelta(minutes=31), {"nausea": Answer(F=3, S=2)}),
    Story(timedelta(minutes=47), {"joint_pain": Answer(F=3, S=2, I=1)}),
    Story(timedelta(minutes=58), {"contact_requested": Answer(P=1)}, note="Une question pour mon ordonnance."),
)

_STAFF = {
    CENTRE.id: (
        "rade",
        "Nadia Benali",
        "Claire Moreau",
        "Yann Le Goff",
        "Inès Fabre",
        "Dr Hélène Roussel",
        "Dr Karim Haddad",
    ),
    CLINIC.id: (
        "tilleuls",
        "Sophie Lambert",
        "Mathilde Perrin",
        "Bruno Costa",
        "Léa Marchetti",
        "Dr Paul Girard",
        "Dr Anne Kessler",
    ),
    NURSES.id: (
        "port",
        "Chantal Ruiz",
        "Aurélie Nguyen",
        "Marc Delmas",
        "Fatou Diop",
        "Dr Éric Salaün",
        "Dr Louise Bonnet",
    ),
}

_FIRST = """
Jeanne Michel Monique Gérard Françoise Bernard Danielle Jacques Martine Alain Colette Henri Sylvie Robert
Nicole Pierre Annie Claude Josette Daniel Yvette Patrick Brigitte Lucien Simone Christian Évelyne Roger
Marie-Thérèse Guy Catherine Marcel Odile Serge Ginette Philippe Rachida Antonio Thérèse Émile
""".split()  # noqa: SIM905 - forty words as forty lines would hide the cast
_LAST = """
Kervella Lefort Garnier Boulanger Caradec Morvan Pelletier Vasseur Tanguy Rousselot Hamon Jaouen Colin Prigent
Besnard Bihan Guillou Chevalier Quéré Mercier Abgrall Fontaine Brunet Pasquier Delorme Ferrand Maillard
Bonnaud Charpentier Lacombe Rivière Poulain Vidal Guérin Barbier Lemoine Belkacem Silva Renaud Tessier
""".split()  # noqa: SIM905 - forty words as forty lines would hide the cast
# The first seven fit the stories of TODAY, one by one.
_REGIMENS = """
capecitabine_mono capecitabine_mono palbociclib capecitabine_mono capox_capecitabine letrozole abemaciclib
osimertinib tamoxifen sunitinib_4_2 everolimus ribociclib temozolomide_maintenance imatinib olaparib
abiraterone_prednisone anastrozole cabozantinib lenalidomide_dex trifluridine_tipiracil dabrafenib_trametinib
niraparib ibrutinib enzalutamide pazopanib exemestane regorafenib erlotinib venetoclax bicalutamide
vinorelbine_oral_weekly
""".split()  # noqa: SIM905 - forty words as forty lines would hide the cast


def staff_of(establishment: Establishment) -> list[Professional]:
    """One establishment's professionals and when they are on duty: nursing and an oncologist at any hour."""
    mail, desk, day, late, weekend, first, second = _STAFF[establishment.id]
    at = f"@{mail}.example"
    return [
        Professional(desk, Role.COORDINATOR, f"coordination{at}", ADMINISTRATIVE, hours(WORKDAYS, 8, 18)),
        Professional(day, Role.COORDINATOR, f"infirmiere.jour{at}", NURSING, hours(WORKDAYS, 8, 20)),
        Professional(late, Role.COORDINATOR, f"infirmier.nuit{at}", NURSING, hours(WORKDAYS, 20, 32)),
        Professional(weekend, Role.COORDINATOR, f"infirmiere.weekend{at}", NURSING, hours(range(5, 7), 8, 32)),
        Professional(first, Role.ONCOLOGIST, f"oncologue.1{at}", None, hours(WEEK, 8, 20)),
        Professional(second, Role.ONCOLOGIST, f"oncologue.2{at}", None, hours(WEEK, 20, 32)),
        Professional("Pharmacie de la Halle", Role.CITY_PROFESSIONAL, f"pharmacie{at}"),
        Professional("Direction des soins", Role.MANAGER, f"direction{at}"),
        Professional("Administration", Role.ADMINISTRATOR, f"administration{at}"),
        Professional("Protection des données", Role.AUDITOR, f"dpo{at}"),
    ]


def _patients() -> list[Cast]:
    cast = []
    for n, (first, last) in enumerate(zip(_FIRST, _LAST, strict=True)):
        place = CENTRE if n < 22 else CLINIC if n < 34 else NURSES
        cast.append(
            Cast(
                establishment=place.id,
                first_name=first,
                last_name=last,
                born_on=date(1938 + n * 7 % 41, 1 + n * 5 % 12, 1 + n * 11 % 28),
                phone=f"06 39 98 {n:02d} {(n * 37) % 100:02d}",
                regimen=_REGIMENS[n % len(_REGIMENS)],
                started_days_ago=9 + (n * 29) % 240,
                weight_kg=52.0 + (n * 13) % 41,
            )
        )
    return cast


PATIENTS = _patients()
