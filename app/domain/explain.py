"""Why this level: each step of a judgement in words."""

from app.domain.conditions import Condition
from app.domain.phrases import LEVEL_WORDS, Language, number, pick, say
from app.domain.reports import Answer, Chart
from app.domain.rulebook import Rulebook
from app.domain.rules import Rule
from app.domain.texts import Text
from app.domain.verdicts import Fired, Recipient, Verdict

_RECIPIENTS = {
    Recipient.NONE: Text("personne n'a à agir", "nobody has to act"),
    Recipient.LEVEL1: Text("coordination administrative", "administrative coordination"),
    Recipient.LEVEL2: Text("coordination soignante", "nursing coordination"),
    Recipient.ONCOLOGIST: Text(
        "oncologue de garde, coordination soignante en copie", "on-call oncologist, nursing coordination in copy"
    ),
    Recipient.EMERGENCY: Text(
        "le patient appelle le 15 ou le 112 ; oncologue de garde et coordination soignante prévenus",
        "the patient calls 15 or 112; on-call oncologist and nursing coordination are told",
    ),
}
_TREND = {
    "worsening_2_points": Text(
        "une réponse a monté de {points} points ou plus depuis le dernier rapport",
        "an answer rose by {points} points or more since the last report",
    ),
    "persistence": Text(
        "grade {grade} ou plus aujourd'hui et aux deux derniers rapports",
        "grade {grade} or more today and in the last two reports",
    ),
    "persistence_high": Text(
        "symptôme à haut risque, grade {grade} ou plus aujourd'hui et aux deux derniers rapports",
        "high-risk symptom, grade {grade} or more today and in the last two reports",
    ),
    "baseline_stable": Text(
        "déjà présent avant le traitement, sans aggravation : un cran de moins",
        "already there before the treatment, no worse: one step less",
    ),
}


def explain(
    verdict: Verdict,
    answers: dict[str, Answer],
    measurements: dict[str, float],
    chart: Chart,
    rulebook: Rulebook,
    language: Language = "fr",
) -> list[str]:
    """The judgement step by step: regimen, grades, each rule that spoke and why, level, recipient."""
    fr = language == "fr"
    regimen = rulebook.regimen(chart.regimen)
    lines = [
        f"{'Règles' if fr else 'Rules'} {verdict.rulebook_version}, {pick(regimen.title, language)}, "
        f"C{chart.cycle}{'J' if fr else 'D'}{chart.day_of_cycle}"
    ]
    lines += _grades(verdict, answers, rulebook, language)
    for id_, value in sorted(measurements.items()):
        measurement = rulebook.measurements.get(id_)
        title = pick(measurement.title, language) if measurement else id_
        unit = measurement.unit if measurement else ""
        lines.append(f"{title} = {number(value, language)} {unit}".rstrip())
    for fired in sorted(verdict.fired, key=lambda f: (-f.level.rank, f.id, f.symptom or "")):
        mark = "→" if fired.id in verdict.reasons and fired.level is verdict.level else "·"
        lines.append(f"{mark} {pick(LEVEL_WORDS[fired.level], language)}: {_why(fired, rulebook, language)}")
    level = pick(LEVEL_WORDS[verdict.level], language)
    if verdict.emergency:
        level += " (urgence)" if fr else " (emergency)"
    because = ", ".join(verdict.reasons) or ("aucune règle" if fr else "no rule")
    lines.append(f"{'Niveau' if fr else 'Level'} {level}: {because}")
    lines.append(f"{'Qui agit' if fr else 'Who acts'}: {pick(_RECIPIENTS[verdict.recipient], language)}")
    if verdict.hold:
        lines.append(
            "La prochaine dose attend l'avis de l'équipe" if fr else "The next dose waits for the team's opinion"
        )
    return lines


def _grades(verdict: Verdict, answers: dict[str, Answer], rulebook: Rulebook, language: Language) -> list[str]:
    lines = []
    for id_, grade in sorted(verdict.grades.items()):
        symptom = rulebook.symptoms.get(id_)
        title = pick(symptom.title, language) if symptom else id_
        answer = answers.get(id_, Answer())
        given = " ".join(
            f"{a}{getattr(answer, a)}" for a in ("F", "S", "I", "A", "P") if getattr(answer, a) is not None
        )
        partly = "" if grade.complete else (" (réponse incomplète)" if language == "fr" else " (incomplete answer)")
        measured = "mesuré" if language == "fr" else "measured"
        lines.append(f"{title}: {given or measured} → grade {grade.grade}{partly}")
    return lines


def _why(fired: Fired, rulebook: Rulebook, language: Language) -> str:
    rule = rulebook.rules[fired.id]
    title = f"{pick(rule.title, language)} ({fired.id})"
    if fired.id in _TREND:
        limits = rulebook.trend
        words = pick(_TREND[fired.id], language)
        symptom = rulebook.symptoms.get(fired.symptom or "")
        whose = f"{pick(symptom.title, language)}, " if symptom else ""
        return f"{title}: {whose}{words.format(points=limits.worsening_points, grade=limits.persistence_grade)}"
    if when := _condition(rule, fired):
        return f"{title}: {say(when, rulebook, language)}"
    return title


def _condition(rule: Rule, fired: Fired) -> Condition | None:
    same = (v for v in rule.values if v.level is fired.level and v.symptom == fired.symptom)
    return next((v.when for v in same), None)
