"""What the indicators assume, and cells that no spreadsheet takes for a formula."""

from __future__ import annotations

from app.domain.texts import Text

LONGEST_HANDLING = 240.0
"""Minutes that one alert counts as work at most: one that lay taken over a weekend was not worked on for a weekend. An assumption of this
house, not a clinical number; four hours is when a taken red counts as forgotten (F13 of the reliability notes)."""

WORKLOAD_ASSUMPTION = Text(
    "Aucune mesure normative du temps de travail n'existe. Vigie compte les minutes entre la prise d'une alerte et sa clôture, quatre"
    " heures au plus par alerte : c'est un majorant, l'attente comprise. Aucun chronomètre ne mesure les personnes.",
    "There is no normative measure of working time. Vigie counts the minutes from taking an alert to closing it, at most four hours"
    " each: an upper bound, waiting included. No stopwatch measures people.",
)

LONGEST_PERIOD_DAYS = 400

LEAST_FOLLOW_UP = 1.0
"""Patient-weeks under which no rate is given: two alerts in somebody's first hour are not 30,000 for 100 patient-weeks."""


def rate(count: float, patient_weeks: float) -> float | None:
    """So many for each patient-week; None where too little was followed to say."""
    return count / patient_weeks if patient_weeks >= LEAST_FOLLOW_UP else None


def cell(value: object) -> str:
    """One CSV cell; what a spreadsheet would take for a formula is quoted by an apostrophe."""
    text = "" if value is None else f"{value:.2f}" if isinstance(value, float) else str(value)
    if text[:1] in ("=", "+", "-", "@", "\t", "\r"):
        text = f"'{text}"
    return f'"{text.replace(chr(34), chr(34) * 2)}"' if any(c in text for c in ',"\n\r;') else text
