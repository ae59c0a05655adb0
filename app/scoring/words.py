"""Scores in words, French first. They tell what goes with a higher or lower risk in the training data: not causes, not advice."""

from __future__ import annotations

from app.domain.phrases import Language, number, pick
from app.domain.risk import Risk
from app.domain.texts import Text
from app.scoring.card import PHASES, Card, Feature
from app.scoring.score import Contribution, Explanation

NOTE = Text(
    "Ce qui va de pair avec un risque plus ou moins élevé dans les données d’apprentissage, comparé à un patient habituel : "
    "ni une cause, ni un conseil.",
    "What goes with a higher or lower risk in the training data, compared with a typical patient: neither a cause nor advice.",
)
SYNTHETIC = Text(
    "Modèle appris sur des patients fictifs (synthetic) : il n’a été validé sur aucun patient réel.",
    "Model trained on invented patients (synthetic): it has been validated on no real patient.",
)
LOW_SUPPORT = Text(
    "Point inhabituel : peu de points d’apprentissage lui ressemblent.",
    "Unusual report: few training reports look like it.",
)
REASONS = {
    "regimen_unknown": Text("Le modèle ne connaît pas ce traitement.", "The model does not know this treatment."),
    "regimen_rare": Text(
        "Le modèle a vu moins de 30 patients sous ce traitement.",
        "The model has seen fewer than 30 patients on this treatment.",
    ),
    "too_few_items": Text(
        "Moins de 80 % des questions nécessaires ont une réponse.",
        "Less than 80 % of the required questions are answered.",
    ),
    "implausible_value": Text("Une valeur ne peut pas être juste.", "A value cannot be right."),
    "card_expired": Text(
        "Le modèle n’a pas été revu à la date prévue : il se tait.",
        "The model was not reviewed in time: it keeps silent.",
    ),
    "card_altered": Text(
        "Le fichier du modèle a été modifié : il n’est pas utilisé.",
        "The model's file has been altered: it is not used.",
    ),
    "self_test_failed": Text(
        "Le modèle échoue à ses propres cas d’essai : il n’est pas utilisé.",
        "The model fails its own test cases: it is not used.",
    ),
}
_PHASE = Text("Moment du cycle de ce traitement", "Phase of this treatment's cycle")
_BLANK = Text("Sans valeur", "Without a value")
_HIGHER = Text("va avec un risque plus élevé", "goes with a higher risk")
_LOWER = Text("va avec un risque plus faible", "goes with a lower risk")
_THE_REST = Text("Patient habituel", "Typical patient")
_TOTAL = Text("Total", "Total")


def say_contribution(card: Card, found: Contribution, language: Language) -> str:
    """One line, e.g. "Diarrhée : 3 sur 4 va avec un risque plus élevé (+412)"."""
    title, level = _title(card, found, language), _level(card, found, language)
    return f"{title}{_colon(language)}{level}, {_way(found.points, language)} ({found.points:+d})"


def say_sum(card: Card, explained: Explanation, language: Language) -> list[str]:
    """The typical patient, every contribution, then the total: the numbers in brackets add up exactly.

    What has no value is told in one line, last: what it adds is a figure, but a list of things that nobody measured is not a reason.
    """
    given = [found for found in explained.contributions if found.level >= 0]
    blank = [found for found in explained.contributions if found.level < 0]
    lines = [f"{pick(_THE_REST, language)} ({explained.base:+d})"]
    lines += [say_contribution(card, found, language) for found in given]
    if points := sum(found.points for found in blank):
        names = ", ".join(_lower_first(_title(card, found, language)) for found in blank)
        lines.append(f"{pick(_BLANK, language)} ({names}){_colon(language)}{_way(points, language)} ({points:+d})")
    lines.append(f"{pick(_TOTAL, language)} ({explained.total:+d})")
    return lines


def say_explanation(card: Card, explained: Explanation, language: Language) -> list[str]:
    """The sum, and how it is to be read."""
    lines = [*say_sum(card, explained, language), pick(NOTE, language)]
    if card.synthetic:
        lines.append(pick(SYNTHETIC, language))
    return lines


def say_risk(risk: Risk, language: Language) -> str:
    """The two probabilities in a sentence, or why there are none."""
    if risk.abstained:
        return pick(REASONS[risk.abstained], language)
    seven, fourteen = (number(round(100 * (p or 0.0), 1), language) for p in (risk.p7, risk.p14))
    if language == "fr":
        words = f"Risque de toxicité grave ou de passage non prévu : {seven} % à 7 jours, {fourteen} % à 14 jours."
    else:
        words = f"Risk of severe toxicity or an unplanned visit: {seven} % within 7 days, {fourteen} % within 14 days."
    if risk.low_support:
        words += f" {pick(LOW_SUPPORT, language)}"
    if risk.synthetic:
        words += f" {pick(SYNTHETIC, language)}"
    return words


def _way(points: int, language: Language) -> str:
    return pick(_HIGHER if points > 0 else _LOWER, language)


def _colon(language: Language) -> str:
    return " : " if language == "fr" else ": "


def _lower_first(title: str) -> str:
    """The title inside a sentence; ECOG stays ECOG."""
    return title if title[:2].isupper() else title[:1].lower() + title[1:]


def _title(card: Card, found: Contribution, language: Language) -> str:
    feature = _feature(card, found.name)
    return pick(feature.title if feature else _PHASE, language)


def _level(card: Card, found: Contribution, language: Language) -> str:
    feature = _feature(card, found.name)
    if feature is None:
        return f"{found.level + 1}/{PHASES}"
    value = feature.low + feature.step * found.level
    if feature.levels == 2:
        yes = found.level == 1
        return ("oui" if yes else "non") if language == "fr" else ("yes" if yes else "no")
    if feature.kind == "symptom":
        return f"{found.level} {'sur' if language == 'fr' else 'of'} {feature.levels - 1}"
    return f"{number(round(value, 1), language)} {feature.unit}".strip()


def _feature(card: Card, name: str) -> Feature | None:
    return next((feature for feature in card.features if feature.name == name), None)
