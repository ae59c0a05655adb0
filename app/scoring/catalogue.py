"""The inputs a new card is built on: titles and ranges from the rulebook, grids and directions decided here.

Left out on purpose: sums over symptoms (every point belongs to a named one), changes since the last report (a worse past
would lower today's risk), sex, holds and dose reductions (the danger was already dealt with), missed reports (rules have them).
"""

from __future__ import annotations

from app.domain.rulebook import Rulebook
from app.domain.texts import Text
from app.scoring.card import Feature

_MEASURED = (  # name, low, step, levels, monotone
    ("temperature_c", 35.0, 0.1, 61, 1),
    ("heart_rate", 40.0, 5.0, 25, 1),
    ("systolic", 80.0, 5.0, 25, 0),
    ("stools_over_baseline", 0.0, 1.0, 13, 1),
    ("vomiting_episodes_24h", 0.0, 1.0, 11, 1),
)
_UNITS = {"temperature_c": "°C", "heart_rate": "/min", "systolic": "mmHg"}
_REST = (
    Feature(
        name="weight_loss_pct",
        kind="measurement",
        title=Text("Perte de poids depuis le début du traitement", "Weight lost since the treatment began"),
        low=0.0,
        step=0.5,
        levels=41,
        unit="%",
        plausible=(-40.0, 40.0),
    ),
    Feature(
        name="worst_before",
        kind="history",
        title=Text("Plus forte réponse des derniers rapports", "Highest answer of the last reports"),
        levels=5,
    ),
    Feature(
        name="age",
        kind="person",
        title=Text("Âge", "Age"),
        low=20.0,
        step=5.0,
        levels=15,
        monotone=0,
        unit="",
        plausible=(15.0, 115.0),
    ),
    Feature(
        name="ecog", kind="person", title=Text("Indice ECOG", "ECOG performance status"), levels=5, plausible=(0.0, 4.0)
    ),
    Feature(
        name="comorbidities",
        kind="person",
        title=Text("Nombre d’autres maladies", "Number of other illnesses"),
        levels=6,
        plausible=(0.0, 30.0),
    ),
    Feature(
        name="prior_grade3",
        kind="person",
        title=Text("Toxicité grave déjà survenue", "Severe toxicity already on record"),
        levels=2,
    ),
    Feature(
        name="prior_visit",
        kind="person",
        title=Text("Passage non prévu déjà survenu", "Unplanned visit already on record"),
        levels=2,
    ),
    Feature(
        name="week",
        kind="time",
        title=Text("Semaine de traitement", "Week of treatment"),
        levels=27,
        monotone=0,
    ),
)


def catalogue(rulebook: Rulebook) -> tuple[Feature, ...]:
    """Every symptom that has questions, safety items apart (their rules leave nothing to add), then the rest."""
    symptoms = [
        Feature(
            name=symptom.id,
            kind="symptom",
            title=symptom.title,
            levels=2 if symptom.attributes == ("P",) else 4 * len(symptom.attributes) + 1,
            attributes="".join(symptom.attributes),
            required=symptom.id in rulebook.questions.core,
        )
        for symptom in sorted(rulebook.symptoms.values(), key=lambda s: s.id)
        if symptom.kind != "safety_item" and symptom.attributes
    ]
    measured = []
    for name, low, step, levels, monotone in _MEASURED:
        known = rulebook.measurements[name]
        measured.append(
            Feature(
                name=name,
                kind="measurement",
                title=known.title,
                low=low,
                step=step,
                levels=levels,
                monotone=1 if monotone else 0,
                unit=_UNITS.get(name, ""),
                plausible=known.plausible,
            )
        )
    return (*symptoms, *measured, *_REST)
