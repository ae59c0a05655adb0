"""Conditions in words that a nurse reads."""

from typing import Literal

from app.domain.conditions import Condition
from app.domain.rulebook import Rulebook
from app.domain.texts import Text
from app.domain.verdicts import TriageLevel

Language = Literal["fr", "en"]

_FACTS = {
    "taking_rate": Text("part des doses prises", "share of doses taken"),
    "consecutive_days_missed": Text("jours de suite sans prise", "days in a row without a dose"),
    "patient_stopped": Text("arrêt par le patient", "stopped by the patient"),
    "total_extra": Text("doses en trop", "extra doses"),
    "doses_during_hold": Text("doses pendant une suspension", "doses during a hold"),
    "reports_missed_consecutive": Text("rapports manqués de suite", "reports missed in a row"),
    "days_not_begun": Text("jours sans première prise", "days without a first dose"),
    "last_report_worst_grade": Text("plus haut grade du dernier rapport", "worst grade of the last report"),
}
LEVEL_WORDS = {
    TriageLevel.GREEN: Text("vert", "green"),
    TriageLevel.YELLOW: Text("jaune", "yellow"),
    TriageLevel.ORANGE: Text("orange", "orange"),
    TriageLevel.RED: Text("rouge", "red"),
}
_OPS = {">=": "≥", "<=": "≤", "==": "=", ">": ">", "<": "<"}
_STRENGTHS = {"low": Text("faible", "low"), "moderate": Text("modéré", "moderate"), "high": Text("élevé", "high")}
_CLASSES = {
    "low": Text("faible", "low"),
    "standard": Text("ordinaire", "ordinary"),
    "high": Text("élevé", "high"),
    "very_high": Text("très élevé", "very high"),
}


def pick(text: Text, language: Language) -> str:
    """The text in one language."""
    return text.fr if language == "fr" else text.en


def number(value: float, language: Language) -> str:
    """38.3 is 38,3 in French; whole numbers lose their decimals."""
    short = f"{value:g}"
    return short.replace(".", ",") if language == "fr" else short


def say(condition: Condition, rulebook: Rulebook, language: Language) -> str:
    """One condition in words, e.g. "Toux : grade ≥ 2 et Toux : nouveau ou pire"."""
    c, fr = condition, language == "fr"
    if c.grade:
        return f"{_symptom(c.grade[0], rulebook, language)}{_colon(fr)} grade {_OPS[c.grade[1]]} {c.grade[2]}"
    if c.present:
        return f"{_symptom(c.present, rulebook, language)}{_colon(fr)} {'oui' if fr else 'yes'}"
    if c.m:
        return f"{_measurement(c.m[0], rulebook, language)} {_OPS[c.m[1]]} {number(c.m[2], language)}"
    if c.flag:
        name, *values = (c.flag,) if isinstance(c.flag, str) else c.flag
        title = pick(rulebook.flags[name].title, language)
        strengths = (" ou " if fr else " or ").join(pick(_STRENGTHS.get(v, Text(v, v)), language) for v in values)
        shown = f" ({strengths})" if values else ""
        return f"{'médicament' if fr else 'drug'}{_colon(fr)} {title}{shown}"
    if c.new_or_worse:
        words = "nouveau ou pire" if fr else "new or worse"
        return f"{_symptom(c.new_or_worse, rulebook, language)}{_colon(fr)} {words}"
    if c.cycle:
        return f"cycle {_OPS[c.cycle[0]]} {c.cycle[1]}"
    if c.day:
        return f"{'jour du cycle' if fr else 'day of the cycle'} {_OPS[c.day[0]]} {c.day[1]}"
    if c.fact:
        return f"{pick(_FACTS[c.fact[0]], language)} {_OPS[c.fact[1]]} {number(c.fact[2], language)}"
    if c.regimen_level:
        simple = ("traitement simple", "simple treatment"), ("traitement complexe", "complex treatment")
        return simple[c.regimen_level - 1][0 if fr else 1]
    if c.over_adherence_class:
        classes = (" ou " if fr else " or ").join(pick(_CLASSES[x], language) for x in c.over_adherence_class)
        return f"{'danger d’une dose en trop' if fr else 'danger of an extra dose'}{_colon(fr)} {classes}"
    joined = (" et " if fr else " and ") if c.all else (" ou " if fr else " or ")
    return joined.join(_bracketed(part, rulebook, language) for part in c.all or c.any or ())


def _bracketed(part: Condition, rulebook: Rulebook, language: Language) -> str:
    words = say(part, rulebook, language)
    return f"({words})" if len(part.all or part.any or ()) > 1 else words


def _colon(fr: bool) -> str:
    return " :" if fr else ":"


def _symptom(id_: str, rulebook: Rulebook, language: Language) -> str:
    symptom = rulebook.symptoms.get(id_)
    return pick(symptom.title, language) if symptom else id_


def _measurement(id_: str, rulebook: Rulebook, language: Language) -> str:
    if id_ in rulebook.measurements:
        return pick(rulebook.measurements[id_].title, language)
    derived = {
        "weight_loss_pct": Text("perte de poids en %", "weight loss in %"),
        "weight_gain_pct": Text("prise de poids en %", "weight gain in %"),
    }
    return pick(derived[id_], language) if id_ in derived else id_
